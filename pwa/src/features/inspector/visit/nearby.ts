/** Open findings around a spot, nearest first. Pure. */
import { haversine, type LonLat } from '../../../domain/geo'
import { isOpen, type FindingView } from '../data/views'

export const NEAR_M = 50

export interface Near {
  finding: FindingView
  /** Metres; null when one of the two has no position. */
  metres: number | null
}

/** All open findings with their distance, nearest first, those without a position last. */
export function byDistance(findings: readonly FindingView[], at: LonLat | null): Near[] {
  return findings
    .filter(isOpen)
    .map((finding) => ({
      finding,
      metres: at && finding.position ? Math.round(haversine(at, finding.position)) : null,
    }))
    .sort(
      (a, b) => (a.metres ?? Infinity) - (b.metres ?? Infinity) || urgency(a.finding) - urgency(b.finding),
    )
}

const RANK = { critical: 0, major: 1, general: 2 }
const urgency = (finding: FindingView): number => RANK[finding.severity] - (finding.overdue ? 3 : 0)

/** Open findings of the same item within {@link NEAR_M}: perhaps the same thing. */
export function sameNearby(
  findings: readonly FindingView[],
  itemCode: string,
  at: LonLat | null,
  self: string,
): Near[] {
  if (!at) return []
  return byDistance(findings, at).filter(
    ({ finding, metres }) =>
      finding.id !== self && finding.item_code === itemCode && metres !== null && metres <= NEAR_M,
  )
}
