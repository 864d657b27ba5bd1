/** One leader among the tabs of this phone: the others wait in line and take over when it goes, however it goes. */

export type Locks = Pick<LockManager, 'request'>

/**
 * Runs `work` while this tab holds the lock `name`; waits in line for it first. Aborting the signal leaves the line or
 * ends the work. Without Web Locks (plain http) the tab leads alone: the server's idempotence still holds.
 */
export async function lead(
  locks: Locks | undefined,
  name: string,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (!locks) return work(signal)
  try {
    await locks.request(name, { signal }, () => work(signal))
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
