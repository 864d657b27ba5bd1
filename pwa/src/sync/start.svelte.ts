/**
 * The engine in this page: who leads, what wakes it, and what screens may know of it. The status of the leading tab is
 * told to the others, so that every tab shows the same truth.
 */
import { lastContactAt, onContact } from '../api'
import { getSetting, setSetting } from '../db'
import { browserPorts, freeLink, onLinkChange } from './browser'
import { chores } from './chores'
import { Engine } from './engine'
import { IDLE, type EngineStatus } from './status'
import { lead, type Place } from './leader'

type Message =
  { type: 'wake'; pull: boolean } | { type: 'status'; status: EngineStatus; contactAt: number | null }

const CHANNEL = 'xunjian.sync'
const CONTACT = 'sync.contact_at'
/** Whether originals may go over a link of which the browser does not say what it costs. */
const ANY_LINK = 'originals.any_link'
/** A leading tab answers a wake at once; one that does not within this time is asleep. */
const ASLEEP = 3_000

let status = $state.raw<EngineStatus>(IDLE)
let contactAt = $state<number | null>(null)
let online = $state(typeof navigator === 'undefined' || navigator.onLine)
let anyLink = $state(false)
let running: {
  userId: string
  engine: Engine
  stop: () => void
  wake: (pull: boolean) => void
  takeOver: () => void
} | null = null

/** What screens may know; reactive. */
export const sync = {
  get status(): EngineStatus {
    return status
  },
  /** ms since 1970 of the server's last answer of any kind, also of an earlier day; null when there was none. */
  get contactAt(): number | null {
    return contactAt
  },
  /** For the strip: `offline` when the last try found nobody, else `sending` or `connected`. */
  get net(): 'offline' | 'sending' | 'connected' {
    if (!online || status.halt === 'network' || contactAt === null) return 'offline'
    return status.phase === 'push' || status.phase === 'photo' ? 'sending' : 'connected'
  },
  get sending(): boolean {
    return status.phase === 'push' || status.phase === 'photo'
  },
  /** Whether the browser says what the link costs; where it does not, the person says whether originals may go. */
  get knowsLink(): boolean {
    return freeLink() !== null
  },
  get originalsMayGo(): boolean {
    return freeLink() ?? anyLink
  },
  async allowAnyLink(allowed: boolean): Promise<void> {
    anyLink = allowed
    await setSetting(ANY_LINK, allowed)
    running?.wake(false)
  },
  /** What the person has open goes first. */
  look(ownerId: string | null): void {
    running?.engine.look(ownerId)
  },
  /** A person wants it sent: looks now, and takes the lead from a tab that does not answer. */
  now(): void {
    running?.wake(true)
    running?.takeOver()
  },
  /** Looks at the queue now; `pull` asks the server for news as well. */
  wake(pull = false): void {
    running?.wake(pull)
  },
}

/**
 * Starts the engine for a user (once; the same user again changes nothing). `onSignedOut` is called when the server
 * wants a new sign-in; the queue waits. Returns the function that stops it.
 */
export function startSync(userId: string, onSignedOut: () => void): () => void {
  if (running?.userId === userId) return running.stop
  running?.stop()
  const stopped = new AbortController()
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL)
  let leading = false
  let heardAt = 0
  const roomy = (): boolean => freeLink() ?? anyLink
  const engine = new Engine(browserPorts(userId, chores(userId), roomy), (next) => {
    if (next.halt === 'signed-out' && status.halt !== 'signed-out') onSignedOut()
    status = next
    tell()
  })
  const wake = (pull: boolean): void => {
    if (leading) engine.wake(pull)
    else channel?.postMessage({ type: 'wake', pull } satisfies Message)
  }
  const tell = (): void => {
    // The last word of an engine comes after its stop, when the channel is closed.
    if (stopped.signal.aborted) return
    channel?.postMessage({ type: 'status', status: engine.status, contactAt } satisfies Message)
  }
  if (channel) {
    channel.onmessage = (event: MessageEvent<Message>) => {
      if (event.data.type === 'status') heardAt = Date.now()
      hear(event.data, leading, engine)
      if (event.data.type === 'wake' && leading) tell()
    }
  }
  const unlisten = [keepContact(), ...listen(wake)]
  void getSetting(ANY_LINK, false).then((stored) => (anyLink = stored))
  const { place, done } = lead(
    navigator.locks as LockManager | undefined,
    `xunjian.sync.${userId}`,
    async (signal) => {
      leading = true
      await engine.run(signal)
      leading = false
    },
    stopped.signal,
  )
  done.catch((error: unknown) => console.error(error))
  const takeOver = (): void =>
    takeFromSleeper(
      place,
      () => leading || running?.engine !== engine,
      () => heardAt,
    )
  const stop = (): void => {
    if (running?.engine !== engine) return
    running = null
    stopped.abort()
    for (const each of unlisten) each()
    channel?.close()
  }
  running = { userId, engine, stop, wake, takeOver }
  return stop
}

function takeFromSleeper(place: Place, settled: () => boolean, heardAt: () => number): void {
  const asked = Date.now()
  if (settled()) return
  setTimeout(() => {
    if (!settled() && heardAt() < asked) place.take()
  }, ASLEEP)
}

function hear(message: Message, leading: boolean, engine: Engine): void {
  if (message.type === 'wake') {
    if (leading) engine.wake(message.pull)
  } else if (!leading) {
    status = message.status
    if (message.contactAt !== null) contactAt = Math.max(contactAt ?? 0, message.contactAt)
  }
}

/** Everything that may mean: now it could work. */
function listen(wake: (pull: boolean) => void): (() => void)[] {
  const back = (): void => {
    online = true
    wake(true)
  }
  const gone = (): void => {
    online = false
  }
  const shown = (): void => {
    if (document.visibilityState === 'visible') wake(true)
  }
  const told = (event: MessageEvent<{ type?: string } | null>): void => {
    if (event.data?.type === 'wake') wake(false)
  }
  window.addEventListener('online', back)
  window.addEventListener('offline', gone)
  document.addEventListener('visibilitychange', shown)
  navigator.serviceWorker?.addEventListener('message', told)
  return [
    // Originals wait for Wi-Fi, and nothing else says that it is here.
    onLinkChange(() => wake(false)),
    () => window.removeEventListener('online', back),
    () => window.removeEventListener('offline', gone),
    () => document.removeEventListener('visibilitychange', shown),
    () => navigator.serviceWorker?.removeEventListener('message', told),
  ]
}

/** The last contact survives a restart: in a cellar it is the only truth about the network. */
function keepContact(): () => void {
  let written = 0
  contactAt = lastContactAt() ?? contactAt
  void getSetting<number | null>(CONTACT, null).then((stored) => {
    if (stored !== null) contactAt = Math.max(contactAt ?? 0, stored)
  })
  return onContact((at) => {
    contactAt = at
    if (at - written < 15_000) return
    written = at
    setSetting(CONTACT, at).catch((error: unknown) => console.error(error))
  })
}

interface SyncRegistration extends ServiceWorkerRegistration {
  sync?: { register(tag: string): Promise<void> }
}

/** After a save: try now, and ask the browser to wake us later where it knows how. */
export function saved(): void {
  sync.wake()
  if (!('serviceWorker' in navigator)) return
  navigator.serviceWorker
    .getRegistration()
    .then((registration) => (registration as SyncRegistration | undefined)?.sync?.register('outbox'))
    .catch(() => undefined)
}
