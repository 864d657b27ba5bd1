// @vitest-environment node
import { beforeEach, describe, expect, test } from 'vitest'
import type { OutboxRow, PhotoRow, Problem, StoreName } from '../db'
import { MemoryStore } from '../db/memory.test-help'
import { sendAgain } from './acts'
import { countersIn, type Totals } from './counters'
import { prune } from './outboxStore'

const ME = 'user-a'
const DAY = 86_400_000
const THEN = Date.parse('2026-11-20T01:00:00Z')
const STORES = ['outbox', 'photos', 'settings'] as const satisfies StoreName[]
const PROBLEM: Problem = { code: 'finding.unknown_item', status: 422 }

let db: MemoryStore
beforeEach(() => (db = new MemoryStore()))

const receipt = { received_at: new Date(THEN).toISOString() }

async function command(id: string, state: OutboxRow['state'], more: object = {}): Promise<void> {
  const row = { id, seq: 1, user_id: ME, command: 'open_finding', subject_id: id, state, receipt, ...more }
  await db.write(['outbox'], (tx) => tx.objectStore('outbox').put(row as unknown as OutboxRow))
}

async function photo(id: string, state: PhotoRow['state'], more: object = {}): Promise<void> {
  const row = { id, user_id: ME, owner_id: 'f', state, size: 1, sent: 0, receipt, ...more }
  await db.write(['photos'], (tx) => tx.objectStore('photos').put(row as unknown as PhotoRow))
}

const totals = (user = ME): Promise<Totals> => db.read([...STORES], (tx) => countersIn(tx, user))
const letGo = (days: number): Promise<void> => prune(db, ME, THEN + days * DAY, 7)

describe("a phone's own totals", () => {
  test('count what was recorded, and of it what the server signed for; drafts and other people not', async () => {
    await command('a', 'confirmed')
    await command('b', 'queued', { command: 'check_in' })
    await command('c', 'attention', { problem: PROBLEM })
    await command('d', 'confirmed', { user_id: 'user-b' })
    await photo('p', 'confirmed')
    await photo('q', 'queued')
    await photo('r', 'draft')
    expect(await totals()).toMatchObject({
      recorded: { findings: 2, photos: 2, commands: 3 },
      confirmed: { findings: 1, photos: 1, commands: 1 },
    })
  })

  test('never go down when the record is let go, and count nothing a second time', async () => {
    await command('a', 'confirmed')
    await command('b', 'queued')
    await photo('p', 'confirmed')
    const before = await totals()
    await letGo(100)
    await letGo(101)
    expect(await totals()).toEqual(before)
    expect(await db.read(['outbox'], (tx) => tx.objectStore('outbox').getAll())).toHaveLength(1)
    await command('b', 'confirmed')
    expect((await totals()).confirmed.commands).toBe(before.confirmed.commands + 1)
    expect((await totals()).recorded).toEqual(before.recorded)
  })

  test('take a repaired command for the one that it was, also after they were written down', async () => {
    await command('a', 'attention', { problem: PROBLEM, body: {} })
    await letGo(1)
    const before = await totals()
    await sendAgain('a', (body) => body, { db, newId: () => 'a2' })
    expect(await totals()).toEqual(before)
    await command('a2', 'confirmed')
    await letGo(100)
    expect(await totals()).toMatchObject({
      recorded: before.recorded,
      confirmed: { ...before.confirmed, commands: 1, findings: 1 },
    })
  })
})
