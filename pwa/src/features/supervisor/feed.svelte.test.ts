import { flushSync } from 'svelte'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { feed, type Feed } from './feed.svelte'

interface Row {
  id: string
}
const asked: string[] = []
let rows: Row[] = []
const ids = (n: number, from = 0): Row[] => Array.from({ length: n }, (_, i) => ({ id: `r${from + i}` }))

function serve(): void {
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url)
    const query = new URL(url, 'http://here').searchParams
    const start = Number(query.get('cursor') ?? 0)
    const limit = Number(query.get('limit'))
    const next = start + limit < rows.length ? String(start + limit) : null
    const body = JSON.stringify({ items: rows.slice(start, start + limit), next })
    return new Response(body, { headers: { 'Content-Type': 'application/json' } })
  })
}
async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  flushSync()
}

let path = $state<string | null>('/list?a=1')
let list: Feed<Row>
let stop: () => void
beforeEach(() => {
  vi.useFakeTimers()
  asked.length = 0
  rows = ids(70)
  path = '/list?a=1'
  serve()
  stop = $effect.root(() => {
    list = feed<Row>(() => path, { every: 10_000, limit: 50 })
  })
  flushSync()
})
afterEach(() => {
  stop()
  vi.useRealTimers()
})

describe('a list that keeps itself fresh', () => {
  test('asks once, and again when its time has come', async () => {
    await pass(9_000)
    expect(asked).toEqual(['/api/list?a=1&limit=50'])
    expect([list.items?.length, list.more, list.stale]).toEqual([50, true, false])
    await pass(2_000)
    expect(asked).toHaveLength(2)
  })

  test('more rows come by the cursor, and a refresh covers what is shown', async () => {
    await pass()
    await list.extend()
    expect([list.items?.length, list.more]).toEqual([70, false])
    expect(asked[1]).toBe('/api/list?a=1&limit=50&cursor=50')
    rows = [{ id: 'new' }, ...rows]
    await list.refresh()
    expect(asked[2]).toBe('/api/list?a=1&limit=70')
    expect(list.items?.[0]?.id).toBe('new')
  })

  test('another question keeps the old rows until the answer is here', async () => {
    await pass()
    rows = ids(3, 500)
    path = '/list?a=2'
    flushSync()
    expect([list.items?.length, list.stale]).toEqual([50, true])
    await pass()
    expect([list.items?.length, list.stale, list.more]).toEqual([3, false, false])
  })

  test('nothing to ask is no rows', async () => {
    path = null
    flushSync()
    await pass(20_000)
    expect([list.items, list.more]).toEqual([[], false])
    expect(asked).toHaveLength(1)
  })

  test('without an answer the rows stay and the failure is told', async () => {
    await pass()
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
    await pass(10_000)
    expect([list.items?.length, list.error?.code]).toEqual([50, 'network.offline'])
  })
})
