import { describe, expect, test } from 'vitest'
import { arrowHead, boxOf, meant, mosaic, type Shape } from './sketch'

const shape = (from: [number, number], to: [number, number], kind: Shape['kind'] = 'blur'): Shape => ({
  kind,
  from: { x: from[0], y: from[1] },
  to: { x: to[0], y: to[1] },
})

function noise(width: number, height: number): { data: Uint8ClampedArray; width: number; height: number } {
  const data = new Uint8ClampedArray(width * height * 4)
  let state = 7
  for (let i = 0; i < data.length; i++) data[i] = (state = (state * 1103515245 + 12345) % 2147483648) % 256
  return { data, width, height }
}

describe('blurring', () => {
  test('leaves at most six by six colours of what was there, and everything beside it as it was', () => {
    const picture = noise(100, 80)
    const before = picture.data.slice()
    const box = boxOf(shape([0.2, 0.25], [0.7, 0.75]), 100, 80)
    mosaic(picture, box)
    const colours = new Set<string>()
    for (let y = 0; y < 80; y++) {
      for (let x = 0; x < 100; x++) {
        const i = (y * 100 + x) * 4
        const inside = x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height
        if (inside) colours.add(picture.data.slice(i, i + 3).join())
        else expect(picture.data.slice(i, i + 4)).toEqual(before.slice(i, i + 4))
      }
    }
    expect(box).toEqual({ x: 20, y: 20, width: 50, height: 40 })
    expect(colours.size).toBeLessThanOrEqual(36)
  })

  test('a box drawn beyond the edge ends there, whichever way it was drawn', () => {
    expect(boxOf(shape([1.4, 0.5], [0.9, -0.2]), 100, 80)).toEqual({ x: 90, y: 0, width: 10, height: 40 })
  })
})

test('an arrow has its head where the finger came to rest', () => {
  const [left, right] = arrowHead({ x: 0, y: 50 }, { x: 100, y: 50 }, 20)
  expect(left.x).toBeCloseTo(right.x)
  expect(left.x).toBeLessThan(100)
  expect((left.y + right.y) / 2).toBeCloseTo(50)
})

test('a slip of the thumb is no stroke', () => {
  expect(meant(shape([0.5, 0.5], [0.51, 0.5]))).toBe(false)
  expect(meant(shape([0.5, 0.5], [0.6, 0.5]))).toBe(true)
})
