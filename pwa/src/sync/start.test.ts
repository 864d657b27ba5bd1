import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startSync, sync } from './start.svelte'

const ME = '01938000-0000-7000-8000-00000000000a'

let asked: string[]
let stop: () => void
const link = new EventTarget()
beforeEach(() => {
  asked = []
  vi.spyOn(Math, 'random').mockReturnValue(1)
  vi.stubGlobal('fetch', async (url: string | Request) => {
    asked.push(String(url instanceof Request ? url.url : url))
    throw new TypeError('Failed to fetch')
  })
  Object.defineProperty(navigator, 'connection', { value: link, configurable: true })
  stop = startSync(ME, () => undefined)
})
afterEach(() => {
  stop()
  vi.unstubAllGlobals()
})

/** Waits until it has tried, and has given up for now; what it asks after that has a new reason. */
async function quiet(): Promise<number> {
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0), { timeout: 3_000 })
  await new Promise((resolve) => setTimeout(resolve, 100))
  return asked.length
}

const tried = (before: number): Promise<void> =>
  // The next try by itself would come after two seconds at the earliest.
  vi.waitFor(() => expect(asked.length).toBeGreaterThan(before), { timeout: 900 })

test.each([
  ['the network is back', () => window.dispatchEvent(new Event('online'))],
  ['the app is looked at again', () => document.dispatchEvent(new Event('visibilitychange'))],
  ['the phone is on Wi-Fi', () => link.dispatchEvent(new Event('change'))],
  ['something was saved', () => sync.wake()],
  ['a person wants it sent', () => sync.now()],
])('pain 3, 27 and 47: the queue is looked at when %s, without a restart', async (_, happens) => {
  const before = await quiet()
  happens()
  await tried(before)
})

test('pain 3, 27 and 47: and by itself, when nothing happens at all', async () => {
  const before = await quiet()
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(before), { timeout: 4_000 })
})
