import { describe, expect, test } from 'vitest'
import { shanghai, timeLeft, toMs } from './deadlines'
import { contains, distanceToEdge, haversine, type AreaGeometry } from './geo'
import { uuid7 } from './ids'
import { rules as generated } from './contract'
import { findingProgress, legalActions, mayDo, type Rules } from './rules'

describe('uuid7', () => {
  test('version 7, variant 10, time in front', () => {
    const id = uuid7(Date.parse('2030-01-01T00:00:00Z'))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(parseInt(id.replace(/-/g, '').slice(0, 12), 16)).toBe(Date.parse('2030-01-01T00:00:00Z'))
  })

  test('never repeats and never goes backwards, not even when the clock is set back', () => {
    const now = Date.parse('2031-01-01T00:00:00Z')
    const ids = Array.from({ length: 10_000 }, (_, i) => uuid7(i === 5_000 ? now - 3_600_000 : now))
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(ids)
  })
})

describe('deadlines', () => {
  test('the wall clock of Shanghai, whatever zone the phone has', () => {
    expect(shanghai('2026-12-31T16:30:00Z')).toMatchObject({
      year: 2027,
      month: 1,
      day: 1,
      weekday: 5,
      hour: 0,
      minute: 30,
    })
  })

  test.each([
    ['2026-11-21T10:59:59+08:00', 'minutes', false, 0],
    ['2026-11-21T10:00:00+08:00', 'hours', false, 0],
    ['2026-11-20T11:00:00+08:00', 'days', false, 1],
    ['2026-11-21T11:18:00+08:00', 'minutes', true, 0],
    ['2026-11-23T10:00:00+08:00', 'days', true, 2],
  ])('due 11-21 11:00, seen %s', (now, unit, overdue, days) => {
    expect(timeLeft('2026-11-21T11:00:00+08:00', now)).toMatchObject({ unit, overdue, days })
  })

  test('refuses what is no time', () => {
    expect(() => toMs('tomorrow-ish')).toThrow(RangeError)
  })
})

describe('geo', () => {
  const square: AreaGeometry = {
    type: 'Polygon',
    coordinates: [
      [
        [119.62, 38.94],
        [119.63, 38.94],
        [119.63, 38.95],
        [119.62, 38.95],
        [119.62, 38.94],
      ],
      [
        [119.624, 38.944],
        [119.626, 38.944],
        [119.626, 38.946],
        [119.624, 38.946],
      ],
    ],
  }

  test('distance: one degree of latitude, and none', () => {
    expect(haversine({ lon: 0, lat: 0 }, { lon: 0, lat: 1 })).toBeCloseTo(111_195, -1)
    expect(haversine({ lon: 119.6, lat: 38.9 }, { lon: 119.6, lat: 38.9 })).toBe(0)
  })

  test('inside, outside, in the hole, lon and lat swapped', () => {
    expect(contains(square, { lon: 119.621, lat: 38.941 })).toBe(true)
    expect(contains(square, { lon: 119.64, lat: 38.945 })).toBe(false)
    expect(contains(square, { lon: 119.625, lat: 38.945 })).toBe(false)
    expect(contains(square, { lon: 38.941, lat: 119.621 })).toBe(false)
    const both: AreaGeometry = { type: 'MultiPolygon', coordinates: [square.coordinates] }
    expect(contains(both, { lon: 119.621, lat: 38.941 })).toBe(true)
  })

  test('metres to the edge', () => {
    const d = distanceToEdge(square, { lon: 119.625, lat: 38.95 + 50 / 111_195 })
    expect(d).toBeGreaterThan(49.5)
    expect(d).toBeLessThan(50.5)
  })
})

describe('legal actions', () => {
  const rules: Rules = {
    notice: { states: [], transitions: [] },
    visit: { states: [], transitions: [] },
    finding: {
      closed: ['closed'],
      progress: { rectifying: 'open', replied: 'replied', closed: 'closed' },
      max_orders: 2,
      states: ['submitted', 'confirmed', 'rectifying', 'overdue'],
      transitions: [
        { from: 'submitted', action: 'confirm', to: 'confirmed', permission: 'finding:triage' },
        { from: 'submitted', action: 'reject', to: 'rejected', permission: 'finding:triage' },
        { from: 'rectifying', action: 'expire', to: 'overdue', permission: 'system' },
      ],
    },
  }
  const triage = new Set(['finding:triage'])

  test('exactly what the table gives this person in this state', () => {
    expect(legalActions(rules, 'finding', 'submitted', triage).map((t) => t.action)).toEqual([
      'confirm',
      'reject',
    ])
    expect(mayDo(rules, 'finding', 'submitted', 'confirm', triage)).toBe(true)
    expect(mayDo(rules, 'finding', 'submitted', 'confirm', new Set(['finding:open']))).toBe(false)
    expect(mayDo(rules, 'finding', 'confirmed', 'confirm', triage)).toBe(false)
    expect(legalActions(rules, 'visit', 'submitted', triage)).toEqual([])
  })

  test('what the system does by itself is never offered', () => {
    expect(legalActions(rules, 'finding', 'rectifying', new Set(['system']))).toEqual([])
  })

  test('late beats answered, closed is never late', () => {
    expect(findingProgress(rules, 'replied', true)).toBe('overdue')
    expect(findingProgress(rules, 'replied', false)).toBe('replied')
    expect(findingProgress(rules, 'closed', true)).toBe('closed')
    expect(findingProgress(rules, 'later-invention', false)).toBe('open')
  })

  test('the generated table is in the build, and hangs together', () => {
    for (const subject of ['finding', 'notice', 'visit'] as const) {
      const { states, transitions } = generated[subject]
      expect(states.length, 'contract/rules.json; make contract writes it').toBeGreaterThan(0)
      for (const { from, to } of transitions) {
        expect(states).toContain(from)
        if (to !== null) expect(states).toContain(to)
      }
    }
  })
})
