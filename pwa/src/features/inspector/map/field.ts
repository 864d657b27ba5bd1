/**
 * The map of the field, all of it from the phone: ground from the cached base map, compounds, buildings, the round's order
 * and findings from the database. Nothing here asks the network, unless somebody switches 天地图 on.
 */
import 'maplibre-gl/dist/maplibre-gl.css'
import {
  addProtocol,
  Map as MapLibre,
  setWorkerUrl,
  type ExpressionSpecification,
  type GeoJSONSource,
  type LayerSpecification,
  type StyleSpecification,
} from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import { PMTiles, Protocol } from 'pmtiles'
import type { Position } from '../../../db'
import type { CompoundDoc } from '../../../domain/documents'
import type { LonLat } from '../../../domain/geo'
import { drawImage, imageName, readPalette, type Palette } from '../../supervisor/map/images'
import { ground } from '../../supervisor/map/style'
import { buildingsOf, type Box } from '../data/spot'
import { isOpen, progressOf, type FindingView } from '../data/views'

setWorkerUrl(workerUrl)
const RATIO = Math.min(2, Math.max(1, Math.ceil(window.devicePixelRatio || 1)))
const SEVERITY_CODE = { general: 0, major: 1, critical: 2 }
/** Names of compounds and glyphs of findings appear from these zooms on. */
const [NAMES_FROM, PINS_FROM, BUILDINGS_FROM] = [13.5, 14, 14.5]
const still = window.matchMedia('(prefers-reduced-motion: reduce)')

/** Reads a piece of the base map from the phone. */
export type Reader = (offset: number, length: number) => Promise<ArrayBuffer>

export interface Ground {
  key: string
  read: Reader
}

export interface Scene {
  compounds: readonly CompoundDoc[]
  findings: readonly FindingView[]
  /** Ids of the round's compounds in walking order, and which are done. */
  stops: readonly { id: string; done: boolean }[]
  here: Position | null
}

export interface FieldEvents {
  oncompound: (id: string) => void
  onfinding: (id: string) => void
}

type Feature = { type: 'Feature'; geometry: object; properties: Record<string, unknown> }
const collection = (features: Feature[]): never =>
  ({ type: 'FeatureCollection', features }) as unknown as never
const point = ({ lon, lat }: LonLat, properties: Record<string, unknown>): Feature => ({
  type: 'Feature',
  geometry: { type: 'Point', coordinates: [lon, lat] },
  properties,
})

const protocol = new Protocol()
addProtocol('pmtiles', protocol.tile)

/** False where this browser cannot draw a map at all: the plan stays. */
export function canDraw(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null
  } catch {
    return false
  }
}

export class FieldMap {
  private readonly map: MapLibre
  private palette: Palette
  private scene: Scene | null = null

  constructor(
    private readonly container: HTMLElement,
    label: string,
    box: Box,
    private readonly base: Ground | null,
    private tianditu: string | null,
    events: FieldEvents,
  ) {
    if (base) {
      protocol.add(
        new PMTiles({
          getKey: () => base.key,
          getBytes: async (offset, length) => ({ data: await base.read(offset, length) }),
        }),
      )
    }
    this.palette = readPalette(String)
    this.map = new MapLibre({
      container,
      style: this.style(),
      bounds: [box.west, box.south, box.east, box.north],
      fitBoundsOptions: { padding: 36, maxZoom: 16.5 },
      minZoom: 8,
      maxZoom: 19,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      locale: { 'Map.Title': label },
      pixelRatio: RATIO,
    })
    this.listen(events)
  }

  private listen({ oncompound, onfinding }: FieldEvents): void {
    const { map } = this
    map.touchZoomRotate.disableRotation()
    map.keyboard.disableRotation()
    map.setMissingStyleImageResolver(async (name) => {
      const picture = name.startsWith('stop|')
        ? drawStop(name, this.palette)
        : drawImage(name, this.palette, RATIO)
      if (picture && !map.hasImage(name)) map.addImage(name, picture, { pixelRatio: RATIO })
    })
    // A piece of the ground that is gone, or no network for 天地图: what is ours is drawn all the same.
    map.on('error', ({ error }) => console.warn(error.message))
    map.on('style.load', () => this.draw())
    map.on('idle', () => this.count())
    map.on('click', ({ point: { x, y } }) => {
      const near: [[number, number], [number, number]] = [
        [x - 12, y - 12],
        [x + 12, y + 12],
      ]
      const [pin] = map.queryRenderedFeatures(near, { layers: ['pins'] })
      if (pin) return onfinding(String(pin.properties['id']))
      const [area] = map.queryRenderedFeatures([x, y], { layers: ['compounds'] })
      if (area) oncompound(String(area.properties['id']))
    })
  }

