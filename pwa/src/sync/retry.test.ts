import { describe, expect, test } from 'vitest'
import { ApiProblem, NetworkError } from '../api'
import { backoff, chunkTimeout, FIRST_CHUNK, KIB, nextChunk, verdict } from './retry'

const refused = (status: number, code = 'x') => new ApiProblem(status, { code })

describe('verdict', () => {
  test.each([
    [new NetworkError('network.timeout'), 'again'],
    [refused(503), 'again'],
    [refused(429), 'again'],
    [refused(401), 'signed-out'],
    [refused(403, 'accounts.device_revoked'), 'barred'],
    [refused(403), 'refused'],
    [refused(422), 'refused'],
    [refused(413), 'refused'],
  ])('%s → %s', (error, word) => expect(verdict(error)).toBe(word))

  test('a fault of our own is not mistaken for the network', () => {
    expect(() => verdict(new RangeError('mine'))).toThrow(RangeError)
  })
})

describe('backoff', () => {
  test('doubles, is jittered in its upper half, and never exceeds five minutes', () => {
    expect(backoff(1, () => 0)).toBe(1_000)
    expect(backoff(1, () => 1)).toBe(2_000)
    expect(backoff(4, () => 0)).toBe(8_000)
    expect(backoff(40, () => 1)).toBe(300_000)
    for (let n = 1; n < 20; n++) expect(backoff(n + 1, () => 0)).toBeGreaterThanOrEqual(backoff(n, () => 0))
  })
})

describe('chunks', () => {
  test('grow on a good link until a photo is one request', () => {
    let size = FIRST_CHUNK
    for (let i = 0; i < 3; i++) size = nextChunk(size, 120)
    expect(size).toBeGreaterThan(2_000 * KIB)
  })
  test('shrink after a loss, not below 16 KiB', () => {
    let size = FIRST_CHUNK
    for (let i = 0; i < 9; i++) size = nextChunk(size, null)
    expect(size).toBe(16 * KIB)
  })
  test('stay as they are at a few seconds each', () =>
    expect(nextChunk(FIRST_CHUNK, 5_000)).toBe(FIRST_CHUNK))
  test('have time on a 2G link of 2 KB/s', () => expect(chunkTimeout(FIRST_CHUNK)).toBeGreaterThan(32_000))
})
