/** Where the map looks: boxes for the server, a short form for the address. Pure. */
import type { LonLat } from '../../../domain/geo'

export interface View {
  zoom: number
  lon: number
  lat: number
}

/** West, south, east, north in degrees. */
export type Bounds = readonly [number, number, number, number]

/** Everything there is: what the list asks for while there is no map. */
export const WORLD: Bounds = [-180, -85, 180, 85]

/** `bbox` of the server. Rounded to a metre or so, so that a pixel's drift asks for nothing new. */
export function boxText([west, south, east, north]: Bounds): string {
  const cut = (value: number, limit: number): string =>
    String(Number(Math.max(-limit, Math.min(limit, value)).toFixed(5)))
  return [cut(west, 180), cut(south, 85), cut(east, 180), cut(north, 85)].join(',')
}

/** `15.2,119.62,38.94` */
export function viewText({ zoom, lon, lat }: View): string {
  return [zoom.toFixed(2), lon.toFixed(5), lat.toFixed(5)].map((part) => String(Number(part))).join(',')
}

/** The view of an address; null when it is none. */
export function readView(text: string | null): View | null {
  const parts = (text ?? '').split(',').map((part) => (part.trim() === '' ? NaN : Number(part)))
  const [zoom, lon, lat] = parts
  if (parts.length !== 3 || zoom === undefined || lon === undefined || lat === undefined) return null
  const sane = zoom >= 3 && zoom <= 20 && Math.abs(lon) <= 180 && Math.abs(lat) <= 85
  return sane ? { zoom, lon, lat } : null
}

/** The box around positions, a little wider; null for none. */
export function boundsOf(points: readonly LonLat[]): Bounds | null {
  if (points.length === 0) return null
  const lons = points.map((point) => point.lon)
  const lats = points.map((point) => point.lat)
  const pad = 0.002
  return [Math.min(...lons) - pad, Math.min(...lats) - pad, Math.max(...lons) + pad, Math.max(...lats) + pad]
}
