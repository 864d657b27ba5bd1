import { describe, expect, test } from 'vitest'
import { drawImage, ringArcs, ringRadius, type Palette } from './images'

describe('rings', () => {
  test('arcs are true shares, the gravest first, and close the ring', () => {
    expect(ringArcs(62, 6, 20)).toEqual([
      ['critical', 0, 6 / 62],
      ['major', 6 / 62, 26 / 62],
      ['general', 26 / 62, 1],
    ])
  })

  test('what is not there has no arc', () => {
    expect(ringArcs(14, 0, 14)).toEqual([['major', 0, 1]])
    expect(ringArcs(3, 3, 0)).toEqual([['critical', 0, 1]])
  })

  test('more is never smaller', () => {
    const radii = [3, 9, 10, 40, 66, 200, 5000].map(ringRadius)
    expect([...radii].sort((a, b) => a - b)).toEqual(radii)
  })

  test('a name that is none of ours draws nothing', () => {
    expect(drawImage('airport-15', {} as Palette, 1)).toBeNull()
    expect(drawImage('glyph|light|9|open', {} as Palette, 1)).toBeNull()
    expect(drawImage('glyph|light|1|shiny', {} as Palette, 1)).toBeNull()
  })
})
