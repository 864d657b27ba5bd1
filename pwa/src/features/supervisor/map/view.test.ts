import { describe, expect, test } from 'vitest'
import { boundsOf, boxText, readView, viewText, WORLD } from './view'

describe('where the map looks', () => {
  test('a box for the server, cut to what it takes', () => {
    expect(boxText([119.600001, 38.93, 119.65, 38.96])).toBe('119.6,38.93,119.65,38.96')
    expect(boxText([-190, -89, 190, 89])).toBe('-180,-85,180,85')
    expect(boxText(WORLD)).toBe('-180,-85,180,85')
  })

  test('the address and back', () => {
    const view = { zoom: 15.2, lon: 119.62345, lat: 38.94 }
    expect(viewText(view)).toBe('15.2,119.62345,38.94')
    expect(readView(viewText(view))).toEqual(view)
  })

  test.each([null, '', '15', '15,119', '15,119,38,1', 'x,119,38', '99,119,38', '15,119,89', ',,'])(
    '%j is no view',
    (text) => expect(readView(text)).toBeNull(),
  )

  test('around positions', () => {
    expect(boundsOf([])).toBeNull()
    const box = boundsOf([
      { lon: 119.6, lat: 38.9 },
      { lon: 119.7, lat: 38.95 },
    ])!
    expect(box.map((edge) => Number(edge.toFixed(3)))).toEqual([119.598, 38.898, 119.702, 38.952])
  })
})
