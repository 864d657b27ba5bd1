import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { qrCode } from './qr'

const print = (modules: boolean[][]): string =>
  modules.map((row) => row.map((dark) => (dark ? '#' : '.')).join('')).join('\n')
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

describe('a code that any reader reads', () => {
  // What segno 1.6.6, which prints the codes of our documents, draws with the same mask. Each text fills its version to
  // the last byte, since segno fills up shorter ones in its own way.
  test.each([
    ['https://a.cn/v', 0, 1, '49b8ea82b3d61f3a'],
    ['https://xunjian.example.gov.cn/v/kJ3vQ0b9XyZ_a-12?aaaaaaaaaaaa', 2, 4, '8a8ca9ef01a9e759'],
    ['x'.repeat(152), 5, 8, 'a040f63de9050829'],
    [`${'巡检'.repeat(20)}ab`, 7, 7, 'b272ed5f7dedad3f'],
    ['y'.repeat(213), 3, 10, 'cfad958138241bed'],
  ])('%s', (text, mask, version, printed) => {
    const modules = qrCode(text, mask)
    expect(modules.length).toBe(version * 4 + 17)
    expect(digest(print(modules))).toBe(printed)
  })

  test('without a mask the least blamed of the eight is taken', () => {
    const text = 'https://xunjian.example.gov.cn/v/kJ3vQ0b9XyZ_a-12'
    const all = [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => print(qrCode(text, mask)))
    expect(all).toContain(print(qrCode(text)))
  })

  test('what does not fit is refused', () => expect(() => qrCode('z'.repeat(214))).toThrow(RangeError))
})
