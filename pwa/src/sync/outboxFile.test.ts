// @vitest-environment node
/// <reference types="node" />
import { describe, expect, test } from 'vitest'
import {
  base64url,
  FRAME,
  OutboxFileError,
  seal,
  unseal,
  type FileRecord,
  type Lockers,
  type Opener,
  type Source,
} from './outboxFile'

const AT = '2026-11-20T04:12:09.120Z'
const big = Uint8Array.from({ length: FRAME + 70_000 }, (_, i) => (i * 31) % 251)
const RECORDS: FileRecord[] = [
  { type: 'manifest', json: { format: 'xunjian-outbox', user: { display_name: '陈' } } },
  { type: 'command', json: { id: 'c1', body: { text: '占用消防车通道' } } },
  { type: 'photo', json: { id: 'p1', size: big.length } },
  { type: 'bytes', bytes: big },
  { type: 'photo', json: { id: 'p2', size: 0 } },
  { type: 'end', json: { commands: 1, photos: 2 } },
]

async function* of<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

const joined = (parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]))

async function make(lockers: Lockers, records = RECORDS): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of seal(of(records), lockers, AT)) parts.push(part)
  return joined(parts)
}

const source = (bytes: Uint8Array): Source => ({
  size: bytes.length,
  read: async (start, end) => bytes.slice(start, end),
})

async function open(bytes: Uint8Array, opener: Opener): Promise<FileRecord[]> {
  const records: FileRecord[] = []
  for await (const record of unseal(source(bytes), opener)) records.push(record)
  return records
}

async function officeKeys(): Promise<{ lockers: Lockers; opener: Opener }> {
  const curve = { name: 'ECDH', namedCurve: 'P-256' } as const
  const pair = await crypto.subtle.generateKey(curve, true, ['deriveBits'])
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  return { lockers: { office: { id: 'k1', key } }, opener: { office: pair.privateKey } }
}

/** Bytes as text: comparing 300,000 numbers one by one takes the runner seconds. */
const plain = (records: readonly FileRecord[]): unknown[] =>
  records.map((record) => ('bytes' in record ? base64url(record.bytes) : record))

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'opened',
    (error: unknown) => (error instanceof OutboxFileError ? error.code : String(error)),
  )

describe('the outbox file', () => {
  test('comes back record by record, by the passphrase, over several frames', async () => {
    const file = await make({ passphrase: '三号楼 2026' })
    expect(plain(await open(file, { passphrase: '三号楼 2026' }))).toEqual(plain(RECORDS))
  })

  test('nothing of the content can be read in it', async () => {
    const file = new TextDecoder('latin1').decode(await make({ passphrase: 'words' }))
    const inside = (bytes: Uint8Array): boolean => file.includes(new TextDecoder('latin1').decode(bytes))
    expect(inside(new TextEncoder().encode('AES-256-GCM'))).toBe(true)
    expect(inside(new TextEncoder().encode('占用'))).toBe(false)
    expect(inside(big.slice(0, 64))).toBe(false)
  })

  test('the office opens it with its key, others do not', async () => {
    const { lockers, opener } = await officeKeys()
    const file = await make(lockers)
    expect(plain(await open(file, opener))).toEqual(plain(RECORDS))
    expect(await code(open(file, (await officeKeys()).opener))).toBe('outboxfile.wrong_key')
    expect(await code(open(file, { passphrase: 'words' }))).toBe('outboxfile.wrong_key')
  })

  test('wrong words are called wrong words, another file another file', async () => {
    const file = await make({ passphrase: 'words' })
    expect(await code(open(file, { passphrase: 'Words' }))).toBe('outboxfile.wrong_key')
    expect(await code(open(new TextEncoder().encode('{"format":"x"}'), { passphrase: 'x' }))).toBe(
      'outboxfile.not_ours',
    )
  })

  test('a file that was cut, changed or put together anew is damaged, wherever it was', async () => {
    const { lockers, opener } = await officeKeys()
    const file = await make(lockers)
    const header = 13 + new DataView(file.buffer).getUint32(9)
    const first = 4 + FRAME + 16
    for (const at of [header + 10, header + first + 20, file.length - 1]) {
      const spoiled = file.slice()
      spoiled[at]! ^= 1
      expect(await code(open(spoiled, opener)), `byte ${at}`).toBe('outboxfile.damaged')
    }
    const cut = file.slice(0, header + first)
    expect(await code(open(cut, opener))).toBe('outboxfile.damaged')
    const swapped = joined([
      file.slice(0, header),
      file.slice(header + first),
      file.slice(header, header + first),
    ])
    expect(await code(open(swapped, opener))).toBe('outboxfile.damaged')
    const unended = await make(lockers, RECORDS.slice(0, 3))
    expect(await code(open(unended, opener))).toBe('outboxfile.damaged')
  })
})
