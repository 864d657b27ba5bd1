import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiProblem } from '../api'
import { closeDatabase, DB_NAME, read, write } from '../db'
import { lead, type Locks } from './leader'
import { Displaced, enqueue, outboxStore } from './outboxStore'
import type { Changes, Ports } from './ports'
import type { Genuine } from './receipts'
import { pullPage } from './pull'

const ME = 'user-1'
const AT = '2026-11-20T09:07:32+08:00'

async function wipe(): Promise<void> {
  await closeDatabase()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DB_NAME)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })
}
beforeEach(async () => {
  await wipe()
  await outboxStore(ME).open()
})
afterEach(wipe)

const visitDoc = (answers: object) => ({
  id: 'v1',
  round_id: 'r1',
  compound_id: 'k1',
  state: 'arrived',
  arrived_at: AT,
  answers,
})
const findingDoc = (state: string) => ({
  id: 'f1',
  compound_id: 'k1',
  visit_id: null,
  state,
  captured_at: AT,
})
const photoDoc = (state: string, sha256 = 'aa') => ({
  id: 'p1',
  case_id: 'f1',
  visit_id: null,
  group_id: 'f1',
  stage: 'before',
  kind: 'O',
  sha256,
  size: 3,
  mime: 'image/jpeg',
  captured_at: AT,
  state,
  position: null,
  accuracy_m: null,
})
const page = (items: object, cursor = 'c1'): Changes =>
  ({ items, cursor, more: false, server_time: AT }) as unknown as Changes

const NONE: ReadonlyMap<string, Genuine> = new Map()
const visit = () => read(['visits'], (tx) => tx.objectStore('visits').get('v1'))
const store = outboxStore(ME)
const signed = (kind: 'photo' | 'command', id: string): Genuine =>
  ({ kind, id, sha256: 'aa', received_at: AT, key_id: 'k', signature: 's' }) as Genuine

test('what the office asks for of originals is learned with the pull; a server that does not say changes nothing', async () => {
  await store.applyPage({ ...page({}), keep_originals: ['major'] }, NONE)
  await store.applyPage(page({}), NONE)
  const row = await read(['settings'], (tx) => tx.objectStore('settings').get('originals.office'))
  expect(row?.value).toEqual(['major'])
})

describe('a pull beside unanswered work', () => {
  test('keeps the answers of this phone on top until the server has answered them', async () => {
    await store.applyPage(page({ visits: [visitDoc({})] }), NONE)
    const local = { answers: { 'FP-01': 'fail' } }
    const row = await write(['visits', 'outbox'], async (tx) => {
      const known = (await tx.objectStore('visits').get('v1'))!
      await tx.objectStore('visits').put({ ...known, local, user_id: ME })
      return enqueue(tx, ME, {
        command: 'answer_checklist',
        subject_id: 'v1',
        uses: ['v1'],
        at: AT,
        body: {},
      })
    })
    await store.applyPage(page({ visits: [visitDoc({ 'EB-03': 'pass' })] }), NONE)
    expect((await visit())!.local).toEqual(local)
    expect((await visit())!.data).toMatchObject({ answers: { 'EB-03': 'pass' } })

    await store.answered([{ id: row.id, status: 'applied', receipt: signed('command', row.id) }], AT)
    expect((await visit())!.local).toEqual(local)
    await store.applyPage(page({ visits: [visitDoc({ 'FP-01': 'fail', 'EB-03': 'pass' })] }), NONE)
    expect((await visit())!.local).toBeUndefined()
  })

  test('a finding whose answer got lost is there once, and still counts as unsent', async () => {
    await write(['findings', 'outbox'], async (tx) => {
      await tx.objectStore('findings').put({
        id: 'f1',
        compound_id: 'k1',
        visit_id: null,
        state: 'submitted',
        unsent: 1,
        updated_at: AT,
        data: null,
        local: { place: '3 号楼' },
        user_id: ME,
      })
      await enqueue(tx, ME, { command: 'open_finding', subject_id: 'f1', creates: 'f1', at: AT, body: {} })
    })
    await store.applyPage(page({ findings: [findingDoc('submitted')] }), NONE)
    const all = await read(['findings'], (tx) => tx.objectStore('findings').getAll())
    expect(all.map((row) => [row.unsent, row.local])).toEqual([[1, { place: '3 号楼' }]])
  })

  test('own photos obey only a receipt for their own hash', async () => {
    const own = {
      id: 'p1',
      owner_id: 'f1',
      owner_kind: 'finding',
      kind: 'O',
      sha256: 'aa',
      size: 3,
      media_type: 'image/jpeg',
      width: 1,
      height: 1,
      captured_at: AT,
      position: null,
      sent: 0,
      state: 'queued',
      problem: null,
      user_id: ME,
      command_id: 'c1',
    } as const
    await write(['photos'], (tx) => tx.objectStore('photos').put(own))
    const state = async () => (await read(['photos'], (tx) => tx.objectStore('photos').get('p1')))!.state
    await store.applyPage(page({ photos: [photoDoc('expected')] }), NONE)
    expect(await state()).toBe('queued')
    await store.applyPage(page({ photos: [photoDoc('stored', 'bb')] }), NONE)
    expect(await state()).toBe('queued')
    await store.applyPage(page({ photos: [photoDoc('stored')] }), NONE)
    expect(await state()).toBe('queued')
    const receipt = signed('photo', 'p1')
    await store.applyPage(page({ photos: [photoDoc('stored')] }), new Map([['p1', receipt]]))
    expect(await read(['photos'], (tx) => tx.objectStore('photos').get('p1'))).toMatchObject({
      state: 'confirmed',
      receipt,
    })
  })
})

