/** The ports of a real browser. */
import { get, lineFree, request } from '../api'
import { getSetting, setSetting } from '../db'
import { hex } from '../domain/ids'
import { toldFitness } from './fitness'
import { outboxStore } from './outboxStore'
import type { Chore, Clock, Network, Ports } from './ports'
import { receiptBook, type Keys, type ReceiptKey } from './receipts'

export const clock: Clock = {
  now: () => Date.now(),
  ticks: () => performance.now(),
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

/** Where the session keeps the server's public keys. */
export const RECEIPT_KEYS = 'receipt.keys'

export const keys: Keys = {
  known: () => getSetting<ReceiptKey[]>(RECEIPT_KEYS, []),
  refresh: async () => {
    const { keys } = await get<{ keys: ReceiptKey[] }>('/receipts/keys', { background: true })
    await setSetting(RECEIPT_KEYS, keys)
    return keys
  },
}

/**
 * Requests in the name of one user. The cookie belongs to the phone, not to the tab: where somebody else has signed in
 * since, the server must refuse what this user's queue sends, and not take it as the other's.
 */
export const networkOf = (userId: string): Network => ({
  request: (path, options = {}) =>
    request(path, {
      ...options,
      background: true,
      headers: { ...options.headers, 'X-Xunjian-User': userId },
    }),
})

interface Connection extends Partial<EventTarget> {
  type?: string
  saveData?: boolean
}

const connection = (): Connection | undefined =>
  (navigator as Navigator & { connection?: Connection }).connection

/** Whether this link costs nothing: true, false, or null where the browser does not tell. */
export function freeLink(): boolean | null {
  const link = connection()
  if (!link) return null
  if (link.saveData) return false
  return link.type === undefined ? null : link.type === 'wifi' || link.type === 'ethernet'
}

/** Calls `heard` when the link changes, where the browser tells; returns the function that stops it. */
export function onLinkChange(heard: () => void): () => void {
  const link = connection()
  link?.addEventListener?.('change', heard)
  return () => link?.removeEventListener?.('change', heard)
}

export function browserPorts(userId: string, chores: readonly Chore[], roomy: () => boolean): Ports {
  return {
    clock,
    network: networkOf(userId),
    store: outboxStore(userId),
    random: Math.random,
    sha256,
    receipts: receiptBook(keys),
    appVersion: __APP_VERSION__,
    fitness: () => toldFitness(userId),
    roomy,
    giveWay: lineFree,
    chores,
  }
}
