import { beforeEach, describe, expect, test, vi } from 'vitest'
import { phone, type IdentityRow, type OutboxRow, type PhotoRow } from '../db'
import { fitness, toldFitness } from './fitness'

const ME = 'user-a'
const DAY = 86_400_000

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()

async function wait(id: string, created_at: string, more: object = {}): Promise<void> {
  const row = {
    id,
    seq: 1,
    user_id: ME,
    command: 'check_in',
    subject_id: id,
    state: 'queued',
    created_at,
    ...more,
  }
  await phone.write(['outbox'], (tx) => tx.objectStore('outbox').put(row as unknown as OutboxRow))
}

beforeEach(async () => {
  await phone.write(['outbox', 'photos', 'compounds', 'catalogue', 'identity'], async (tx) => {
    for (const name of ['outbox', 'photos', 'compounds', 'catalogue', 'identity'] as const)
      await tx.objectStore(name).clear()
  })
  vi.stubGlobal('navigator', {
    userAgent: 'Android',
    storage: { estimate: async () => ({ quota: 5_000, usage: 2_000 }), persisted: async () => true },
  })
  return () => vi.unstubAllGlobals()
})

describe('how fit the phone is', () => {
  test('an empty phone: nothing waits, nothing is prepared', async () => {
    expect(await fitness(ME, true)).toMatchObject({
      compounds: 0,
      checklists: 0,
      old: 0,
      oldestUnsentAt: null,
      free: 3_000,
      persisted: true,
      ios: false,
    })
  })

  test('what waits longest counts, commands and photos alike; what is confirmed or of others does not', async () => {
    await wait('a', ago(DAY / 2))
    await wait('b', ago(9 * DAY), { state: 'confirmed' })
    await wait('c', ago(9 * DAY), { user_id: 'user-b' })
    const captured_at = ago(3 * DAY)
    const photo = {
      id: 'p',
      user_id: ME,
      owner_id: 'f',
      owner_kind: 'finding',
      state: 'attention',
      captured_at,
    }
    await phone.write(['photos'], (tx) => tx.objectStore('photos').put(photo as unknown as PhotoRow))
    expect(await fitness(ME, true)).toMatchObject({ old: 1, oldestUnsentAt: captured_at })
  })

  test('compounds without an outline are told apart', async () => {
    await phone.write(['compounds'], async (tx) => {
      for (const [id, data] of [
        ['1', { outline: {} }],
        ['2', {}],
        ['3', null],
      ] as const)
        await tx.objectStore('compounds').put({ id, name: id, area_code: '', data })
    })
    expect(await fitness(ME, true)).toMatchObject({ compounds: 3, outlines: 1 })
  })

  test('a browser that tells nothing is no fault of the phone, and no comfort', async () => {
    vi.stubGlobal('navigator', { userAgent: 'iPhone' })
    expect(await fitness(ME, true)).toMatchObject({ free: null, persisted: null, location: null, ios: true })
  })
})

test('the office hears the same in its own words', async () => {
  await phone.write(['identity'], (tx) =>
    tx
      .objectStore('identity')
      .put({ key: 'me', user_id: ME, expires_at: ago(DAY) } as unknown as IdentityRow),
  )
  const oldest = ago(2 * DAY)
  await wait('a', oldest)
  const told = await toldFitness(ME)
  expect(told).toMatchObject({
    persisted: true,
    installed: false,
    free_bytes: 3_000,
    oldest_unsent_at: oldest,
  })
  expect(told.missing).toEqual(expect.arrayContaining(['queue', 'session']))
})
