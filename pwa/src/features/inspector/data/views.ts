/** What screens see of a row: the server's word with this phone's own words on top. Pure. */
import type { FindingRow, VisitRow } from '../../../db'
import type { AnswerResult, ChecklistDoc, FindingDoc, VisitDoc } from '../../../domain/documents'
import type { Progress } from '../../../ui'

/** A verdict that the server has not answered yet. */
export interface PendingReview {
  passed: boolean
  at: string
}

export interface FindingView extends FindingDoc {
  unsent: boolean
  review?: PendingReview
}

export type VisitView = VisitDoc

export function findingView(row: FindingRow): FindingView {
  return {
    ...(row.data as FindingDoc),
    ...(row.local as Partial<FindingDoc>),
    id: row.id,
    unsent: row.unsent === 1,
  }
}

export function visitView(row: VisitRow): VisitView {
  const data = row.data as VisitDoc | null
  const local = row.local as Partial<VisitDoc> | undefined
  return {
    ...(data ?? EMPTY_VISIT),
    ...local,
    id: row.id,
    answers: { ...data?.answers, ...local?.answers },
  }
}

const EMPTY_VISIT: Omit<VisitDoc, 'id' | 'answers'> = {
  round_id: null,
  compound_id: '',
  inspector_id: '',
  seq: 0,
  state: 'planned',
  arrived_at: null,
  left_at: null,
  position: null,
  accuracy_m: null,
  flags: [],
  checklist_version_id: '',
}

/** What the fill of the glyph says; late beats answered. */
export function progressOf(finding: Pick<FindingDoc, 'progress' | 'overdue'>): Progress {
  if (finding.progress === 'closed') return 'closed'
  return finding.overdue ? 'overdue' : finding.progress
}

export const isOpen = (finding: Pick<FindingDoc, 'progress'>): boolean => finding.progress !== 'closed'

/** Whether the firm has answered, so that somebody may judge it on the spot. */
export const isReviewable = (finding: FindingView): boolean =>
  !finding.review && (finding.actions ?? []).includes('pass_review')

export interface Counts {
  critical: number
  major: number
  general: number
  overdue: number
  open: number
}

/** Open findings by severity, and how many are late. */
export function countOpen(findings: readonly FindingView[]): Counts {
  const counts: Counts = { critical: 0, major: 0, general: 0, overdue: 0, open: 0 }
  for (const finding of findings) {
    if (!isOpen(finding)) continue
    counts[finding.severity] += 1
    counts.open += 1
    if (finding.overdue) counts.overdue += 1
  }
  return counts
}

export interface Tally {
  answered: number
  failed: number
  of: number
}

/** How far a checklist is. Answers to lines that it does not have do not count. */
export function tally(
  list: ChecklistDoc | undefined,
  answers: Readonly<Record<string, AnswerResult>>,
): Tally {
  const results = (list?.items ?? []).map((line) => answers[line.code])
  return {
    answered: results.filter((result) => result !== undefined).length,
    failed: results.filter((result) => result === 'fail').length,
    of: results.length,
  }
}

/** Walking time at 75 m a minute, and the distance in words: 320 m, 1.1 km. */
export function walk(metres: number): { minutes: number; distance: string } {
  const distance = metres < 995 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(1)} km`
  return { minutes: Math.max(1, Math.round(metres / 75)), distance }
}
