/** The simulator's store and the phone's own are held to the same behaviour, by chance and by fast-check. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeDatabase, phone, type Store } from './database'
import { MemoryStore } from './memory.test-help'
import { DB_NAME } from './schema'

async function wipe(): Promise<void> {
  await closeDatabase()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DB_NAME)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })
}
beforeEach(wipe)
afterEach(wipe)

const NAMES = ['outbox', 'photos'] as const
type Name = (typeof NAMES)[number]

type Step =
  | { do: 'put'; store: Name; id: string; seq: number; user: string | null; state: string }
  | { do: 'delete'; store: Name; id: string }
  | { do: 'clear'; store: Name }
  | { do: 'get' | 'getKey'; store: Name; id: string }
  | { do: 'getAll' | 'getAllKeys' | 'count' | 'last'; store: Name }
  | { do: 'by'; store: Name; index: 'by_user' | 'by_state'; value: string }
  | { do: 'fail' }

const store = fc.constantFrom(...NAMES)
const id = fc.constantFrom('a', 'b', 'c', 'd')
const user = fc.constantFrom('u1', 'u2')
const state = fc.constantFrom('queued', 'confirmed')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      store,
      id,
      seq: fc.nat(99),
      user: fc.option(user),
      state,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), store, id }) },
  fc.record({ do: fc.constant('clear' as const), store }),
  fc.record({ do: fc.constantFrom('get' as const, 'getKey' as const), store, id }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('getAll' as const, 'getAllKeys' as const, 'count' as const),
      store,
    }),
  },
  fc.record({ do: fc.constant('last' as const), store: fc.constant('outbox' as const) }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('by' as const),
      store,
      index: fc.constantFrom('by_user' as const, 'by_state' as const),
      value: fc.oneof(user, state),
    }),
  },
  fc.record({ do: fc.constant('fail' as const) }),
)

interface Loose {
  put(row: unknown): Promise<unknown>
  delete(key: string): Promise<void>
  clear(): Promise<void>
  get(key: string): Promise<unknown>
  getKey(key: string): Promise<unknown>
  getAll(): Promise<unknown[]>
  getAllKeys(): Promise<unknown[]>
  count(): Promise<number>
  index(name: string): {
    getAll(value: string): Promise<unknown[]>
    count(value: string): Promise<number>
    openCursor(range: null, way: 'prev'): Promise<{ value: { seq: number } } | null>
  }
}

/** Does the steps of one transaction; answers what was read, or that it failed. */
async function does(db: Store, steps: readonly Step[]): Promise<unknown> {
  const seen: unknown[] = []
  try {
    await db.write([...NAMES], async (tx) => {
      seen.length = 0
      for (const each of steps) {
        if (each.do === 'fail') throw new RangeError('the caller changed its mind')
        seen.push(await one(tx.objectStore(each.store) as unknown as Loose, each))
      }
    })
    return seen
  } catch (error) {
    return (error as Error).name
  }
}

async function one(at: Loose, step: Exclude<Step, { do: 'fail' }>): Promise<unknown> {
  switch (step.do) {
    case 'put': {
      const { id, seq, user, state } = step
      await at.put({ id, seq, state, ...(user ? { user_id: user } : {}) })
      return null
    }
    case 'delete':
      return at.delete(step.id)
    case 'clear':
      return at.clear()
    case 'get':
    case 'getKey':
      return at[step.do](step.id)
    case 'by':
      return [await at.index(step.index).getAll(step.value), await at.index(step.index).count(step.value)]
    case 'last':
      return (await at.index('by_seq').openCursor(null, 'prev'))?.value.seq ?? null
    default:
      return at[step.do]()
  }
}

test('two databases, one behaviour: all or nothing, in the same order, by the same keys', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 6 }), async (transactions) => {
      await wipe()
      const memory = new MemoryStore()
      for (const steps of transactions) expect(await does(memory, steps)).toEqual(await does(phone, steps))
    }),
    { numRuns: 60, seed: 7 },
  )
})

test('a store that is not part of the transaction, and a key that is none, are refused by both', async () => {
  for (const db of [phone, new MemoryStore()]) {
    const strange = db.write(['outbox'], (tx) =>
      (tx as unknown as { objectStore(name: string): Loose }).objectStore('photos').clear(),
    )
    await expect(strange).rejects.toBeDefined()
    const keyless = db.write(['outbox'], (tx) => tx.objectStore('outbox').put({} as never))
    await expect(keyless).rejects.toBeDefined()
  }
})
