import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromGcj, shiftedFix, toGcj } from './gcj'
import { haversine, type AreaGeometry } from './geo'

describe('GCJ-02', () => {
  test('the published vector', () => {
    const { lon, lat } = fromGcj({ lon: 123, lat: 45 })
    expect(lon).toBeCloseTo(122.99395597, 6)
    expect(lat).toBeCloseTo(44.99804071, 6)
  })

  test('there and back is where one was, and 50 to 1000 m lie between', () => {
    const place = fc.record({
      lon: fc.double({ min: 73, max: 135, noNaN: true }),
      lat: fc.double({ min: 4, max: 54, noNaN: true }),
    })
    fc.assert(
      fc.property(place, (at) => {
        const shifted = toGcj(at)
        expect(haversine(at, shifted)).toBeLessThan(1_000)
        expect(haversine(at, fromGcj(shifted))).toBeLessThan(0.001)
      }),
    )
  })

  test('nothing is shifted elsewhere', () => {
    expect(toGcj({ lon: 2.35, lat: 48.85 })).toEqual({ lon: 2.35, lat: 48.85 })
  })
})

describe('a fix that is probably shifted', () => {
  const at = { lon: 119.62, lat: 38.94 }
  const outline: AreaGeometry = {
    type: 'Polygon',
    coordinates: [
      [
        [119.619, 38.939],
        [119.621, 38.939],
        [119.621, 38.941],
        [119.619, 38.941],
        [119.619, 38.939],
      ],
    ],
  }
  test('is put right where that brings it home', () => {
    const offered = shiftedFix(outline, { ...toGcj(at), accuracy_m: 6 })!
    expect(haversine(offered, at)).toBeLessThan(0.01)
  })
  test('an honest fix is left alone, inside and far outside', () => {
    expect(shiftedFix(outline, { ...at, accuracy_m: 6 })).toBeNull()
    expect(shiftedFix(outline, { lon: 119.7, lat: 38.94, accuracy_m: 6 })).toBeNull()
  })
  test('a vague fix proves nothing', () => {
    expect(shiftedFix(outline, { ...toGcj(at), accuracy_m: 900 })).toBeNull()
  })
})
