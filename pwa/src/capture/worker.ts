/** The photo worker: decoding twelve megapixels must not freeze the screen. */
import { CaptureError, processPhoto } from './process'
import type { Done, Job } from './types'

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Job>) => void) | null
  postMessage(message: Done, transfer: Transferable[]): void
}

scope.onmessage = (event) => void work(event.data)

async function work({ id, file, lines, keep }: Job): Promise<void> {
  try {
    const picture = await processPhoto(file, lines, keep)
    const all = [picture.bytes, picture.thumb, picture.original?.bytes]
    scope.postMessage(
      { id, picture },
      all.filter((bytes) => bytes !== null && bytes !== undefined),
    )
  } catch (error) {
    const problem = error instanceof CaptureError ? error.code : 'capture.unreadable'
    scope.postMessage({ id, problem }, [])
  }
}
