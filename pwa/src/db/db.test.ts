import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { closeDatabase, database, DB_NAME, onChange, read, StorageError, write } from './index'
import { getSetting, setSetting } from './settings'
import type { OutboxRow, PhotoRow } from './schema'

const photo = (id: string): PhotoRow => ({
  id,
  owner_id: 'f1',
  owner_kind: 'finding',
  kind: 'O',
  sha256: 'ab'.repeat(32),
  size: 3,
  media_type: 'image/jpeg',
  width: 1,
  height: 1,
  captured_at: '2026-11-20T09:07:32+08:00',
  position: null,
  sent: 0,
  state: 'queued',
  problem: null,
})

const command = (id: string, seq: number): OutboxRow => ({
  id,
  seq,
  user_id: 'u1',
  command: 'finding.open',
  subject_id: 'f1',
  body: { a: 1 },
  created_at: '2026-11-20T09:07:32+08:00',
  attempts: 0,
  next_try_at: null,
  state: 'queued',
  problem: null,
})

async function wipe(): Promise<void> {
  await closeDatabase()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DB_NAME)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })
}

beforeEach(wipe)
afterEach(() => vi.restoreAllMocks())

const count = async (): Promise<[number, number]> =>
  read(['photos', 'outbox'], async (tx) => [
    await tx.objectStore('photos').count(),
    await tx.objectStore('outbox').count(),
  ])

describe('write', () => {
  test('is one strict transaction over all its stores, and gives bytes back as they were', async () => {
    const db = await database()
    const transaction = vi.spyOn(db, 'transaction')
    await write(['photos', 'outbox'], async (tx) => {
      await tx.objectStore('photos').put(photo('p1'))
      await tx.objectStore('outbox').put(command('c1', 1))
    })
    expect(transaction).toHaveBeenCalledWith(['photos', 'outbox'], 'readwrite', { durability: 'strict' })
    const bytes = new Uint8Array([1, 2, 3]).buffer
    await write(['blobs'], (tx) => tx.objectStore('blobs').put({ key: 'photo:p1', bytes }))
    const back = await read(['blobs'], (tx) => tx.objectStore('blobs').get('photo:p1'))
    expect(new Uint8Array(back!.bytes)).toEqual(new Uint8Array([1, 2, 3]))
  })

  test('over quota nothing is left, and the error says so', async () => {
    const put = IDBObjectStore.prototype.put
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      ...args: Parameters<IDBObjectStore['put']>
    ) {
      if ((args[0] as { id: string }).id === 'p3') throw new DOMException('full', 'QuotaExceededError')
      return put.apply(this, args)
    })
    const failure = await write(['photos', 'outbox'], async (tx) => {
      await tx.objectStore('outbox').put(command('c1', 1))
      for (const id of ['p1', 'p2', 'p3']) await tx.objectStore('photos').put(photo(id))
    }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StorageError)
    expect((failure as StorageError).code).toBe('storage.full')
    expect(await count()).toEqual([0, 0])
  })

  test('an error of the caller aborts and is passed on', async () => {
    const failure = await write(['outbox'], async (tx) => {
      await tx.objectStore('outbox').put(command('c1', 1))
      throw new RangeError('mine')
    }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RangeError)
    expect(await count()).toEqual([0, 0])
  })

  test('what cannot be cloned is refused loudly', async () => {
    const failure = await write(['settings'], (tx) =>
      tx.objectStore('settings').put({ key: 'x', value: () => 1 }),
    ).catch((error: unknown) => error)
    expect((failure as StorageError).code).toBe('storage.failed')
  })

  test('a connection that died is opened again and the write repeated', async () => {
    await write(['outbox'], (tx) => tx.objectStore('outbox').put(command('c1', 1)))
    ;(await database()).close() // as WebKit does under memory pressure, without telling the page
    await write(['outbox'], (tx) => tx.objectStore('outbox').put(command('c2', 2)))
    expect(await count()).toEqual([0, 2])
  })

  test('a page that is left lets go of the database, and whoever comes back opens it again', async () => {
    const before = await database()
    globalThis.dispatchEvent(new Event('pagehide'))
    await vi.waitFor(async () => expect(await database()).not.toBe(before))
    expect(() => before.transaction(['photos'])).toThrow()
    await write(['photos'], (tx) => tx.objectStore('photos').put(photo('p1')))
    expect(await count()).toEqual([1, 0])
  })

  test('a browser that refuses to open says storage.unavailable, and may be asked again', async () => {
    const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('private window', 'SecurityError')
    })
    await expect(database()).rejects.toMatchObject({ code: 'storage.unavailable' })
    open.mockRestore()
    expect(await count()).toEqual([0, 0])
  })
})

describe('changes', () => {
  test('are told after the commit, only for the stores that were touched', async () => {
    const heard: string[] = []
    const stops = [
      onChange(['outbox'], () => heard.push('outbox')),
      onChange(['photos', 'findings'], () => heard.push('photos')),
    ]
    await write(['outbox'], async (tx) => {
      await tx.objectStore('outbox').put(command('c1', 1))
      expect(heard).toEqual([])
    })
    expect(heard).toEqual(['outbox'])
    await write(['outbox'], () => Promise.reject(new Error('no'))).catch(() => undefined)
    expect(heard).toEqual(['outbox'])
    stops.forEach((stop) => stop())
    await write(['outbox'], (tx) => tx.objectStore('outbox').put(command('c2', 2)))
    expect(heard).toEqual(['outbox'])
  })
})

test('settings', async () => {
  expect(await getSetting('keys', true)).toBe(true)
  await setSetting('keys', false)
  expect(await getSetting('keys', true)).toBe(false)
})

test('the outbox is read in the order of its numbers', async () => {
  await write(['outbox'], async (tx) => {
    for (const [id, seq] of [
      ['c', 3],
      ['a', 1],
      ['b', 2],
    ] as const) {
      await tx.objectStore('outbox').put(command(id, seq))
    }
  })
  const rows = await read(['outbox'], (tx) => tx.objectStore('outbox').index('by_seq').getAll())
  expect(rows.map((row) => row.id)).toEqual(['a', 'b', 'c'])
})