  /** What was drawn, by layer: for whoever looks from outside, a test or a reader of the page's state. */
  private count(): void {
    const drawn: Record<string, number> = {}
    for (const feature of this.map.queryRenderedFeatures())
      drawn[feature.layer.id] = (drawn[feature.layer.id] ?? 0) + 1
    this.container.dataset['drawn'] = JSON.stringify(drawn)
  }

  private style(): StyleSpecification {
    const empty = { type: 'geojson' as const, data: collection([]) }
    return {
      version: 8,
      sources: {
        ...(this.base ? { base: { type: 'vector', url: `pmtiles://${this.base.key}` } } : {}),
        ...(this.tianditu ? tianditu(this.tianditu) : {}),
        ...Object.fromEntries(
          ['compounds', 'buildings', 'route', 'pins', 'here'].map((name) => [name, empty]),
        ),
      },
      layers: [
        ...(this.base ? ground(this.palette) : ground(this.palette).slice(0, 1)),
        ...(this.tianditu
          ? (['vec', 'cva'] as const).map((id): LayerSpecification => ({ id, type: 'raster', source: id }))
          : []),
        ...own(this.palette),
      ],
    }
  }

  show(scene: Scene): void {
    this.scene = scene
    this.draw()
  }

  private draw(): void {
    const { scene, map, palette } = this
    if (!scene || !map.getSource('compounds')) return
    const order = new Map(scene.stops.map((stop, i) => [stop.id, { n: i + 1, done: stop.done }]))
    const put = (name: string, features: Feature[]): void => {
      void (map.getSource(name) as GeoJSONSource | undefined)?.setData(collection(features))
    }
    put(
      'compounds',
      scene.compounds.map((each) => outline(each, scene.findings, order.has(each.id))),
    )
    put('buildings', scene.compounds.flatMap(buildings))
    put('route', route(scene, order, palette.theme))
    put('pins', pins(scene.findings, palette.theme))
    put('here', scene.here ? [point(scene.here, { accuracy: scene.here.accuracy_m ?? 0 })] : [])
  }

  restyle(): void {
    this.palette = readPalette(String)
    this.map.setStyle(this.style(), { diff: false })
  }

  setTianditu(key: string | null): void {
    if (key === this.tianditu) return
    this.tianditu = key
    this.restyle()
  }

  fit({ west, south, east, north }: Box): void {
    this.map.fitBounds([west, south, east, north], {
      padding: 36,
      maxZoom: 16.5,
      duration: still.matches ? 0 : 300,
    })
  }

  zoomBy(steps: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + steps, duration: still.matches ? 0 : 200 })
  }

  destroy(): void {
    this.map.remove()
  }
}

function outline(compound: CompoundDoc, findings: readonly FindingView[], today: boolean): Feature {
  const open = findings.filter((each) => each.compound_id === compound.id && isOpen(each))
  const late = open.some((each) => each.overdue)
  const look = late ? 'late' : open.some((each) => each.severity === 'critical') ? 'crit' : 'plain'
  return {
    type: 'Feature',
    geometry: compound.outline,
    properties: { id: compound.id, name: compound.name, look, today },
  }
}

const buildings = (compound: CompoundDoc): Feature[] =>
  buildingsOf(compound).map(({ area, name }) => ({
    type: 'Feature',
    geometry: area,
    properties: { name },
  }))

/** The line through the stops, and a number on each. */
function route(
  { compounds, stops }: Scene,
  order: ReadonlyMap<string, { n: number; done: boolean }>,
  theme: string,
): Feature[] {
  const by = new Map(compounds.map((each) => [each.id, each]))
  const walked = stops.flatMap(({ id }) => by.get(id) ?? [])
  const line: Feature[] =
    walked.length > 1
      ? [
          {
            type: 'Feature',
            geometry: {
              type: 'LineString',
              coordinates: walked.map(({ centre }) => [centre.lon, centre.lat]),
            },
            properties: {},
          },
        ]
      : []
  return [
    ...line,
    ...walked.map((each) => {
      const { n, done } = order.get(each.id)!
      return point(each.centre, { icon: `stop|${theme}|${n}|${done ? 1 : 0}` })
    }),
    ...compounds.map((each) => point(each.centre, { label: imageName.label(theme, 'place', each.name) })),
  ]
}

