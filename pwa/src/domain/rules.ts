/**
 * Legal actions, read from the table that the server generates (`contract/rules.json`): the same table decides
 * there, so nothing is written twice. The phone offers exactly these actions offline; the server still decides.
 */

export interface Transition {
  from: string
  action: string
  to: string
  /** Permission that the actor needs, e.g. `finding:triage`; absent or null when the system itself acts. */
  permission?: string | null
}

export interface Machine {
  states: string[]
  transitions: Transition[]
}

/** Machines by subject: `finding`, `notice`, `response`, `round`, … */
export type Rules = Record<string, Machine>

/** The transitions open to someone with `permissions` from `state`. Acts of the system are never offered. */
export function legalActions(
  rules: Rules,
  subject: string,
  state: string,
  permissions: ReadonlySet<string>,
): Transition[] {
  return (rules[subject]?.transitions ?? []).filter(
    (t) => t.from === state && !!t.permission && permissions.has(t.permission),
  )
}

/** Whether `action` may be offered; see {@link legalActions}. */
export function mayDo(
  rules: Rules,
  subject: string,
  state: string,
  action: string,
  permissions: ReadonlySet<string>,
): boolean {
  return legalActions(rules, subject, state, permissions).some((t) => t.action === action)
}
