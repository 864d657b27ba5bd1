import { describe, expect, test } from 'vitest'
import { outline, threshold, type Pixels } from './ghost'

function drawn(width: number, height: number, grey: (x: number, y: number) => number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = (y * width + x) * 4
      data[i] = data[i + 1] = data[i + 2] = grey(x, y)
      data[i + 3] = 255
    }
  }
  return { data, width, height }
}

const alphaAt = (picture: Pixels, x: number, y: number): number =>
  picture.data[(y * picture.width + x) * 4 + 3]!
const ink = (picture: Pixels): number => {
  let n = 0
  for (let i = 3; i < picture.data.length; i += 4) if (picture.data[i]! > 0) n++
  return n / (picture.width * picture.height)
}

describe('outline', () => {
  test('a dark box on a light wall gives its rim and nothing else', () => {
    const box = drawn(60, 40, (x, y) => (x >= 20 && x < 40 && y >= 10 && y < 30 ? 40 : 200))
    const lines = outline(box)
    expect([lines.width, lines.height]).toEqual([60, 40])
    expect(alphaAt(lines, 20, 20)).toBeGreaterThan(200)
    expect(alphaAt(lines, 30, 10)).toBeGreaterThan(200)
    expect(alphaAt(lines, 30, 20)).toBe(0)
    expect(alphaAt(lines, 5, 5)).toBe(0)
    // What is drawn is white.
    expect([...lines.data.slice((20 * 60 + 20) * 4, (20 * 60 + 20) * 4 + 3)]).toEqual([255, 255, 255])
  })

  test('a plain wall with the noise of a cheap sensor stays empty', () => {
    let seed = 7
    const noise = (): number => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648) * 16
    expect(ink(outline(drawn(80, 60, () => 120 + noise())))).toBe(0)
  })

  test('a busy picture gives lines, not fog', () => {
    const busy = drawn(120, 90, (x, y) => 127 + 120 * Math.sin(x * 0.9) * Math.cos(y * 0.7))
    const share = ink(outline(busy))
    expect(share).toBeGreaterThan(0.02)
    expect(share).toBeLessThan(0.2)
  })

  test('a dim cellar still gives the edge of the door', () => {
    const dim = drawn(60, 40, (x) => (x < 30 ? 18 : 42))
    expect(alphaAt(outline(dim), 30, 20)).toBeGreaterThan(0)
  })
})

test('the threshold leaves about an eighth above it', () => {
  const strength = Float32Array.from({ length: 1000 }, (_, i) => i)
  const from = threshold(strength)
  expect(strength.filter((value) => value >= from).length / 1000).toBeCloseTo(0.12, 1)
})
