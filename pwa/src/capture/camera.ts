/**
 * From the camera's file to a picture. One photo at a time: three twelve-megapixel bitmaps at once kill the tab of a
 * cheap phone.
 */
import { CaptureError, processPhoto } from './process'
import type { Done, Picture } from './types'

export { CaptureError, redrawPhoto, type Redrawn } from './process'
export type { Picture } from './types'

let worker: Worker | null | undefined
let serial = 0
let line: Promise<unknown> = Promise.resolve()

function photoWorker(): Worker | null {
  if (worker !== undefined) return worker
  try {
    worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  } catch {
    worker = null
  }
  return worker
}

/**
 * Turns a file into what is stored and sent; `lines` are burnt into its foot. With `keep` the file comes back too, for
 * the evidence lane. Rejects with CaptureError.
 */
export function takePhoto(file: Blob, lines: readonly string[], keep = false): Promise<Picture> {
  const mine = line.then(() => inWorker(file, lines, keep))
  line = mine.catch(() => undefined)
  return mine
}

function inWorker(file: Blob, lines: readonly string[], keep: boolean): Promise<Picture> {
  const own = photoWorker()
  if (!own) return processPhoto(file, lines, keep)
  const id = ++serial
  return new Promise((resolve, reject) => {
    const done = (): void => {
      own.removeEventListener('message', heard)
      own.removeEventListener('error', broken)
    }
    const heard = (event: MessageEvent<Done>): void => {
      if (event.data.id !== id) return
      done()
      if ('picture' in event.data) resolve(event.data.picture)
      else reject(new CaptureError(event.data.problem))
    }
    // A worker that does not start (an old browser without module workers) must not cost the photo.
    const broken = (): void => {
      done()
      worker = null
      processPhoto(file, lines, keep).then(resolve, reject)
    }
    own.addEventListener('message', heard)
    own.addEventListener('error', broken)
    own.postMessage({ id, file, lines, keep })
  })
}
