/** Photos and short videos of a form that is sent in one go: taken or chosen, held in this page until they are sent. */
import { CaptureError, takePhoto } from '../../capture/camera'
import { position } from '../../capture/position.svelte'
import { isVideoFile, takeVideo } from '../../capture/video'
import type { Picture } from '../../capture/camera'
import type { PhotoKind, Position } from '../../db'
import { uuid7 } from '../../domain/ids'
import { problemText } from '../../i18n/problems'
import { toast } from '../../ui'

export interface Shot {
  id: string
  bytes: ArrayBuffer
  /** Of a video: its frame, with the video as its original. */
  picture: Picture
  /** Address of a small picture; null where this browser cannot draw it. */
  url: string | null
  captured_at: string
  source: 'camera' | 'gallery'
  position: Position | null
  /** What the server is told of it before its bytes come. */
  declaration: Record<string, unknown>
}

export interface Shots {
  readonly all: Shot[]
  readonly working: boolean
  /** The camera is wanted: from now on the phone looks for its position. */
  begin(): void
  add(file: Blob, source: 'camera' | 'gallery'): Promise<Shot | null>
  drop(id: string): void
  clear(): void
}

function shotOf(picture: Picture, kind: PhotoKind, source: 'camera' | 'gallery', at: Position | null): Shot {
  const id = uuid7()
  const captured_at = new Date().toISOString()
  return {
    id,
    bytes: picture.bytes,
    picture,
    url: picture.thumb ? URL.createObjectURL(new Blob([picture.thumb], { type: 'image/jpeg' })) : null,
    captured_at,
    source,
    position: at,
    declaration: {
      photo_id: id,
      kind,
      sha256: picture.sha256,
      original_sha256: picture.original_sha256,
      ...(kind === 'V' && picture.original
        ? { original_size: picture.original.bytes.byteLength, original_mime: picture.original.mime }
        : {}),
      size: picture.bytes.byteLength,
      mime: picture.mime,
      source,
      captured_at,
      position: at,
    },
  }
}

/** The photos of one form. Call while its component initialises. */
export function shots(kind: PhotoKind = 'O', most = 12): Shots {
  let all = $state.raw<Shot[]>([])
  let working = $state(false)
  let stop: (() => void) | undefined
  $effect(() => () => {
    stop?.()
    for (const shot of all) if (shot.url) URL.revokeObjectURL(shot.url)
  })
  return {
    get all() {
      return all
    },
    get working() {
      return working
    },
    begin() {
      stop ??= position.watch()
    },
    async add(file, source) {
      if (all.length >= most || working) return null
      working = true
      try {
        const video = isVideoFile(file)
        const picture = await (video ? takeVideo(file, []) : takePhoto(file, []))
        const at = source === 'camera' ? position.now() : null
        const shot = shotOf(picture, video ? 'V' : kind, source, at)
        all = [...all, shot]
        return shot
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error
        toast.show(problemText(error), { tone: 'attention' })
        return null
      } finally {
        working = false
      }
    },
    drop(id) {
      const gone = all.find((shot) => shot.id === id)
      if (gone?.url) URL.revokeObjectURL(gone.url)
      all = all.filter((shot) => shot.id !== id)
    },
    clear() {
      for (const shot of all) if (shot.url) URL.revokeObjectURL(shot.url)
      all = []
    },
  }
}
