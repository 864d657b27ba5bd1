/** The acts of the office as the screens offer them: which key, which command, what has to be asked first. */

export type Ask = 'nothing' | 'reason' | 'text' | 'master' | 'unit' | 'reviewer' | 'verdict' | 'issue'

export interface ActionSpec {
  action: string
  /** Single key, lower case; '' for none. */
  key: string
  command: string
  ask: Ask
}

/** In the order in which they are offered; the first that is open is the main one. */
export const ACTIONS: readonly ActionSpec[] = [
  { action: 'confirm', key: 'c', command: 'confirm_finding', ask: 'nothing' },
  { action: 'issue_notice', key: 'i', command: 'issue_notice', ask: 'issue' },
  { action: 'dispatch_review', key: 'v', command: 'dispatch_review', ask: 'reviewer' },
  { action: 'issue_second_order', key: 'i', command: 'issue_notice', ask: 'issue' },
  { action: 'conclude_transfer', key: 'f', command: 'conclude_transfer', ask: 'text' },
  { action: 'mark_duplicate', key: 'd', command: 'mark_duplicate', ask: 'master' },
  { action: 'return', key: 'r', command: 'return_finding', ask: 'reason' },
  { action: 'reject', key: 'x', command: 'reject_finding', ask: 'reason' },
  { action: 'transfer', key: 't', command: 'transfer_finding', ask: 'unit' },
  { action: 'pass_review', key: '', command: 'review_finding', ask: 'verdict' },
  { action: 'fail_review', key: '', command: 'review_finding', ask: 'verdict' },
  { action: 'ask_more', key: '', command: 'ask_more', ask: 'text' },
  { action: 'reopen', key: '', command: 'reopen_finding', ask: 'reason' },
]

/** What may be done here, out of the actions that the server allows for this person now. */
export function offered(allowed: readonly string[]): ActionSpec[] {
  return ACTIONS.filter((spec) => allowed.includes(spec.action))
}
