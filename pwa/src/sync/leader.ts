/**
 * One leader among the tabs of this phone: the others wait in line and take over when it goes, however it goes. A tab
 * that the system has put to sleep goes on holding its lock, and would keep the queue from ever being sent; then a
 * person's "send now" takes the lock away from it.
 */

export type Locks = Pick<LockManager, 'request'>

/** A place in the line. */
export interface Place {
  /** Takes the lead now, from whoever holds it. */
  take(): void
}

/**
 * Runs `work` while this tab holds the lock `name`; waits in line for it first. Where the lock is taken away, the signal
 * of `work` aborts and the tab stands in line again. Aborting `signal` leaves the line or ends the work. Without Web
 * Locks (plain http) the tab leads alone: the server's idempotence still holds.
 */
export function lead(
  locks: Locks | undefined,
  name: string,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): { done: Promise<void>; place: Place } {
  if (!locks) return { done: work(signal), place: { take: () => undefined } }
  let steal = false
  let leave = new AbortController()
  const place: Place = {
    take: () => {
      steal = true
      leave.abort()
    },
  }
  const stand = async (): Promise<void> => {
    while (!signal.aborted) {
      leave = new AbortController()
      const line = either(signal, leave.signal)
      const mine = new AbortController()
      const end = (): void => mine.abort()
      signal.addEventListener('abort', end)
      let leading = false
      const run = async (): Promise<void> => {
        leading = true
        await work(mine.signal)
      }
      try {
        // A request that takes the lock away cannot be called off, and need not.
        await locks.request(name, steal ? { steal: true } : { signal: line }, run)
        return
      } catch (error) {
        if (signal.aborted) return
        const stolen = leading && isAbort(error)
        if (!stolen && !leave.signal.aborted) throw error
        if (stolen) steal = false
      } finally {
        mine.abort()
        signal.removeEventListener('abort', end)
      }
    }
  }
  return { done: stand(), place }
}

const isAbort = (error: unknown): boolean => (error as { name?: string } | null)?.name === 'AbortError'

/** Aborts when either does (AbortSignal.any is missing in Chrome 90). */
function either(a: AbortSignal, b: AbortSignal): AbortSignal {
  const both = new AbortController()
  const stop = (): void => both.abort()
  if (a.aborted || b.aborted) stop()
  a.addEventListener('abort', stop, { once: true })
  b.addEventListener('abort', stop, { once: true })
  return both.signal
}
