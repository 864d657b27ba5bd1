/** Rows of the map's list, and how a touch on the map finds its row. */
import { haversine, type LonLat } from '../../../domain/geo'
import type { FindingDoc } from '../model'

/** A row of the list with the id of its pin in the tiles; null where it has none (put right). */
export interface MapFinding extends FindingDoc {
  pin_id: number | null
}

/** The row nearest to a position, among those with one; null when none lies within `metres`. */
export function nearest(items: readonly MapFinding[], at: LonLat, metres = 60): MapFinding | null {
  let best: MapFinding | null = null
  let least = metres
  for (const item of items) {
    const away = item.position ? haversine(item.position, at) : Infinity
    if (away <= least) {
      best = item
      least = away
    }
  }
  return best
}
