/** Photos of an act at a desk: made small and hashed like a phone's, declared by the act, sent after it. */
import { takePhoto } from '../../../capture/camera'
import { uuid7 } from '../../../domain/ids'
import { request } from '../../../remote'

export interface Chosen {
  id: string
  declaration: Record<string, unknown>
  bytes: ArrayBuffer
  /** Object URL of a small picture; the caller revokes it. Null where the browser cannot show the file. */
  url: string | null
}

/** A file as a photo of kind A. Rejects with CaptureError. */
export async function choose(file: File): Promise<Chosen> {
  const picture = await takePhoto(file, [])
  const id = uuid7()
  const shown = picture.thumb ?? (picture.mime === 'image/jpeg' ? picture.bytes : null)
  return {
    id,
    bytes: picture.bytes,
    url: shown && URL.createObjectURL(new Blob([shown], { type: 'image/jpeg' })),
    declaration: {
      photo_id: id,
      kind: 'A',
      sha256: picture.sha256,
      original_sha256: picture.original_sha256,
      size: picture.bytes.byteLength,
      mime: picture.mime,
      source: 'gallery',
      captured_at: new Date(file.lastModified || Date.now()).toISOString(),
      position: null,
    },
  }
}

/** Sends the bytes of a declared photo in one piece; a repeated call goes on from where the server stands. */
export async function upload(photo: Chosen): Promise<void> {
  const at = await request(`/photos/${photo.id}/content`, { method: 'HEAD' })
  const offset = Number(at.headers.get('Upload-Offset') ?? '0')
  if (offset >= photo.bytes.byteLength) return
  await request(`/photos/${photo.id}/content`, {
    method: 'PATCH',
    body: photo.bytes.slice(offset),
    timeout: 120_000,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Upload-Offset': String(offset),
      'Upload-Length': String(photo.bytes.byteLength),
      'Upload-Complete': '?1',
    },
  })
}
