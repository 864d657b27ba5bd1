/**
 * MapLibre behind a small handle; fetched only when a map is shown. It draws what the tiles say and reports where it
 * looks and what was touched. It never moves by itself: not on a poll, not on a change of theme or filters.
 */
import 'maplibre-gl/dist/maplibre-gl.css'
import {
  Map as MapLibre,
  setWorkerUrl,
  type GeoJSONSource,
  type MapGeoJSONFeature,
  type MapMouseEvent,
  type MapOptions as LibreOptions,
  type VectorTileSource,
} from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { LonLat } from '../../../domain/geo'
import { drawImage, imageName, readPalette, type Palette } from './images'
import { buildStyle, FINDINGS, PIN_LAYERS, type StyleState } from './style'
import type { Bounds, View } from './view'
import type { FindingDoc } from '../model'
import { glyphOf } from '../model'

/** A finding that is pointed at. `name` is written beside it. */
export interface Pointed {
  finding: FindingDoc
  name: string
  strong: boolean
}

interface Mark {
  type: 'Feature'
  geometry: { type: 'Point'; coordinates: number[] }
  properties: { icon: string; offset: number[] }
}

export interface MapEvents {
  onview: (view: View, bounds: Bounds) => void
  /** A single finding was touched: by the id of its pin, or of the finding where it is closed. */
  onpick: (what: { pin: number } | { finding: string }) => void
  /** A ring was touched that no zoom can part: the positions lie on one spot. */
  onheap: (at: LonLat) => void
  onhover: (pin: number | null) => void
  /** Tiles arrived or failed to. */
  onreach: (reached: boolean) => void
}

export interface MapHandle {
  setQuery(query: string, hidden: boolean): void
  /** Colours of the document's theme are read anew. */
  restyle(): void
  /** Asks for the tiles again; what is drawn stays until the new ones are here. */
  refresh(): void
  point(pointed: readonly Pointed[]): void
  fit(bounds: Bounds): void
  /** Brings a position into sight, left of `covered` px at the right; stays put when it is in sight. */
  show(at: LonLat, covered: number): void
  zoomBy(steps: number): void
  resize(): void
  destroy(): void
}

export interface MapOptions extends MapEvents {
  container: HTMLElement
  label: string
  query: string
  hidden: boolean
  view: View | null
  bounds: Bounds | null
  late: (n: number) => string
}

const RATIO = Math.min(2, Math.max(1, Math.ceil(window.devicePixelRatio || 1)))
const MAX_ZOOM = 19
/** Pixels around the pointer in which a glyph counts as touched. */
const REACH = 6
const SEVERITY_CODE = { general: 0, major: 1, critical: 2 }
const still = window.matchMedia('(prefers-reduced-motion: reduce)')

setWorkerUrl(workerUrl)

/** False where this browser cannot draw a map at all. */
export function canDraw(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null
  } catch {
    return false
  }
}

const tilesUrl = (query: string): string =>
  `${location.origin}/api/map/tiles/{z}/{x}/{y}.mvt${query === '' ? '' : `?${query}`}`

/** Starts a map in `container`. Throws where WebGL is missing. */
export function createMap(options: MapOptions): MapHandle {
  return new OfficeMap(options)
}

const move = (duration: number): { duration: number } => ({ duration: still.matches ? 0 : duration })
const corners = (bounds: Bounds): [number, number, number, number] => [...bounds]
const FIT = { padding: 48, maxZoom: 15.5 }

/** Where the map looks first: at the view asked for, else around what there is. */
function firstLook({ view, bounds }: MapOptions): Partial<LibreOptions> {
  if (view) return { center: [view.lon, view.lat], zoom: view.zoom }
  if (bounds) return { bounds: corners(bounds), fitBoundsOptions: FIT }
  return { center: [119.64, 38.95], zoom: 11 }
}

