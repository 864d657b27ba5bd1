/** A flat plan: degrees to pixels and back, near enough at the size of a street. Pure. */
import type { AreaGeometry, LonLat } from '../../../domain/geo'
import type { Box } from './spot'

const M_PER_DEGREE = 111_195

export interface Projection {
  width: number
  height: number
  x(lon: number): number
  y(lat: number): number
  back(x: number, y: number): LonLat
  /** Pixels of one metre. */
  scale: number
}

/** Fits `box` into `width` × `height` with a margin, north up, the same scale both ways. */
export function project(box: Box, width: number, height: number, margin: number): Projection {
  const midLon = (box.west + box.east) / 2
  const midLat = (box.south + box.north) / 2
  const lonM = M_PER_DEGREE * Math.cos((midLat * Math.PI) / 180)
  const wide = Math.max(20, (box.east - box.west) * lonM)
  const high = Math.max(20, (box.north - box.south) * M_PER_DEGREE)
  const scale = Math.min((width - 2 * margin) / wide, (height - 2 * margin) / high)
  return {
    width,
    height,
    scale,
    x: (lon) => width / 2 + (lon - midLon) * lonM * scale,
    y: (lat) => height / 2 - (lat - midLat) * M_PER_DEGREE * scale,
    back: (x, y) => ({
      lon: midLon + (x - width / 2) / (lonM * scale),
      lat: midLat - (y - height / 2) / (M_PER_DEGREE * scale),
    }),
  }
}

/** The box of `metres` around a spot. */
export function around(at: LonLat, metres: number): Box {
  const lat = metres / M_PER_DEGREE
  const lon = lat / Math.cos((at.lat * Math.PI) / 180)
  return { west: at.lon - lon, east: at.lon + lon, south: at.lat - lat, north: at.lat + lat }
}

/** SVG path of an area. */
export function path(area: AreaGeometry, to: Projection): string {
  const rings =
    area.type === 'Polygon' ? [...area.coordinates] : area.coordinates.flatMap((each) => [...each])
  return rings
    .map(
      (ring) =>
        `M${ring.map(([lon, lat]) => `${to.x(lon!).toFixed(1)} ${to.y(lat!).toFixed(1)}`).join('L')}Z`,
    )
    .join('')
}
