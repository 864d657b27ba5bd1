/** What shows that a visit took place, in the words of the sheet before leaving. Pure. */
import { clock } from '../../../i18n/dates'
import { m } from '../../../i18n/index.svelte'
import type { Tally, VisitView } from '../data/views'

export interface ProofLine {
  text: string
  held: boolean
}

/**
 * Arrival with its fix, entrance photo, all lines answered, a fix for the departure. A visit on which something was
 * found is proven by its findings: the entrance is asked for where nothing was wrong.
 */
export function proofOf(
  visit: Pick<VisitView, 'arrived_at' | 'position'>,
  count: Tally,
  entrancePhotos: number,
  findings: number,
  located: boolean,
): ProofLine[] {
  const t = m.inspector.visit
  const lines: ProofLine[] = [
    {
      held: visit.arrived_at !== null && visit.position !== null,
      text: visit.position
        ? t.proofArrival(clock(visit.arrived_at ?? 0))
        : t.proofNoFix(clock(visit.arrived_at ?? 0)),
    },
  ]
  if (count.of > 0) {
    const left = count.of - count.answered
    lines.push({ held: left === 0, text: left === 0 ? t.proofAnswers(count.of) : t.leaveOpen(left) })
  }
  if (findings === 0 || entrancePhotos > 0) {
    lines.push({ held: entrancePhotos > 0, text: entrancePhotos > 0 ? t.entrance : t.proofNoEntrance })
  }
  lines.push({ held: located, text: located ? t.proofDeparture : t.proofNoDeparture })
  return lines
}
