/** What must not be interrupted: forms that are not saved, and a queue that is sending. An update waits for both. */

let dirty = $state.raw<ReadonlySet<string>>(new Set())
let sending = $state(false)

export const busy = {
  /** True while any form holds something that is not stored. */
  get dirty(): boolean {
    return dirty.size > 0
  },
  /** True while the sync engine has a request under way. */
  get sending(): boolean {
    return sending
  },
  /** True when the page may be replaced. */
  get free(): boolean {
    return dirty.size === 0 && !sending
  },
  /** A form tells under its own name whether it holds unsaved input. */
  setDirty(form: string, value: boolean): void {
    if (dirty.has(form) === value) return
    const next = new Set(dirty)
    if (value) next.add(form)
    else next.delete(form)
    dirty = next
  },
  setSending(value: boolean): void {
    sending = value
  },
}
