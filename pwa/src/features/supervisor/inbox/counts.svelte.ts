/** How much waits in each box: asked every ten seconds, less what this desk has already decided. */
import { poll } from '../../../remote'
import { acts } from '../acts/acts.svelte'
import type { InboxCounts } from '../model'

export interface Counts {
  /** undefined until the first answer. */
  readonly value: InboxCounts | undefined
}

/** Call while a component initialises. */
export function inboxCounts(): Counts {
  const answer = poll<InboxCounts>(() => '/findings/inbox')
  let seen = acts.applied
  $effect(() => {
    if (acts.applied === seen) return
    seen = acts.applied
    void answer.refresh()
  })
  return {
    get value() {
      const counts = answer.value
      if (!counts) return undefined
      const gone = acts.pending.filter((act) => TRIAGE.has(act.kind)).length
      return { ...counts, triage: Math.max(0, counts.triage - gone) }
    },
  }
}

/** Acts that take a report out of 待确认. */
const TRIAGE = new Set([
  'confirm_finding',
  'reject_finding',
  'return_finding',
  'mark_duplicate',
  'transfer_finding',
])