describe('cursor', () => {
  const ports = (request: ReturnType<typeof vi.fn>): Ports =>
    ({ store, network: { request }, receipts: { verify: async () => null } }) as unknown as Ports
  const ok = (data: Changes) => ({ status: 200, headers: new Headers(), data })

  test('moves with the page in one transaction, and is sent with the next request', async () => {
    const request = vi
      .fn()
      .mockResolvedValueOnce(ok(page({ findings: [findingDoc('submitted')] }, 'c/1')))
      .mockResolvedValueOnce(ok(page({}, 'c2')))
    expect(await pullPage(ports(request), new AbortController().signal)).toBe(false)
    await pullPage(ports(request), new AbortController().signal)
    expect(request.mock.calls.map((call) => call[0])).toEqual(['/sync/changes', '/sync/changes?cursor=c%2F1'])
  })

  test('a page that cannot be stored leaves the old cursor', async () => {
    await store.applyPage(page({}, 'old'), NONE)
    await expect(
      store.applyPage(page({ findings: [{ ...findingDoc('x'), id: undefined }] }, 'new'), NONE),
    ).rejects.toThrow()
    expect(await store.cursor()).toBe('old')
  })

  test('that the server does not know any more begins afresh', async () => {
    await store.applyPage(page({}, 'stale'), NONE)
    const request = vi.fn().mockRejectedValueOnce(new ApiProblem(400, { code: 'sync.bad_cursor' }))
    expect(await pullPage(ports(request), new AbortController().signal)).toBe(true)
    expect(await store.cursor()).toBeNull()
  })

  test("somebody else's pulled rows go, their unsent work stays", async () => {
    await store.applyPage(page({ findings: [findingDoc('confirmed')], visits: [visitDoc({})] }), NONE)
    await write(['findings', 'outbox'], async (tx) => {
      await tx.objectStore('findings').put({
        id: 'f2',
        compound_id: 'k1',
        visit_id: null,
        state: 'submitted',
        unsent: 1,
        updated_at: AT,
        data: null,
        local: {},
        user_id: ME,
      })
      await enqueue(tx, ME, { command: 'open_finding', subject_id: 'f2', creates: 'f2', at: AT, body: {} })
    })
    const findings = () => read(['findings'], (tx) => tx.objectStore('findings').getAllKeys())
    await outboxStore('user-2').open()
    expect(await visit()).toBeUndefined()
    expect(await findings()).toEqual([])
    expect(await outboxStore('user-2').commands()).toEqual([])
    expect(await store.commands()).toHaveLength(1)
    await store.open()
    expect(await findings()).toEqual(['f2'])
  })

  test('a tab of the person before can neither pull nor send any more', async () => {
    await write(['outbox'], (tx) => enqueue(tx, ME, { command: 'leave', subject_id: 'v1', at: AT, body: {} }))
    const [row] = await store.commands()
    await outboxStore('user-2').open()
    await expect(store.applyPage(page({}), NONE)).rejects.toThrow(Displaced)
    await expect(store.begin([row!.id])).rejects.toThrow(Displaced)
  })
})

describe('leader', () => {
  /** One lock, as Web Locks keep it: a line, and `steal` for whoever may not wait. */
  function locks(): Locks {
    let holder: { lose: () => void } | null = null
    let line: (() => void)[] = []
    const next = (): void => line.shift()?.()
    const request = (
      _name: string,
      { signal, steal }: LockOptions,
      work: () => Promise<void>,
    ): Promise<void> =>
      new Promise((resolve, reject) => {
        const lost = (): void => reject(Object.assign(new Error('taken'), { name: 'AbortError' }))
        const grant = (): void => {
          const mine = { lose: lost }
          holder = mine
          void work().then(() => {
            if (holder === mine) {
              holder = null
              next()
            }
            resolve()
          })
        }
        signal?.addEventListener('abort', () => {
          if (!line.includes(grant)) return
          line = line.filter((each) => each !== grant)
          lost()
        })
        if (steal) {
          holder?.lose()
          grant()
        } else if (holder) line.push(grant)
        else grant()
      })
    return { request } as unknown as Locks
  }

  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

  function tabs(...names: string[]) {
    const line = locks()
    const log: string[] = []
    const made = names.map((name) => {
      const stop = new AbortController()
      const work = async (signal: AbortSignal): Promise<void> => {
        log.push(`${name} leads`)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        log.push(`${name} goes`)
      }
      return { stop, ...lead(line, 'x', work, stop.signal) }
    })
    return { log, made }
  }

  test('of two tabs one works; the other takes over when it goes', async () => {
    const { log, made } = tabs('a', 'b')
    await pause()
    expect(log).toEqual(['a leads'])
    made[0]!.stop.abort()
    await pause()
    expect(log).toEqual(['a leads', 'a goes', 'b leads'])
    made[1]!.stop.abort()
    await Promise.all(made.map((tab) => tab.done))
  })

  test('a tab that sleeps with the lock in its hand loses it to a person who wants to send', async () => {
    const { log, made } = tabs('asleep', 'b')
    await pause()
    made[1]!.place.take()
    await pause()
    expect(log).toContain('b leads')
    expect(log.indexOf('asleep goes')).toBeGreaterThan(0)
    made[1]!.stop.abort()
    await pause()
    expect(log.slice(-1)).toEqual(['asleep leads'])
    made[0]!.stop.abort()
    await Promise.all(made.map((tab) => tab.done))
  })
})
