// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { NetworkError } from '../api'
import type { OutboxRow, Receipt } from '../db'
import { commandText, ed25519, receiptBook, signedText, type Keys, type ReceiptKey } from './receipts'

const base64url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

interface Signer extends ReceiptKey {
  sign(receipt: Omit<Receipt, 'signature'>): Promise<Receipt>
}

async function signer(id: string): Promise<Signer> {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  return {
    id,
    public_key: base64url(await crypto.subtle.exportKey('raw', pair.publicKey)),
    async sign(receipt) {
      const text = new TextEncoder().encode(signedText(receipt))
      return { ...receipt, signature: base64url(await crypto.subtle.sign('Ed25519', pair.privateKey, text)) }
    },
  }
}

const ABOUT = { kind: 'photo', id: 'p1', sha256: 'ab'.repeat(32) } as const
const plain = (key_id: string) => ({ ...ABOUT, received_at: '2026-11-20T01:00:00.000Z', key_id })

let server: Signer
let keys: Keys & { list: ReceiptKey[]; asked: number }
beforeEach(async () => {
  server = await signer('k1')
  keys = {
    list: [server],
    asked: 0,
    known: async () => keys.list,
    refresh: async () => ((keys.asked += 1), keys.list),
  }
})

describe('a receipt counts', () => {
  test('when the server signed it for this very thing; the keys at hand are enough', async () => {
    const receipt = await server.sign(plain('k1'))
    expect(await receiptBook(keys).verify(receipt, ABOUT)).toEqual(receipt)
    expect(keys.asked).toBe(0)
  })

  test('where the browser has no Ed25519, by our own copy of the arithmetic', async () => {
    const receipt = await server.sign(plain('k1'))
    vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new Error('unknown algorithm'))
    expect(await ed25519(server, receipt.signature, signedText(receipt))).toBe(true)
    expect(await ed25519(server, receipt.signature, `${signedText(receipt)}x`)).toBe(false)
    vi.restoreAllMocks()
  })

  test('under a key that is new here, once the server has named it', async () => {
    const next = await signer('k2')
    keys.refresh = async () => ((keys.asked += 1), (keys.list = [next, server]))
    expect(await receiptBook(keys).verify(await next.sign(plain('k2')), ABOUT)).not.toBeNull()
    expect(keys.asked).toBe(1)
  })
})

describe('a receipt counts for nothing', () => {
  test.each([
    ['for another photo', { id: 'p2' }],
    ['for other bytes', { sha256: 'cd'.repeat(32) }],
    ['for the original', { kind: 'original' as const }],
  ])('%s, however genuine', async (_, change) => {
    const receipt = await server.sign({ ...plain('k1'), ...change })
    expect(await receiptBook(keys).verify(receipt, ABOUT)).toBeNull()
  })

  test('with another time than the one that was signed', async () => {
    const receipt = await server.sign(plain('k1'))
    const later = { ...receipt, received_at: '2026-11-21T01:00:00.000Z' }
    expect(await receiptBook(keys).verify(later, ABOUT)).toBeNull()
  })

  test('under the id of our key, signed by somebody else', async () => {
    const stranger = await signer('k1')
    expect(await receiptBook(keys).verify(await stranger.sign(plain('k1')), ABOUT)).toBeNull()
  })

  test('under a key that nobody knows', async () => {
    const stranger = await signer('k9')
    expect(await receiptBook(keys).verify(await stranger.sign(plain('k9')), ABOUT)).toBeNull()
    expect(keys.asked).toBe(1)
  })

  test.each([null, undefined, '', 1, {}, { ...plain('k1'), signature: 7 }])(
    'that is none: %j',
    async (odd) => {
      expect(await receiptBook(keys).verify(odd, ABOUT)).toBeNull()
    },
  )

  test.each(['', '!', 'AAAA', 'A'.repeat(86)])('with a signature that is none: %j', async (signature) => {
    expect(await receiptBook(keys).verify({ ...plain('k1'), signature }, ABOUT)).toBeNull()
  })
})

test('a key that cannot be asked for now is no verdict: the network says so', async () => {
  keys.refresh = async () => Promise.reject(new NetworkError('network.offline'))
  const receipt = await (await signer('k2')).sign(plain('k2'))
  await expect(receiptBook(keys).verify(receipt, ABOUT)).rejects.toBeInstanceOf(NetworkError)
})

test('what a command is signed as is its canonical JSON, without what does not travel', () => {
  const row = { id: 'c1', command: 'check_in', created_at: 'T', body: { b: 1.0, a: '中', gone: undefined } }
  expect(commandText(row as unknown as OutboxRow)).toBe(
    '{"body":{"a":"中","b":1},"captured_at":"T","id":"c1","kind":"check_in"}',
  )
})
