/** Single keys: on unless switched off on this device (they get in the way of speech input and screen readers). */
import { getSetting, setSetting } from '../../db'

const KEY = 'supervisor.keys'
let on = $state(true)

export const keys = {
  get on(): boolean {
    return on
  },
  async restore(): Promise<void> {
    on = await getSetting(KEY, true)
  },
  async set(value: boolean): Promise<void> {
    on = value
    await setSetting(KEY, value)
  },
}

/** Whether the event is typing, or belongs to a dialog that is open. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true
  if (
    /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) &&
    !(target instanceof HTMLInputElement && /checkbox|radio/.test(target.type))
  )
    return true
  return target.isContentEditable || document.querySelector('dialog[open]') !== null
}

/**
 * Calls the handler of a pressed key; names as in KeyboardEvent.key, letters in lower case. A handler that answers
 * false leaves the key to the browser.
 */
export function onKey(
  event: KeyboardEvent,
  handlers: Record<string, (() => void | boolean) | undefined>,
): void {
  if (!on || event.defaultPrevented || event.repeat || isTyping(event)) return
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const handler = handlers[name]
  // The space bar presses whatever button has the focus; that comes first.
  if (!handler || (name === ' ' && (event.target as HTMLElement).closest('button, a, input, summary'))) return
  if (handler() !== false) event.preventDefault()
}
