/**
 * What the map and its list show, and how that stands in the address. Only what differs from "all open" is
 * written there, so that a plain address means a plain map and a link shows a colleague the same set.
 */
import type { Severity } from '../../../ui'

export const STATUSES = ['pending', 'overdue', 'replied', 'closed'] as const
export type Status = (typeof STATUSES)[number]
export const SEVERITIES: readonly Severity[] = ['critical', 'major', 'general']
/** Groups of the catalogue in the order of the panel. */
export const CATEGORIES = ['FP', 'EB', 'ES', 'PF', 'FE', 'IC', 'EL', 'OR', 'GR', 'DS'] as const

export interface Filters {
  /** Ticked boxes. What is put right is not ticked unless asked for. */
  status: readonly Status[]
  severity: readonly Severity[]
  category: readonly string[]
  /** Path of a street; null: all. */
  street: string | null
}

export const ALL_OPEN: Filters = {
  status: ['pending', 'overdue', 'replied'],
  severity: SEVERITIES,
  category: CATEGORIES,
  street: null,
}

type Listed = 'status' | 'severity' | 'category'
const LISTED: readonly Listed[] = ['status', 'severity', 'category']
const KNOWN: Record<Listed, readonly string[]> = {
  status: STATUSES,
  severity: SEVERITIES,
  category: CATEGORIES,
}
const NONE = 'none'
const PATH = /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word) => b.includes(word))

/** The filters of an address; words that are not known are passed over. */
export function readFilters(query: URLSearchParams): Filters {
  const list = (name: Listed): readonly string[] => {
    const text = query.get(name)
    if (text === null) return ALL_OPEN[name]
    if (text === NONE) return []
    const words = text.split(',')
    const known = KNOWN[name].filter((word) => words.includes(word))
    return known.length > 0 ? known : ALL_OPEN[name]
  }
  const street = query.get('street')
  return {
    status: list('status') as readonly Status[],
    severity: list('severity') as readonly Severity[],
    category: list('category'),
    street: street !== null && PATH.test(street) ? street : null,
  }
}

/** Changes for the address: null removes a key. */
export function writeFilters(filters: Filters): Record<string, string | null> {
  const changes: Record<string, string | null> = { street: filters.street }
  for (const name of LISTED) {
    const value = filters[name]
    changes[name] = same(value, ALL_OPEN[name]) ? null : value.length === 0 ? NONE : value.join(',')
  }
  return changes
}

/** How many groups of filters differ from "all open": the number on the way back. */
export function countFilters(filters: Filters): number {
  return (
    LISTED.filter((name) => !same(filters[name], ALL_OPEN[name])).length + (filters.street === null ? 0 : 1)
  )
}

/** Nothing can pass: a group without any tick. The server reads an empty list as "all", so it is not asked. */
export function passesNothing(filters: Filters): boolean {
  return LISTED.some((name) => filters[name].length === 0)
}

/** Query for the server, in a stable order, without a leading `?`; empty for "all open". */
export function serverQuery(filters: Filters): string {
  const query = new URLSearchParams()
  if (!same(filters.status, ALL_OPEN.status)) query.set('status', filters.status.join(','))
  if (!same(filters.severity, SEVERITIES)) query.set('severity', filters.severity.join(','))
  if (!same(filters.category, CATEGORIES)) query.set('category', filters.category.join(','))
  if (filters.street !== null) query.set('street', filters.street)
  return query.toString().replace(/%2C/g, ',')
}

/** One box ticked or unticked; the order of the known words is kept. */
export function toggle(filters: Filters, name: Listed, word: string): Filters {
  const had = filters[name] as readonly string[]
  const next = KNOWN[name].filter((one) => (one === word ? !had.includes(one) : had.includes(one)))
  return { ...filters, [name]: next }
}

/** Several boxes of a group set at once. */
export function setAll(filters: Filters, name: Listed, words: readonly string[], on: boolean): Filters {
  const had = filters[name] as readonly string[]
  const next = KNOWN[name].filter((one) => (words.includes(one) ? on : had.includes(one)))
  return { ...filters, [name]: next }
}

/** Only this one of its group; everything again when it was the only one already. */
export function only(filters: Filters, name: Listed, word: string): Filters {
  const alone = same(filters[name], [word])
  return { ...filters, [name]: alone ? ALL_OPEN[name] : [word] }
}
