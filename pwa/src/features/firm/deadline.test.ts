import { describe, expect, test } from 'vitest'
import { counting, itemSpan } from './deadline'

const dates = { issued_at: '2026-11-20T10:40:00+08:00', acknowledged_at: '2026-11-20T11:00:00+08:00' }
const NOW = Date.parse('2026-11-20T14:40:00+08:00')

describe('ticks', () => {
  test('24 hours are 24 ticks: three gone, one passing, twenty left', () => {
    const span = itemSpan(dates, { due_at: '2026-11-21T11:00:00+08:00' }, NOW)
    expect(span.hoursPerTick).toBe(1)
    expect(span.ticks.map((tick) => tick[0]).join('')).toBe('ttt' + 'p' + 'd'.repeat(20))
    expect(span.share).toBeCloseTo(1 / 3)
  })

  test('fifteen days are one tick a day, thirty working days are grouped', () => {
    const days = itemSpan(dates, { due_at: '2026-12-05T11:00:00+08:00' }, NOW)
    expect([days.hoursPerTick, days.ticks.length]).toEqual([24, 15])
    const long = itemSpan(dates, { due_at: '2027-01-04T18:00:00+08:00' }, NOW)
    expect(long.hoursPerTick).toBe(48)
    expect(long.ticks.length).toBeLessThanOrEqual(30)
  })

  test('late: the line, then red', () => {
    const late = itemSpan(dates, { due_at: '2026-11-20T13:00:00+08:00' }, NOW)
    expect(late.ticks).toEqual(['done', 'done', 'due', 'past'])
  })

  test('a clock that starts after the deadline (it was never signed for) still draws something', () => {
    const odd = itemSpan(
      { ...dates, acknowledged_at: '2026-11-22T11:00:00+08:00' },
      { due_at: '2026-11-21T11:00:00+08:00' },
      NOW,
    )
    expect(odd.ticks.length).toBeGreaterThan(0)
  })
})

describe('whether the date moves', () => {
  const day = (due_at: string, term: number, printed_due_at = due_at) => ({
    due_at,
    printed_due_at,
    term,
    unit: 'day',
  })

  test('fifteen days from 20 November end on a Saturday and roll to Monday', () => {
    expect(counting(dates, day('2026-12-07T18:00:00+08:00', 15))).toBe('rolled')
    expect(counting(dates, day('2026-12-04T18:00:00+08:00', 14))).toBe('days')
  })

  test('a date counted again from service is measured from service', () => {
    const later = { ...dates, acknowledged_at: '2026-11-23T11:00:00+08:00' }
    expect(counting(later, day('2026-11-26T18:00:00+08:00', 3, '2026-11-23T18:00:00+08:00'))).toBe('days')
    expect(counting(later, day('2026-11-30T18:00:00+08:00', 5, '2026-11-25T18:00:00+08:00'))).toBe('rolled')
  })

  test.each([
    ['hour', 'clock'],
    ['now', 'clock'],
    ['duty_hour', 'duty'],
    ['workday', 'workdays'],
    ['fixed', 'fixed'],
  ])('%s', (unit, how) => {
    expect(counting(dates, { ...day('2026-12-07T18:00:00+08:00', 15), unit })).toBe(how)
  })
})
