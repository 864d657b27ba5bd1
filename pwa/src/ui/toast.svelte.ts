/** One message at a time, eight seconds, with a way back. */

export interface ToastMessage {
  text: string
  /** Undoes what was done; the button says 撤销 and Z does the same. */
  undo?: () => void
  tone: 'done' | 'attention'
  /** Grows by one with each message, so that the bar starts again. */
  serial: number
}

export const TOAST_MS = 8_000

let current = $state.raw<ToastMessage | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined
let serial = 0

export const toast = {
  get current(): ToastMessage | null {
    return current
  },
  /** Shows a message in place of the one before. */
  show(text: string, options: { undo?: () => void; tone?: 'done' | 'attention' } = {}): void {
    clearTimeout(timer)
    current = { text, undo: options.undo, tone: options.tone ?? 'done', serial: ++serial }
    timer = setTimeout(toast.dismiss, TOAST_MS)
  },
  dismiss(): void {
    clearTimeout(timer)
    current = null
  },
  undo(): void {
    const message = current
    toast.dismiss()
    message?.undo?.()
  },
}
