import { describe, expect, it } from 'vitest'
import { canEnd, dayBefore, statutesOf, type CatalogueDoc } from './powers'

const law = (name: string, ...articles: number[]) => ({
  name,
  articles: articles.map((article) => ({ article })),
})
const item = (code: string, ...laws: ReturnType<typeof law>[]) => ({
  code,
  group: code.slice(0, 2),
  name: code,
  short_name: code,
  name_en: code,
  law: laws,
})
const catalogue: CatalogueDoc = {
  groups: [],
  items: [
    item('FP-01', law('消防法', 60, 28)),
    item('FP-02', law('消防法', 28, 29), law('物业管理条例')),
    item('EB-05', law('物业管理条例', 45)),
  ],
}

describe('what a power can rest on', () => {
  it('is what the catalogue names for the item or for any item of the group', () => {
    expect(statutesOf(catalogue, 'FP-01')).toEqual([{ name: '消防法', articles: [28, 60] }])
    expect(statutesOf(catalogue, 'FP')).toEqual([{ name: '消防法', articles: [28, 29, 60] }])
    expect(statutesOf(catalogue, 'XX')).toEqual([])
  })
})

describe('the last day of a term', () => {
  it('lies within it, or is the day before it began', () => {
    const row = { valid_from: '2026-03-01', valid_to: '2026-12-31' }
    expect(dayBefore('2026-03-01')).toBe('2026-02-28')
    expect(['2026-02-27', '2026-02-28', '2026-12-31', '2027-01-01'].map((day) => canEnd(row, day))).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect(canEnd({ ...row, valid_to: null }, '2040-01-01')).toBe(true)
  })
})
