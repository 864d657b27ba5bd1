/** Finding an item of the catalogue by pinyin initials, code or Hanzi, with the places that fit. Pure. */
import type { CatalogueItem } from '../../../domain/documents'

export interface Hit {
  item: CatalogueItem
  /** `[from, to)` in the item's short name that the query fits; empty when it fits elsewhere. */
  mark: [number, number] | null
  rank: number
}

const LETTER = /[\u4e00-\u9fff0-9A-Za-z]/
/** What stands in brackets in the long name: 地桩、石墩、道闸锁闭. */
const BRACKETS = /（([^）]+)）/

/** Second line of an item: what its brackets say, else the long name where it says more than the short one. */
export function explained(item: CatalogueItem): string {
  const inside = BRACKETS.exec(item.name)?.[1]
  if (inside) return inside
  return item.name === item.short_name ? '' : item.name
}

/** Positions in `text` of the characters that have a pinyin initial, in order. */
function lettered(text: string): number[] {
  return [...text].flatMap((char, i) => (LETTER.test(char) ? [i] : []))
}

function byInitials(text: string, initials: string, query: string): [number, number] | null {
  const at = initials.indexOf(query)
  if (at < 0) return null
  const places = lettered(text)
  const from = places[at]
  const to = places[at + query.length - 1]
  return from === undefined || to === undefined ? null : [from, to + 1]
}

function fits(item: CatalogueItem, query: string): Hit | null {
  const code = item.code.toLowerCase()
  const bare = query.replace(/[-\s]/g, '')
  if (code.replace('-', '').startsWith(bare)) return { item, mark: null, rank: code === query ? 0 : 1 }
  const han = item.short_name.indexOf(query)
  if (han >= 0) return { item, mark: [han, han + query.length], rank: 2 }
  const short = byInitials(item.short_name, item.short_pinyin, bare)
  if (short) return { item, mark: short, rank: 2 }
  if (item.name.includes(query) || item.pinyin.includes(bare)) return { item, mark: null, rank: 3 }
  return null
}

/**
 * Items that fit `query`, the best first: by code, then in the short name, then in the long one; among equals the
 * most used, then the most severe. Without a query: the most used, then all in the order given.
 */
export function searchItems(
  items: readonly CatalogueItem[],
  query: string,
  used: Readonly<Record<string, number>>,
): Hit[] {
  const wanted = query.trim().toLowerCase()
  const weight = { critical: 0, major: 1, general: 2 }
  const hits =
    wanted === ''
      ? items.map((item) => ({ item, mark: null, rank: 0 }))
      : items.map((item) => fits(item, wanted)).filter((hit): hit is Hit => hit !== null)
  const order = new Map(items.map((item, i) => [item.code, i]))
  return hits.sort(
    (a, b) =>
      a.rank - b.rank ||
      (used[b.item.code] ?? 0) - (used[a.item.code] ?? 0) ||
      (wanted === '' ? 0 : weight[a.item.severity] - weight[b.item.severity]) ||
      (wanted === '' ? 0 : a.item.short_name.length - b.item.short_name.length) ||
      order.get(a.item.code)! - order.get(b.item.code)!,
  )
}
