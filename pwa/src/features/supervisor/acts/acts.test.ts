import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { closeDatabase, DB_NAME, read, write } from '../../../db'
import { acts, HOLD_MS, type Pending, type Refusal } from './acts.svelte'

interface Sent {
  commands: { id: string; kind: string; body: unknown }[]
}

/** Requests as the server saw them; `reply` decides the answer to each command. */
const sent: Sent[] = []
let reply: (id: string) => Record<string, unknown> = () => ({ status: 'applied', result: {}, problem: null })
let offline = false
let status = 200

function serve(): void {
  vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
    if (offline) throw new TypeError('Failed to fetch')
    const body = JSON.parse(init.body as string) as Sent
    sent.push(body)
    const type = status === 200 ? 'application/json' : 'application/problem+json'
    const answer =
      status === 200 ? { results: body.commands.map(({ id }) => ({ id, ...reply(id) })) } : { code: 'x.y' }
    return new Response(JSON.stringify(answer), { status, headers: { 'Content-Type': type } })
  })
}

const stored = (): Promise<unknown[]> => read(['drafts'], (tx) => tx.objectStore('drafts').getAll())
const soon = (globalThis as unknown as { setImmediate: (then: () => void) => void }).setImmediate
/** Lets promises and the (real) IndexedDB go on while the clock stands or moves by `ms`. */
async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => soon(resolve))
}

let stop: () => void
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  sent.length = 0
  offline = false
  status = 200
  reply = () => ({ status: 'applied', result: { state: 'confirmed' }, problem: null })
  serve()
  stop = acts.start('u1')
})
afterEach(async () => {
  stop()
  vi.useRealTimers()
  await closeDatabase()
  await new Promise((resolve) => (indexedDB.deleteDatabase(DB_NAME).onsuccess = resolve))
})

const confirm = (hold = HOLD_MS) =>
  acts.perform('confirm_finding', { finding_id: 'f1' }, { subjects: ['f1'], title: '飞线充电', hold })

describe('an act that is held', () => {
  test('is on the disk at once and goes out when its time is up', async () => {
    const { outcome } = await confirm()
    expect(await stored()).toHaveLength(1)
    expect(acts.concerns('f1')).toBe(true)
    await pass(HOLD_MS - 100)
    expect(sent).toHaveLength(0)
    await pass(200)
    expect(sent).toHaveLength(1)
    expect(sent[0]!.commands[0]).toMatchObject({ kind: 'confirm_finding', body: { finding_id: 'f1' } })
    expect(await outcome).toEqual({ status: 'applied', result: { state: 'confirmed' } })
    expect(await stored()).toHaveLength(0)
    expect(acts.concerns('f1')).toBe(false)
  })

  test('taken back in time is never heard of', async () => {
    const { id, outcome } = await confirm()
    await pass(HOLD_MS - 100)
    expect(await acts.undo(id)).toBe(true)
    await pass(HOLD_MS)
    expect([sent.length, (await stored()).length]).toEqual([0, 0])
    expect(await outcome).toEqual({ status: 'undone' })
    expect(await acts.undo(id)).toBe(false)
  })

  test('is sent on the way out of the page', async () => {
    await confirm()
    window.dispatchEvent(new Event('pagehide'))
    await pass()
    expect(sent).toHaveLength(1)
  })

  test('survives a page that died', async () => {
    await confirm()
    stop()
    await pass(HOLD_MS * 2)
    expect(sent).toHaveLength(0)
    stop = acts.start('u1')
    await pass()
    await pass(10)
    expect(sent).toHaveLength(1)
    expect(await stored()).toHaveLength(0)
  })

  test('undone in another tab is not sent from this one', async () => {
    const { id } = await confirm()
    await write(['drafts'], async (tx) => {
      await tx.objectStore('drafts').delete(id)
    })
    await pass()
    expect(acts.concerns('f1')).toBe(false)
    await pass(HOLD_MS * 2)
    expect(sent).toHaveLength(0)
  })

  test('of somebody else stays where it is', async () => {
    await confirm()
    stop()
    stop = acts.start('u2')
    await pass(HOLD_MS * 2)
    expect([sent.length, (await stored()).length]).toEqual([0, 1])
  })
})

describe('without an answer', () => {
  test('it is kept and tried again under the same id', async () => {
    offline = true
    const { id, outcome } = await confirm(0)
    await pass(1)
    expect([sent.length, (await stored()).length]).toEqual([0, 1])
    offline = false
    await pass(2_100)
    expect(sent.map((one) => one.commands[0]!.id)).toEqual([id])
    expect((await outcome).status).toBe('applied')
  })

  test('a server in trouble or a lost sign-in is no answer', async () => {
    status = 503
    await confirm(0)
    await pass(1)
    status = 401
    await pass(2_100)
    expect([sent.length, (await stored()).length]).toEqual([2, 1])
    status = 200
    await pass(4_100)
    expect(await stored()).toHaveLength(0)
  })
})

describe('refused', () => {
  const problem = { code: 'finding.illegal_action', status: 409 }

  test('the one who waits hears it, and it is not sent again', async () => {
    reply = () => ({ status: 'refused', result: null, problem })
    const { outcome } = await confirm(0)
    await pass(1)
    expect(await outcome).toEqual({ status: 'refused', problem })
    await pass(60_000)
    expect([sent.length, (await stored()).length]).toEqual([1, 0])
  })

  test('after a restart the listeners hear it', async () => {
    reply = () => ({ status: 'refused', result: null, problem })
    await confirm()
    stop()
    stop = acts.start('u1')
    const heard: [Pending, Refusal][] = []
    const off = acts.onRefused((act, why) => heard.push([act, why]))
    await pass(HOLD_MS + 10)
    expect(heard.map(([act, why]) => [act.title, why.code])).toEqual([['飞线充电', 'finding.illegal_action']])
    off()
  })

  test('a batch that the server cannot read goes one by one, so that the good ones arrive', async () => {
    const good = await acts.perform(
      'confirm_finding',
      { finding_id: 'good' },
      { subjects: ['good'], hold: 10 },
    )
    const bad = await acts.perform('confirm_finding', { finding_id: 'bad' }, { subjects: ['bad'], hold: 10 })
    vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
      const body = JSON.parse(init.body as string) as Sent
      const fault = body.commands.some((one) => (one.body as { finding_id: string }).finding_id === 'bad')
      const answer = fault
        ? { code: 'core.invalid' }
        : { results: body.commands.map(({ id }) => ({ id, status: 'applied', result: {}, problem: null })) }
      const headers = { 'Content-Type': fault ? 'application/problem+json' : 'application/json' }
      return new Response(JSON.stringify(answer), { status: fault ? 422 : 200, headers })
    })
    await pass(20)
    expect((await good.outcome).status).toBe('applied')
    expect(await bad.outcome).toEqual({ status: 'refused', problem: { code: 'core.invalid', status: 422 } })
    expect(await stored()).toHaveLength(0)
  })
})
