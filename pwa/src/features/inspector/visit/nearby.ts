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

/** The building that words of a place begin with: 3号楼. */
const buildingOf = (place: string): string | undefined => /^[^\s·，]*?(号楼|栋|幢|座|车库)/.exec(place)?.[0]

/**
 * Open findings of the same item within {@link NEAR_M}: perhaps the same thing. Those of the same building come first,
 * since a few metres mean little between two doors.
 */
export function sameNearby(
  findings: readonly FindingView[],
  itemCode: string,
  at: LonLat | null,
  self: string,
  place = '',
): Near[] {
  if (!at) return []
  const building = buildingOf(place)
  const elsewhere = ({ finding }: Near): number =>
    building !== undefined && buildingOf(finding.place) === building ? 0 : 1
  return byDistance(findings, at)
    .filter(
      ({ finding, metres }) =>
        finding.id !== self && finding.item_code === itemCode && metres !== null && metres <= NEAR_M,
    )
    .sort((a, b) => elsewhere(a) - elsewhere(b))
}
