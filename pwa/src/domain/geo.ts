/** Distances and containment on WGS-84 positions, good to well under a metre at the size of a compound. */

export interface LonLat {
  lon: number
  lat: number
}

/** GeoJSON rings: outer first, holes after; each ring `[lon, lat]` pairs, closed or not. */
export type Rings = ReadonlyArray<ReadonlyArray<readonly [number, number] | readonly number[]>>

export type AreaGeometry =
  { type: 'Polygon'; coordinates: Rings } | { type: 'MultiPolygon'; coordinates: ReadonlyArray<Rings> }

const EARTH_RADIUS_M = 6_371_008.8
const rad = (deg: number): number => (deg * Math.PI) / 180

/** Great-circle distance in metres. */
export function haversine(a: LonLat, b: LonLat): number {
  const dLat = rad(b.lat - a.lat)
  const dLon = rad(b.lon - a.lon)
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(dLon / 2) ** 2
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)))
}

function inRing(point: LonLat, ring: Rings[number]): boolean {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi = NaN, yi = NaN] = ring[i]!
    const [xj = NaN, yj = NaN] = ring[j]!
    const crosses = yi > point.lat !== yj > point.lat
    if (crosses && point.lon < ((xj - xi) * (point.lat - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

function inRings(point: LonLat, [outer, ...holes]: Rings): boolean {
  return !!outer && inRing(point, outer) && !holes.some((hole) => inRing(point, hole))
}

/** Whether a position lies inside a GeoJSON area (holes excluded). Points on the edge may fall on either side. */
export function contains(area: AreaGeometry, point: LonLat): boolean {
  return area.type === 'Polygon'
    ? inRings(point, area.coordinates)
    : area.coordinates.some((rings) => inRings(point, rings))
}

/** Metres from a position to the nearest edge of an area (positive inside and outside alike). */
export function distanceToEdge(area: AreaGeometry, point: LonLat): number {
  const polygons = area.type === 'Polygon' ? [area.coordinates] : area.coordinates
  let best = Infinity
  for (const ring of polygons.flatMap((rings) => [...rings])) {
    for (let i = 0; i < ring.length; i++) {
      best = Math.min(best, toSegment(point, ring[i]!, ring[(i + 1) % ring.length]!))
    }
  }
  return best
}

/** Metres from a point to a segment, on the plane tangent at the point. */
function toSegment(p: LonLat, a: readonly number[], b: readonly number[]): number {
  const kx = rad(1) * EARTH_RADIUS_M * Math.cos(rad(p.lat))
  const ky = rad(1) * EARTH_RADIUS_M
  const ax = (a[0]! - p.lon) * kx
  const ay = (a[1]! - p.lat) * ky
  const dx = (b[0]! - a[0]!) * kx
  const dy = (b[1]! - a[1]!) * ky
  const length2 = dx * dx + dy * dy
  const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, -(ax * dx + ay * dy) / length2))
  return Math.hypot(ax + t * dx, ay + t * dy)
}
