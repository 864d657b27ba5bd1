/**
 * Legal actions, read from the table that the server generates (`contract/rules.json`): the same table decides
 * there, so nothing is written twice. The phone offers exactly these actions offline; the server still decides.
 */

export interface Transition {
  from: string
  action: string
  /** null when only something else changes, e.g. a date. */
  to: string | null
  /** Permission that the actor needs, e.g. `finding:triage`; `system` when a timer acts. */
  permission: string
}

export interface Machine {
  states: string[]
  transitions: Transition[]
}

/** How full the glyph of a finding is drawn, before lateness is looked at. */
export type StateProgress = 'open' | 'replied' | 'closed'

export interface FindingMachine extends Machine {
  /** States in which nothing waits for anyone. */
  closed: string[]
  progress: Record<string, StateProgress>
  /** How many orders one finding may get. */
  max_orders: number
}

export interface Rules {
  finding: FindingMachine
  notice: Machine
  visit: Machine
}

export type Subject = keyof Rules

/** The transitions open to someone with `permissions` from `state`. Acts of the system are never offered. */
export function legalActions(
  rules: Rules,
  subject: Subject,
  state: string,
  permissions: ReadonlySet<string>,
): Transition[] {
  return rules[subject].transitions.filter(
    (t) => t.from === state && t.permission !== 'system' && permissions.has(t.permission),
  )
}

/** What the glyph shows: 逾期 beats 已回复, and a closed finding is never late. Unknown states count as open. */
export function findingProgress(rules: Rules, state: string, overdue: boolean): StateProgress | 'overdue' {
  const progress = rules.finding.progress[state] ?? 'open'
  return overdue && progress !== 'closed' ? 'overdue' : progress
}

/** Whether `action` may be offered; see {@link legalActions}. */
export function mayDo(
  rules: Rules,
  subject: Subject,
  state: string,
  action: string,
  permissions: ReadonlySet<string>,
): boolean {
  return legalActions(rules, subject, state, permissions).some((t) => t.action === action)
}