class OfficeMap implements MapHandle {
  private readonly map: MapLibre
  private palette: Palette
  private query: string
  private hidden: boolean
  private pointed: readonly Pointed[] = []
  /** What `pointed` looked like when it was last drawn. */
  private drawn = ''
  /** Id of the outline that is selected, -1 for none. */
  private selected = -1
  private hovered: number | null = null

  constructor(private readonly options: MapOptions) {
    this.palette = readPalette(options.late)
    this.query = options.query
    this.hidden = options.hidden
    this.map = new MapLibre({
      container: options.container,
      style: buildStyle(this.state()),
      ...firstLook(options),
      maxZoom: MAX_ZOOM,
      minZoom: 8,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: still.matches ? 0 : 200,
      locale: { 'Map.Title': options.label },
      // Our own pictures follow the screen's density up to two.
      pixelRatio: RATIO,
    })
    this.listen()
  }

  private listen(): void {
    const { map, options } = this
    map.touchZoomRotate.disableRotation()
    map.keyboard.disableRotation()
    map.setMissingStyleImageResolver(async (name) => {
      const picture = drawImage(name, this.palette, RATIO)
      if (picture && !map.hasImage(name)) map.addImage(name, picture, { pixelRatio: RATIO })
    })
    map.on('load', () => this.tell())
    map.on('moveend', () => this.tell())
    map.on('error', (event) => {
      const network =
        'sourceId' in event || event.error instanceof TypeError || /fetch|AJAX/i.test(String(event.error))
      if (network) options.onreach(false)
      else console.error(event.error)
    })
    map.on('sourcedata', (event) => {
      if (event.sourceId === FINDINGS && event.tile) options.onreach(true)
    })
    map.on('styledata', () => this.drawPointed())
    // What is selected may come into sight only now, or with the tiles of another zoom.
    map.on('idle', () => this.outline())
    map.on('click', (event) => this.touch(event))
    map.on('mousemove', (event) => this.hover(event))
    map.on('mouseout', () => this.hoverAt(null))
  }

  private state(): StyleState {
    return {
      palette: this.palette,
      tiles: tilesUrl(this.query),
      hidden: this.hidden,
      base: `${location.origin}/api/map/base/{z}/{x}/{y}.mvt`,
      selected: this.selected,
    }
  }

