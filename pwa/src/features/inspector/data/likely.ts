/**
 * The deadline that a finding will likely get, for orientation at the moment of capture. The real one is counted by the
 * server from service over the holiday calendar; this one assumes that the notice is served about an hour from now.
 */
import type { TermStage } from '../../../domain/documents'
import { shanghai } from '../../../domain/deadlines'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const OFFSET = 8 * HOUR
const CLOSE_HOUR = 18

export interface Likely {
  /** The stage that says when it must be put right; null when the catalogue has none. */
  term: TermStage | null
  /** Likely due time (ms); null for 当场. */
  due: number | null
}

/** The stage that ends in a repaired state: fix, else the last one. */
export function mainStage(stages: readonly TermStage[]): TermStage | null {
  return stages.find((stage) => stage.stage === 'fix') ?? stages[stages.length - 1] ?? null
}

export function likelyDue(stages: readonly TermStage[], now: number): Likely {
  const term = mainStage(stages)
  if (!term) return { term: null, due: null }
  const served = Math.ceil((now + HOUR) / HOUR) * HOUR
  if (term.unit === 'now' || term.n === 0) return { term, due: null }
  if (term.unit === 'hour' || term.unit === 'duty_hour') return { term, due: served + term.n * HOUR }
  let day = shanghai(served).dayNumber
  if (term.unit === 'day') {
    day += term.n
    while (isWeekend(day)) day += 1
  } else {
    for (let left = term.n; left > 0;) {
      day += 1
      if (!isWeekend(day)) left -= 1
    }
  }
  return { term, due: day * DAY + CLOSE_HOUR * HOUR - OFFSET }
}

/** Day 0 of 1970 was a Thursday. Holidays are the server's business. */
function isWeekend(dayNumber: number): boolean {
  const weekday = (dayNumber + 4) % 7
  return weekday === 0 || weekday === 6
}