const pins = (findings: readonly FindingView[], theme: string): Feature[] =>
  findings.flatMap((each) =>
    each.position && isOpen(each)
      ? [
          point(each.position, {
            id: each.id,
            rank: SEVERITY_CODE[each.severity],
            icon: imageName.glyph(theme, SEVERITY_CODE[each.severity], progressOf(each), 24),
          }),
        ]
      : [],
  )

type Expression = ExpressionSpecification

function own(palette: Palette): LayerSpecification[] {
  const look: Expression = ['get', 'look']
  const crit = palette.severity.critical
  const always = { 'icon-allow-overlap': true, 'icon-ignore-placement': true } as const
  return [
    {
      id: 'compounds',
      type: 'fill',
      source: 'compounds',
      paint: {
        'fill-color': ['match', look, 'late', palette.critSoft, palette.surface],
        'fill-opacity': ['case', ['get', 'today'], 0.6, 0.25],
      },
    },
    {
      id: 'buildings',
      type: 'fill',
      source: 'buildings',
      minzoom: BUILDINGS_FROM,
      paint: { 'fill-color': palette.bld, 'fill-outline-color': palette.lineStrong },
    },
    {
      id: 'outlines',
      type: 'line',
      source: 'compounds',
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': ['match', look, 'late', crit, 'crit', crit, palette.lineStrong],
        'line-width': ['case', ['==', look, 'late'], 2.8, ['get', 'today'], 2, 1],
      },
    },
    {
      id: 'route',
      type: 'line',
      source: 'route',
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': palette.accent, 'line-width': 3, 'line-dasharray': [0.5, 2] },
    },
    {
      id: 'accuracy',
      type: 'circle',
      source: 'here',
      paint: {
        'circle-color': palette.accent,
        'circle-opacity': 0.18,
        // Pixels of a metre double with each zoom; at 39° N zoom 20 has 8.6 of them.
        'circle-radius': [
          'interpolate',
          ['exponential', 2],
          ['zoom'],
          8,
          14,
          20,
          ['max', 14, ['*', 8.6, ['get', 'accuracy']]],
        ],
      },
    },
    {
      id: 'names',
      type: 'symbol',
      source: 'route',
      filter: ['has', 'label'],
      minzoom: NAMES_FROM,
      layout: { 'icon-image': ['get', 'label'], 'icon-offset': [0, 26], 'icon-padding': 2 },
    },
    {
      id: 'stops',
      type: 'symbol',
      source: 'route',
      filter: ['has', 'icon'],
      layout: { 'icon-image': ['get', 'icon'], ...always },
    },
    {
      id: 'pins',
      type: 'symbol',
      source: 'pins',
      minzoom: PINS_FROM,
      layout: { 'icon-image': ['get', 'icon'], 'symbol-sort-key': ['get', 'rank'], ...always },
    },
    {
      id: 'me',
      type: 'circle',
      source: 'here',
      paint: {
        'circle-color': palette.accent,
        'circle-radius': 7,
        'circle-stroke-color': palette.surface,
        'circle-stroke-width': 3,
      },
    },
  ]
}

/** 天地图 in web mercator: the map and its names, two layers of raster tiles. */
function tianditu(key: string): StyleSpecification['sources'] {
  const source = (layer: string): StyleSpecification['sources'][string] => ({
    type: 'raster',
    tileSize: 256,
    maxzoom: 18,
    attribution: '天地图',
    tiles: [0, 1, 2, 3].map(
      (n) =>
        `https://t${n}.tianditu.gov.cn/${layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${layer}` +
        `&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=${encodeURIComponent(key)}`,
    ),
  })
  return { vec: source('vec'), cva: source('cva') }
}

/** The number of a stop in a disc; done ones are filled in the colour of what is put right. */
function drawStop(name: string, palette: Palette): ImageData | null {
  const [, , n = '', done] = name.split('|')
  const size = 28 * RATIO
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.beginPath()
  context.arc(size / 2, size / 2, size / 2 - 2 * RATIO, 0, 2 * Math.PI)
  context.fillStyle = done === '1' ? palette.ink3 : palette.accent
  context.fill()
  context.lineWidth = 2 * RATIO
  context.strokeStyle = palette.surface
  context.stroke()
  context.fillStyle = palette.surface
  context.font = `700 ${14 * RATIO}px ${palette.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(n, size / 2, size / 2 + RATIO)
  return context.getImageData(0, 0, size, size)
}
