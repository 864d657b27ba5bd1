/** The ports of a real browser. */
import { request } from '../api'
import { hex } from '../domain/ids'
import { outboxStore } from './outboxStore'
import type { Chore, Clock, Ports } from './ports'

export const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const timer = setTimeout(done, ms)
      function done(): void {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      signal.addEventListener('abort', done)
    }),
}

/** Lower-case hexadecimal SHA-256 of bytes. Needs a secure context (https or localhost). */
export async function sha256(bytes: ArrayBuffer): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

export function browserPorts(userId: string, chores: readonly Chore[]): Ports {
  return { clock, network: { request }, store: outboxStore(userId), random: Math.random, sha256, chores }
}
