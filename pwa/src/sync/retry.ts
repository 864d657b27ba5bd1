/** Pure decisions about failure: what it means for the queue, how long to wait, how large the next chunk is. */
import { ApiProblem, NetworkError } from '../api'
import type { Problem } from '../db'

/**
 * `again` wait and repeat, nothing changed · `signed-out` wait for a sign-in · `barred` the server wants nothing of
 * this account or device: wait for a person · `too-old` this app must be replaced first · `refused` this very content will never be taken as it is.
 */
export type Verdict = 'again' | 'signed-out' | 'barred' | 'too-old' | 'refused'

const BARRED = new Set(['accounts.account_closed', 'accounts.device_revoked', 'accounts.device_taken'])

/** The code by which a server without orders says that this phone was revoked. */
export const REVOKED = 'accounts.device_revoked'

/** What a failed request means. Errors that are not the network's are not ours to judge and are thrown on. */
export function verdict(error: unknown): Verdict {
  if (error instanceof NetworkError) return 'again'
  if (!(error instanceof ApiProblem)) throw error
  if (BARRED.has(error.code)) return 'barred'
  if (error.signedOut) return 'signed-out'
  if (error.status === 426) return 'too-old'
  return error.transient ? 'again' : 'refused'
}

/** The part of a failure that is stored and shown. */
export function problemOf(error: ApiProblem | NetworkError): Problem {
  return error instanceof ApiProblem
    ? { code: error.code, status: error.status, detail: error.detail || error.title }
    : { code: error.code, status: 0 }
}

const FIRST_WAIT = 2_000
const LONGEST_WAIT = 300_000

/**
 * Milliseconds before try `failures + 1`: doubling from 2 s to 5 min, the upper half left to chance, so that five
 * hundred phones that lost the same server do not come back in the same second.
 */
export function backoff(failures: number, random: () => number): number {
  const whole = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.max(0, failures - 1))
  return Math.round(whole / 2 + (whole / 2) * random())
}

export const KIB = 1024
export const FIRST_CHUNK = 64 * KIB
const SMALLEST_CHUNK = 16 * KIB
const LARGEST_CHUNK = 32 * KIB * KIB

/**
 * Bytes of the next chunk after one of `size` took `ms` (null: it failed). A chunk that is lost costs its airtime
 * again, so a chunk should take a few seconds: fast links soon send a photo whole, slow ones in many pieces.
 */
export function nextChunk(size: number, ms: number | null): number {
  const factor = ms === null ? 0.5 : ms < 500 ? 4 : ms < 2_000 ? 2 : ms > 10_000 ? 0.5 : 1
  return Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, Math.floor(size * factor)))
}

/** Time-out of a chunk: twenty seconds, and one more for each KiB, since below 1 KB/s a link is not one. */
export function chunkTimeout(bytes: number): number {
  return 20_000 + Math.ceil(bytes / KIB) * 1_000
}
