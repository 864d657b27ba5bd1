/** Photos of a form that is sent in one go: taken or chosen, held in this page until they are sent. */
import { CaptureError, takePhoto } from '../../capture/camera'
import { position } from '../../capture/position.svelte'
import type { Picture } from '../../capture/camera'
import type { PhotoKind, Position } from '../../db'
import { uuid7 } from '../../domain/ids'
import { problemText } from '../../i18n/problems'
import { toast } from '../../ui'

export interface Shot {
  id: string
  bytes: ArrayBuffer
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
        const picture = await takePhoto(file, [])
        const shot = shotOf(picture, kind, source, source === 'camera' ? position.now() : null)
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
