// @vitest-environment node
import { beforeEach, describe, expect, test } from 'vitest'
import type { OutboxRow, PhotoRow, Receipt } from '../db'
import { MemoryStore } from '../db/memory.test-help'
import { sha256 } from './browser'
import type { FileRecord } from './outboxFile'
import type { Genuine } from './receipts'
import { countersIn } from './counters'
import { takeIn, unsentRecords, type Taking } from './takeaway'

const ME = 'user-a'
const OWNER = { user: { id: ME, username: 'chen', display_name: '陈巡' }, device_id: 'd1' }
const AT = '2026-11-20T09:00:00+08:00'

let old: MemoryStore
let fresh: MemoryStore
beforeEach(() => {
  old = new MemoryStore()
  fresh = new MemoryStore()
})

/** Believes the receipts that say `good`. */
const taking = (db: MemoryStore): Taking => ({
  db,
  sha256,
  receipts: {
    verify: async (receipt) =>
      (receipt as Receipt | null)?.signature === 'good' ? (receipt as Genuine) : null,
  },
})

async function command(id: string, more: object = {}, db = old): Promise<void> {
  const row = {
    id,
    seq: Number(id.slice(1)),
    user_id: ME,
    command: 'open_finding',
    subject_id: `f-${id}`,
    body: { finding_id: `f-${id}`, text: '道闸锁闭' },
    created_at: AT,
    attempts: 2,
    state: 'queued',
    problem: null,
    title: '消防通道堵塞',
    creates: `f-${id}`,
    uses: [],
    ...more,
  }
  await db.write(['outbox'], (tx) => tx.objectStore('outbox').put(row as unknown as OutboxRow))
}

async function photo(id: string, command_id: string, more: object = {}): Promise<void> {
  const bytes = new Uint8Array(3_000_000).fill(Number(id.slice(1)))
  const row = {
    id,
    owner_id: `f-${command_id}`,
    owner_kind: 'finding',
    kind: 'O',
    sha256: await sha256(bytes.buffer),
    size: bytes.length,
    media_type: 'image/jpeg',
    captured_at: AT,
    position: null,
    sent: 65_536,
    state: 'queued',
    problem: null,
    user_id: ME,
    command_id,
    original_sha256: null,
    original: null,
    ...more,
  }
  await old.write(['photos', 'blobs'], async (tx) => {
    await tx.objectStore('photos').put(row as unknown as PhotoRow)
    await tx.objectStore('blobs').put({ key: `photo:${id}`, bytes: bytes.buffer })
  })
}

async function out(subject?: string): Promise<FileRecord[]> {
  const records: FileRecord[] = []
  for await (const record of unsentRecords(old, OWNER, AT, subject)) records.push(record)
  return records
}

const named = (records: readonly FileRecord[], type: 'command' | 'photo'): unknown[] =>
  records.flatMap((each) => (each.type === type && 'json' in each ? [each.json['id']] : []))

async function* played(records: readonly FileRecord[]): AsyncGenerator<FileRecord> {
  yield* records
}

const rows = (db: MemoryStore) =>
  db.read(['outbox', 'photos', 'blobs'], async (tx) => ({
    commands: await tx.objectStore('outbox').getAll(),
    photos: await tx.objectStore('photos').getAll(),
    blobs: await tx.objectStore('blobs').getAll(),
  }))

describe('the way out of a dying phone', () => {
  test('everything that the server does not have, whole, and nothing else', async () => {
    await command('c1')
    await command('c2', { state: 'attention', problem: { code: 'finding.unknown_item', status: 422 } })
    await command('c3', { state: 'confirmed' })
    await command('c4', { user_id: 'user-b' })
    await photo('p1', 'c1')
    await photo('p3', 'c3', { state: 'confirmed' })
    const records = await out()
    expect(named(records, 'command')).toEqual(['c1', 'c2'])
    expect(named(records, 'photo')).toEqual(['p1'])
    const sizes = records.map((each) => (each.type === 'bytes' && 'bytes' in each ? each.bytes.length : 0))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(3_000_000)
    expect(records.at(-1)).toEqual({ type: 'end', json: { commands: 2, photos: 1 } })
    const only = await out('f-c2')
    expect(only.filter((each) => each.type === 'command')).toHaveLength(1)
  })

  test('a photo that is missing takes the command along, though the server has that', async () => {
    await command('c1', { state: 'confirmed' })
    await photo('p1', 'c1')
    expect((await out()).map((each) => each.type).slice(0, 3)).toEqual(['manifest', 'command', 'photo'])
  })
})

