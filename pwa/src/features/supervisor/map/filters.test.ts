import { describe, expect, test } from 'vitest'
import {
  ALL_OPEN,
  countFilters,
  only,
  passesNothing,
  readFilters,
  serverQuery,
  setAll,
  toggle,
  writeFilters,
  type Filters,
} from './filters'

const address = (filters: Filters): string => {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(writeFilters(filters))) if (value !== null) query.set(key, value)
  return query.toString()
}
const read = (text: string): Filters => readFilters(new URLSearchParams(text))

describe('filters and the address', () => {
  test('a plain address is everything that is open', () => {
    expect(read('')).toEqual(ALL_OPEN)
    expect([address(ALL_OPEN), serverQuery(ALL_OPEN), countFilters(ALL_OPEN)]).toEqual(['', '', 0])
  })

  test.each([
    'status=overdue',
    'status=pending%2Coverdue%2Creplied%2Cclosed',
    'severity=critical%2Cmajor&street=9999.999901.999901003',
    'category=none',
    'status=replied&severity=general&category=FP%2CES',
  ])('%s comes back as it went', (text) => {
    const again = read(address(read(text)))
    expect(again).toEqual(read(text))
    expect(new URLSearchParams(address(again)).toString().length).toBe(text.length)
  })

  test('unknown words are passed over, and nothing but unknown words is no filter', () => {
    expect(read('status=overdue,shiny').status).toEqual(['overdue'])
    expect(read('severity=shiny')).toEqual(ALL_OPEN)
    expect(read("street=';drop")).toEqual(ALL_OPEN)
  })

  test('the server gets commas and only what differs', () => {
    expect(serverQuery(read('status=overdue,replied&category=FP,EB'))).toBe(
      'status=overdue,replied&category=FP,EB',
    )
  })
})

describe('boxes', () => {
  test('tick and untick, in the known order', () => {
    const without = toggle(ALL_OPEN, 'severity', 'major')
    expect(without.severity).toEqual(['critical', 'general'])
    expect(toggle(without, 'severity', 'major')).toEqual(ALL_OPEN)
    expect(toggle(ALL_OPEN, 'status', 'closed').status).toEqual(['pending', 'overdue', 'replied', 'closed'])
  })

  test('the rest as one box', () => {
    const none = setAll(ALL_OPEN, 'category', ['FE', 'IC', 'EL', 'OR', 'GR', 'DS'], false)
    expect(none.category).toEqual(['FP', 'EB', 'ES', 'PF'])
    expect(setAll(none, 'category', ['FE', 'IC', 'EL', 'OR', 'GR', 'DS'], true)).toEqual(ALL_OPEN)
  })

  test('only this one, and back', () => {
    const late = only(ALL_OPEN, 'status', 'overdue')
    expect(late.status).toEqual(['overdue'])
    expect(only(late, 'status', 'overdue')).toEqual(ALL_OPEN)
  })

  test('a group without a tick lets nothing pass, and the server is not asked', () => {
    expect(passesNothing(ALL_OPEN)).toBe(false)
    expect(passesNothing({ ...ALL_OPEN, severity: [] })).toBe(true)
  })

  test('each group counts once', () => {
    expect(countFilters(read('status=overdue&category=FP&street=1.2'))).toBe(3)
  })
})
