/**
 * GCJ-02, the shifted coordinates of Chinese maps, and back: some vendors' browsers give them out as WGS-84. Degrees,
 * longitude first. The same formula and vectors as `server/core/crs.py`; here it is only ever offered, never applied.
 */
import { contains, distanceToEdge, type AreaGeometry, type LonLat } from './geo'

const SEMI_MAJOR_M = 6378245
const ECCENTRICITY_2 = 0.006693421622965943
const { PI, abs, cos, max, sin, sqrt } = Math

const inShiftedArea = ({ lon, lat }: LonLat): boolean =>
  lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271

function rawShift(x: number, y: number): { east: number; north: number } {
  const common = 20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)
  let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
  north += ((common + 20 * sin(y * PI) + 40 * sin((y / 3) * PI)) * 2) / 3
  north += ((160 * sin((y / 12) * PI) + 320 * sin((y * PI) / 30)) * 2) / 3
  let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
  east += ((common + 20 * sin(x * PI) + 40 * sin((x / 3) * PI)) * 2) / 3
  east += ((150 * sin((x / 12) * PI) + 300 * sin((x / 30) * PI)) * 2) / 3
  return { east, north }
}

/** What a Chinese map draws for a true position. */
export function toGcj(at: LonLat): LonLat {
  if (!inShiftedArea(at)) return { lon: at.lon, lat: at.lat }
  const { east, north } = rawShift(at.lon - 105, at.lat - 35)
  const phi = (at.lat / 180) * PI
  const flat = 1 - ECCENTRICITY_2 * sin(phi) ** 2
  const meridian = (SEMI_MAJOR_M * (1 - ECCENTRICITY_2)) / (flat * sqrt(flat))
  const parallel = (SEMI_MAJOR_M / sqrt(flat)) * cos(phi)
  return { lon: at.lon + (east * 180) / (parallel * PI), lat: at.lat + (north * 180) / (meridian * PI) }
}

/** The true position behind a shifted one. */
export function fromGcj(at: LonLat): LonLat {
  let { lon, lat } = at
  for (let i = 0; i < 5; i++) {
    const back = toGcj({ lon, lat })
    lon -= back.lon - at.lon
    lat -= back.lat - at.lat
  }
  return { lon, lat }
}

/** Where the fix would be if it were GCJ-02: offered when that, and not the fix itself, lies in the compound. */
export function shiftedFix(
  outline: AreaGeometry,
  fix: LonLat & { accuracy_m?: number | null },
): LonLat | null {
  const slack = max(fix.accuracy_m ?? 0, 10)
  const away = (spot: LonLat): number => (contains(outline, spot) ? 0 : distanceToEdge(outline, spot))
  if (away(fix) <= slack) return null
  const corrected = fromGcj(fix)
  return away(corrected) <= slack ? corrected : null
}