  private tell(): void {
    const centre = this.map.getCenter()
    const box = this.map.getBounds()
    const bounds: Bounds = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()]
    this.options.onview({ zoom: this.map.getZoom(), lon: centre.lng, lat: centre.lat }, bounds)
  }

  /** The finding or ring under the pointer. */
  private under({ point: { x, y } }: MapMouseEvent): MapGeoJSONFeature | undefined {
    const layers = PIN_LAYERS.filter((layer) => this.map.getLayer(layer))
    return this.map.queryRenderedFeatures(
      [
        [x - REACH, y - REACH],
        [x + REACH, y + REACH],
      ],
      { layers },
    )[0]
  }

  private touch(event: MapMouseEvent): void {
    const feature = this.under(event)
    if (!feature) return
    if (feature.layer.id === 'pins') this.options.onpick({ pin: Number(feature.id) })
    else if (feature.layer.id === 'closed')
      this.options.onpick({ finding: String(feature.properties['finding']) })
    else if (feature.geometry.type === 'Point') {
      const [lon = 0, lat = 0] = feature.geometry.coordinates
      const zoom = this.map.getZoom()
      if (zoom > MAX_ZOOM - 0.5) this.options.onheap({ lon, lat })
      else this.map.easeTo({ center: [lon, lat], zoom: Math.min(MAX_ZOOM, zoom + 2), ...move(300) })
    }
  }

  private hover(event: MapMouseEvent): void {
    const feature = this.under(event)
    this.map.getCanvas().style.cursor = feature ? 'pointer' : ''
    this.hoverAt(feature?.layer.id === 'pins' ? Number(feature.id) : null)
  }

  private hoverAt(pin: number | null): void {
    if (pin === this.hovered) return
    this.hovered = pin
    this.options.onhover(pin)
  }

  /** Tiles name outlines by small numbers; the one under the selected finding is looked up on the drawn map. */
  private outline(): void {
    const { map } = this
    const strong = this.pointed.find((one) => one.strong)?.finding.position
    let next = -1
    if (strong && map.getLayer('compound-fill')) {
      const at = map.project([strong.lon, strong.lat])
      next = Number(map.queryRenderedFeatures(at, { layers: ['compound-fill'] })[0]?.id ?? -1)
      // Out of sight nothing can be asked, and the answer of before still holds.
      if (next === -1 && !map.getBounds().contains([strong.lon, strong.lat])) next = this.selected
    }
    if (next === this.selected) return
    this.selected = next
    this.applyStyle()
  }

  /** Puts what is pointed at on the map, unless it stands there already. */
  private drawPointed(): void {
    const source = this.map.getSource('focus') as GeoJSONSource | undefined
    const one = ({ finding, strong }: Pointed): string => `${finding.id}${finding.version}${strong}`
    const look = this.palette.theme + this.pointed.map(one).join()
    if (!source || look === this.drawn) return
    this.drawn = look
    const features = this.pointed.flatMap((each) => this.marks(each))
    void source.setData({ type: 'FeatureCollection', features })
  }

  /** Glyph and name of one that is pointed at. */
  private marks({ finding, name, strong }: Pointed): Mark[] {
    if (!finding.position) return []
    const { theme } = this.palette
    const geometry = { type: 'Point' as const, coordinates: [finding.position.lon, finding.position.lat] }
    const size = strong ? 30 : 24
    const icon = imageName.glyph(theme, SEVERITY_CODE[finding.severity], glyphOf(finding), size)
    const glyph: Mark = { type: 'Feature', geometry, properties: { icon, offset: [0, 0] } }
    if (name === '') return [glyph]
    const properties = { icon: imageName.label(theme, 'tip', name), offset: [0, strong ? 36 : -32] }
    return [glyph, { type: 'Feature', geometry, properties }]
  }

  private applyStyle(): void {
    if (!this.map.isStyleLoaded()) return void this.map.once('idle', () => this.applyStyle())
    this.map.setStyle(buildStyle(this.state()), { diff: true })
    // The new style came with an empty source.
    this.drawn = ''
    this.drawPointed()
  }

  setQuery(query: string, hidden: boolean): void {
    const moved = query !== this.query
    const shown = hidden !== this.hidden
    this.query = query
    this.hidden = hidden
    if (shown) this.applyStyle()
    if (moved) (this.map.getSource(FINDINGS) as VectorTileSource | undefined)?.setTiles([tilesUrl(query)])
  }

  restyle(): void {
    this.palette = readPalette(this.options.late)
    this.applyStyle()
  }

  refresh(): void {
    if (this.map.getSource(FINDINGS)) this.map.refreshTiles(FINDINGS)
  }

  point(pointed: readonly Pointed[]): void {
    this.pointed = pointed
    this.drawPointed()
    this.outline()
  }

  fit(bounds: Bounds): void {
    this.map.fitBounds(corners(bounds), { ...FIT, ...move(300) })
  }

  show(at: LonLat, covered: number): void {
    const { x, y } = this.map.project([at.lon, at.lat])
    const { clientWidth, clientHeight } = this.map.getContainer()
    // A drawer as wide as the map leaves nothing to be left of.
    const right = covered > clientWidth - 160 ? 0 : covered
    // The lower part holds the legend.
    const seen = x > 40 && x < clientWidth - right - 40 && y > 40 && y < clientHeight - 140
    const zoom = this.map.getZoom()
    if (seen && zoom >= 13) return
    this.map.easeTo({
      center: [at.lon, at.lat],
      zoom: Math.max(zoom, 15.5),
      offset: [-right / 2, 0],
      ...move(300),
    })
  }

  zoomBy(steps: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + steps, ...move(200) })
  }

  resize(): void {
    this.map.resize()
  }

  destroy(): void {
    this.map.remove()
  }
}
