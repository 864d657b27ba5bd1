// @vitest-environment node
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { planOf } from './plan'
import { run } from './run'
import { simulate } from './simulate'

const RUNS = 5_000
const PARTS = 10

// What an engine says of a storage that fails on purpose is noise here.
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined))
afterEach(() => void vi.restoreAllMocks())

describe('the sync engine against chance', () => {
  test.each(Array.from({ length: PARTS }, (_, part) => 1 + (part * RUNS) / PARTS))(
    'nothing lost, nothing twice, nothing half, and it comes to rest: seeds from %i',
    async (first) => {
      const { failure } = await simulate(first, RUNS / PARTS)
      expect(failure, failure ? `make simulate SEED=${failure.seed} RUNS=1` : '').toBeNull()
    },
    120_000,
  )

  test('a seed repeats a run to the step', async () => {
    for (const seed of [3, 77, 1_510]) expect(await run(planOf(seed))).toEqual(await run(planOf(seed)))
  })

  test('a broken promise is found and shrunk to what it takes', async () => {
    // A server that forgets the last byte of every photo, and signs for the whole.
    const { failure } = await simulate(1, 50, undefined, ({ server }) => {
      const handle = server.handle.bind(server)
      server.handle = (message) => {
        const answer = handle(message)
        for (const photo of server.photos.values())
          if (photo.stored_at) photo.bytes = photo.bytes.slice(0, -1)
        return answer
      }
    })
    expect(failure?.broken).toMatch(/the server does not have it/)
    expect(failure!.plan.acts).toHaveLength(1)
  })
})
