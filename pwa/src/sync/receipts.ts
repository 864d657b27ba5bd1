/**
 * Receipts: the server's signed word, per photo and per command. A copy on this phone is let go against nothing less.
 * `Genuine` can only be made here, so that the store cannot be told of a receipt that nobody has verified.
 * Signed are the UTF-8 bytes of six lines: `xunjian-receipt-1`, kind, id, sha256, received_at, key_id (Ed25519).
 */
import canonicalize from 'canonicalize'
import type { OutboxRow, Receipt } from '../db'
import { fromBase64url } from './outboxFile'

declare const genuine: unique symbol
export type Genuine = Receipt & { readonly [genuine]: true }

/** A public key of the server: id, and 32 raw bytes as base64url. */
export interface ReceiptKey {
  id: string
  algorithm?: string
  public_key: string
}

/** Where the keys are: those known here, and how to ask the server anew. */
export interface Keys {
  known(): Promise<readonly ReceiptKey[]>
  /** Asks the server and remembers; rejects like Network. */
  refresh(): Promise<readonly ReceiptKey[]>
}

export type VerifySignature = (key: ReceiptKey, signature: string, text: string) => Promise<boolean>

/** What a receipt must be about. */
export interface About {
  kind: Receipt['kind']
  id: string
  sha256: string
}

export interface ReceiptBook {
  /** The receipt, if it is the server's word for this very thing; null if not. Rejects like Network. */
  verify(receipt: unknown, about: About): Promise<Genuine | null>
}

/** A book that asks for the keys once more when a receipt names one that is unknown here. */
export function receiptBook(keys: Keys, signed: VerifySignature = ed25519): ReceiptBook {
  return {
    async verify(candidate, about) {
      if (!isReceipt(candidate)) return null
      const { kind, id, sha256, key_id, signature } = candidate
      if (kind !== about.kind || id !== about.id || sha256 !== about.sha256) return null
      const named = (list: readonly ReceiptKey[]): ReceiptKey | undefined =>
        list.find((key) => key.id === key_id)
      const key = named(await keys.known()) ?? named(await keys.refresh())
      if (!key || !(await signed(key, signature, signedText(candidate)))) return null
      return candidate as Genuine
    },
  }
}

export const signedText = (receipt: Omit<Receipt, 'signature'>): string =>
  ['xunjian-receipt-1', receipt.kind, receipt.id, receipt.sha256, receipt.received_at, receipt.key_id].join(
    '\n',
  )

/** The canonical JSON (RFC 8785) of a command as it goes over the wire: what its receipt is about. */
export function commandText(row: Pick<OutboxRow, 'id' | 'command' | 'created_at' | 'body'>): string {
  const sent = { id: row.id, kind: row.command, captured_at: row.created_at, body: row.body }
  // Once through JSON: what is undefined here does not travel, and must not be hashed.
  return canonicalize(JSON.parse(JSON.stringify(sent)))!
}

function isReceipt(value: unknown): value is Receipt {
  const parts = ['kind', 'id', 'sha256', 'received_at', 'key_id', 'signature']
  return (
    typeof value === 'object' &&
    value !== null &&
    parts.every((part) => typeof (value as Record<string, unknown>)[part] === 'string')
  )
}

/** Ed25519 by the browser, or by our own copy of the arithmetic where the browser has none (before Chrome 137). */
export async function ed25519(key: ReceiptKey, signature: string, text: string): Promise<boolean> {
  try {
    const raw = fromBase64url(key.public_key)
    const signed = fromBase64url(signature)
    const message = new TextEncoder().encode(text)
    const native = await importKey(raw)
    if (native) return await crypto.subtle.verify('Ed25519', native, signed, message)
    const { ed25519: curve } = await import('@noble/curves/ed25519.js')
    return curve.verify(signed, message, raw)
  } catch {
    // Not base64, not 64 bytes, not a point on the curve: no signature.
    return false
  }
}

async function importKey(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify'])
  } catch {
    return null
  }
}
