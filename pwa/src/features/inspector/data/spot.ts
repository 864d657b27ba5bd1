/** Where in a compound, in words: 3号楼北侧. Pure; names are those of the register. */
import type { CompoundDoc } from '../../../domain/documents'
import { contains, distanceToEdge, type AreaGeometry, type LonLat } from '../../../domain/geo'

export interface Building {
  name: string
  area: AreaGeometry
}

type Ring = number[][]

/** The buildings of a compound with their names, in the order of the register. */
export function buildingsOf(compound: Pick<CompoundDoc, 'building_outlines' | 'building_names'>): Building[] {
  return polygons(compound.building_outlines).map((coordinates, i) => ({
    name: compound.building_names[i] ?? '',
    area: { type: 'Polygon', coordinates },
  }))
}

function polygons(geometry: CompoundDoc['building_outlines']): Ring[][] {
  if (!geometry) return []
  if (geometry.type === 'Polygon') return [geometry.coordinates as Ring[]]
  if (geometry.type === 'MultiPolygon') return geometry.coordinates as Ring[][]
  if (geometry.type === 'GeometryCollection') {
    return (geometry.geometries ?? []).flatMap((each) => polygons(each as CompoundDoc['building_outlines']))
  }
  return []
}

const SIDES = ['北', '东北', '东', '东南', '南', '西南', '西', '西北']
/** Farther from any building than this, a building does not describe the spot. */
const NEAR_M = 60

/** `3号楼` inside, `3号楼北侧` beside it, '' where no building is near or none is named. */
export function placeWords(
  compound: Pick<CompoundDoc, 'building_outlines' | 'building_names'>,
  at: LonLat,
): string {
  let nearest: { building: Building; metres: number } | null = null
  for (const building of buildingsOf(compound)) {
    if (!building.name) continue
    if (contains(building.area, at)) return building.name
    const metres = distanceToEdge(building.area, at)
    if (!nearest || metres < nearest.metres) nearest = { building, metres }
  }
  if (!nearest || nearest.metres > NEAR_M) return ''
  const centre = middle(nearest.building.area)
  const east = (at.lon - centre.lon) * Math.cos((at.lat * Math.PI) / 180)
  const angle = (Math.atan2(east, at.lat - centre.lat) * 180) / Math.PI
  return `${nearest.building.name}${SIDES[Math.round((angle + 360) / 45) % 8]}侧`
}

/** The named buildings nearest to a spot. */
export function nearestBuildings(
  compound: Pick<CompoundDoc, 'building_outlines' | 'building_names'>,
  at: LonLat,
  most: number,
): Building[] {
  const away = ({ area }: Building): number => (contains(area, at) ? 0 : distanceToEdge(area, at))
  return buildingsOf(compound)
    .filter(({ name }) => name)
    .sort((a, b) => away(a) - away(b))
    .slice(0, most)
}

/** Words for a floor of a building: 3号楼, 3号楼2层, 地下车库B1层. Floor 0 does not exist. */
export function onFloor(building: string, floor: number | null): string {
  if (floor === null) return building
  return `${building}${floor < 0 ? `B${-floor}` : floor}层`
}

/** What {@link onFloor} made, read back; `building` null where the words are somebody's own. */
export function floorsOf(
  place: string,
  buildings: readonly string[],
): { building: string | null; floor: number | null } {
  const building = buildings.find((name) => place.startsWith(name)) ?? null
  if (!building) return { building: null, floor: null }
  const found = /^(B?)(\d+)层/.exec(place.slice(building.length))
  return { building, floor: found ? Number(found[2]) * (found[1] ? -1 : 1) : null }
}

/** Middle of the box around an area. */
export function middle(area: AreaGeometry): LonLat {
  const box = boxOf([area])
  return { lon: (box.west + box.east) / 2, lat: (box.south + box.north) / 2 }
}

export interface Box {
  west: number
  south: number
  east: number
  north: number
}

/** The box around areas, in degrees. */
export function boxOf(areas: readonly AreaGeometry[]): Box {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
  for (const area of areas) {
    const rings = area.type === 'Polygon' ? area.coordinates : area.coordinates.flatMap((each) => [...each])
    for (const [lon = NaN, lat = NaN] of rings.flatMap((ring) => [...ring])) {
      box.west = Math.min(box.west, lon)
      box.east = Math.max(box.east, lon)
      box.south = Math.min(box.south, lat)
      box.north = Math.max(box.north, lat)
    }
  }
  return box
}