describe('the way in', () => {
  test('the same ids, byte by byte, in line to be sent; a second time changes nothing', async () => {
    await command('c1')
    await photo('p1', 'c1')
    const records = await out()
    expect(await takeIn(played(records), ME, taking(fresh))).toMatchObject({
      commands: 1,
      photos: 1,
      lost: 0,
    })
    const first = await rows(fresh)
    expect(first.commands[0]).toMatchObject({
      id: 'c1',
      state: 'queued',
      body: { text: '道闸锁闭' },
      user_id: ME,
    })
    expect(first.photos[0]).toMatchObject({ id: 'p1', state: 'queued', command_id: 'c1', sent: 0 })
    expect(await sha256(first.blobs[0]!.bytes)).toBe(first.photos[0]!.sha256)
    // The phone on which it was made counts it, and no other, however often it is let go and taken in again.
    const counted = await fresh.read(['outbox', 'photos', 'settings'], (tx) => countersIn(tx, ME))
    expect([first.commands[0]!.recorded_on, first.photos[0]!.recorded_on]).toEqual(['d1', 'd1'])
    expect(counted.recorded).toMatchObject({ commands: 0, findings: 0, photos: 0 })
    expect(await takeIn(played(records), ME, taking(fresh))).toMatchObject({
      commands: 0,
      photos: 0,
      known: 2,
    })
    expect(await rows(fresh)).toEqual(first)
  })

  test('what this phone knows better stays as it is', async () => {
    await command('c1')
    const records = await out()
    await command('c1', { state: 'confirmed' }, fresh)
    await takeIn(played(records), ME, taking(fresh))
    expect((await rows(fresh)).commands[0]!.state).toBe('confirmed')
  })

  test('the file of somebody else is refused before anything is taken', async () => {
    await command('c1')
    await expect(takeIn(played(await out()), 'user-b', taking(fresh))).rejects.toMatchObject({
      code: 'outboxfile.other_user',
    })
    expect((await rows(fresh)).commands).toEqual([])
  })

  test('bytes that are not what their hash says are reported as lost, the rest comes in', async () => {
    await command('c1')
    await photo('p1', 'c1')
    await photo('p2', 'c1')
    let of: unknown
    const records = (await out()).map((each) => {
      if (each.type === 'photo') of = each.json['id']
      return each.type === 'bytes' && of === 'p1' ? { ...each, bytes: each.bytes.map(() => 9) } : each
    })
    expect(await takeIn(played(records), ME, taking(fresh))).toMatchObject({ photos: 1, lost: 1 })
    expect((await rows(fresh)).photos.map((each) => each.id)).toEqual(['p2'])
  })

  test("a file's word that the server has a photo is worth its signature", async () => {
    await command('c1')
    const receipt = { kind: 'photo', id: 'p1', sha256: '', received_at: AT, key_id: 'k', signature: 'good' }
    const original = { size: 1_000, media_type: 'image/jpeg', sent: 0, state: 'queued' }
    await photo('p1', 'c1', { state: 'confirmed', receipt, original, original_sha256: 'ab' })
    await old.write(['blobs'], (tx) =>
      tx.objectStore('blobs').put({ key: 'original:p1', bytes: new ArrayBuffer(1_000) }),
    )
    const records = await out()
    await takeIn(played(records), ME, taking(fresh))
    expect((await rows(fresh)).photos[0]).toMatchObject({ state: 'confirmed', original: { state: 'queued' } })

    const other = new MemoryStore()
    const forged = records.map((each) =>
      each.type === 'photo'
        ? { ...each, json: { ...each.json, receipt: { ...receipt, signature: 'bad' } } }
        : each,
    )
    expect(await takeIn(played(forged), ME, taking(other))).toMatchObject({ photos: 0, lost: 1 })
    expect((await rows(other)).photos).toEqual([])
  })
})
