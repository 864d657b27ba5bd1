/** The inbox in groups of urgency: what is late, what is due within the hour, today, later, and what has no clock. */
import { shanghai } from '../../../domain/deadlines'
import type { Box, FindingDoc } from '../model'

export type Group = 'late' | 'hour' | 'today' | 'later' | 'open'
export const GROUPS: readonly Group[] = ['late', 'hour', 'today', 'later', 'open']

/** The clock that runs in a box: for triage that of the office, else the firm's deadline. */
export function dueOf(box: Box, finding: Pick<FindingDoc, 'triage_due_at' | 'due_at'>): string | null {
  if (box === 'triage' || box === 'issue') return box === 'triage' ? finding.triage_due_at : null
  return finding.due_at
}

/** Where a clock stands at `now` (ms). Days are Shanghai's. */
export function groupOf(due: string | null, now: number): Group {
  if (due === null) return 'open'
  const ms = Date.parse(due) - now
  if (ms < 0) return 'late'
  if (ms < 3_600_000) return 'hour'
  return shanghai(due).dayNumber === shanghai(now).dayNumber ? 'today' : 'later'
}

/** Consecutive runs of the list with the same group; the order of the list stays. */
export function inGroups<T extends Pick<FindingDoc, 'triage_due_at' | 'due_at'>>(
  box: Box,
  items: readonly T[],
  now: number,
): { group: Group; items: T[] }[] {
  const runs: { group: Group; items: T[] }[] = []
  for (const item of items) {
    const group = groupOf(dueOf(box, item), now)
    const current = runs[runs.length - 1]
    if (current?.group === group) current.items.push(item)
    else runs.push({ group, items: [item] })
  }
  return runs
}

/** The neighbour to open when `gone` leaves the list: the one below, else the one above, else none. */
export function nextAfter(ids: readonly string[], gone: string): string | null {
  const at = ids.indexOf(gone)
  if (at < 0) return ids[0] ?? null
  return ids[at + 1] ?? ids[at - 1] ?? null
}
