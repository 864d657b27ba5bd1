/** Word of writes, to this page and to the others (tabs, service worker), so that screens ask the database again. */
import type { StoreName } from './schema'

type Listener = (stores: ReadonlySet<StoreName>) => void

const listeners = new Set<Listener>()
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('xunjian.db')

if (channel) channel.onmessage = (event: MessageEvent<StoreName[]>) => tell(new Set(event.data))

function tell(stores: ReadonlySet<StoreName>): void {
  for (const listener of listeners) listener(stores)
}

/** Called by `write` after the commit. */
export function announce(stores: readonly StoreName[]): void {
  tell(new Set(stores))
  channel?.postMessage([...stores])
}

/** Calls `listener` after each commit that touched one of `stores`. Returns the function that stops it. */
export function onChange(stores: readonly StoreName[], listener: () => void): () => void {
  const wanted: Listener = (changed) => {
    if (stores.some((store) => changed.has(store))) listener()
  }
  listeners.add(wanted)
  return () => listeners.delete(wanted)
}
