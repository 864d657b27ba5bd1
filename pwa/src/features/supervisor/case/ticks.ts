/** The deadline of a case as ticks: from when the clock started, over the due line, to now. */
import { spanTicks, type Span } from '../../../ui'
import type { CaseDoc, LedgerDoc } from '../model'

export interface DeadlineTicks extends Span {
  /** When the clock started (ms): served, else issued, else received. */
  from: number
  /** What started it, for the word below the first tick. */
  start: 'acknowledge' | 'issue' | 'receive'
  due: number
}

const ISSUES = new Set(['finding.issue_notice', 'finding.issue_second_order'])

/** The last line with one of `acts`. Lines come oldest first. */
function last(lines: readonly LedgerDoc[], acts: ReadonlySet<string>): LedgerDoc | undefined {
  return [...lines].reverse().find((line) => acts.has(line.act))
}

/**
 * The ticks of the order in force; null without a deadline. A second order starts the clock anew: an
 * acknowledgement of the first one is not its beginning.
 */
export function deadlineTicks(
  finding: Pick<CaseDoc, 'due_at' | 'received_at' | 'closed_at' | 'ledger'>,
  now: number,
  max = 26,
): DeadlineTicks | null {
  if (finding.due_at === null) return null
  const due = Date.parse(finding.due_at)
  const issued = last(finding.ledger, ISSUES)
  const served = last(finding.ledger, new Set(['finding.acknowledge']))
  const begun = served && (!issued || served.seq > issued.seq) ? served : issued
  const from = Math.min(Date.parse(begun?.at ?? finding.received_at), due - 1)
  const start = begun === undefined ? 'receive' : begun === served ? 'acknowledge' : 'issue'
  const end = finding.closed_at === null ? now : Math.min(now, Date.parse(finding.closed_at))
  return { ...spanTicks(from, due, end, max), from, start, due }
}
