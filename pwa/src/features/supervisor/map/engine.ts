/**
 * MapLibre behind a small handle; fetched only when a map is shown. It draws what the tiles say and reports where it
 * looks and what was touched. It never moves by itself: not on a poll, not on a change of theme or filters.
 */
import 'maplibre-gl/dist/maplibre-gl.css'
import {
  Map as MapLibre,
  setWorkerUrl,
  type GeoJSONSource,
  type MapMouseEvent,
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
  let palette = readPalette(options.late)
  let query = options.query
  let hidden = options.hidden
  let pointed: readonly Pointed[] = []
  let selected = -1

  const state = (): StyleState => ({
    palette,
    tiles: tilesUrl(query),
    hidden,
    base: `${location.origin}/api/map/base/{z}/{x}/{y}.mvt`,
    selected,
  })
  const map = new MapLibre({
    container: options.container,
    style: buildStyle(state()),
    ...(options.view
      ? { center: [options.view.lon, options.view.lat] as [number, number], zoom: options.view.zoom }
      : options.bounds
        ? {
            bounds: [...options.bounds] as [number, number, number, number],
            fitBoundsOptions: { padding: 48, maxZoom: 15.5 },
          }
        : { center: [119.64, 38.95] as [number, number], zoom: 11 }),
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
  map.touchZoomRotate.disableRotation()
  map.keyboard.disableRotation()
  map.setMissingStyleImageResolver(async (name) => {
    const drawn = drawImage(name, palette, RATIO)
    if (drawn && !map.hasImage(name)) map.addImage(name, drawn, { pixelRatio: RATIO })
  })

  const tell = (): void => {
    const centre = map.getCenter()
    const box = map.getBounds()
    const bounds: Bounds = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()]
    options.onview({ zoom: map.getZoom(), lon: centre.lng, lat: centre.lat }, bounds)
  }
  map.on('load', tell)
  map.on('moveend', tell)
  map.on('error', (event) => {
    if ('sourceId' in event || event.error instanceof TypeError || /fetch|AJAX/i.test(String(event.error)))
      options.onreach(false)
    else console.error(event.error)
  })
  map.on('sourcedata', (event) => {
    if (event.sourceId === FINDINGS && event.tile) options.onreach(true)
  })
  // What is selected may come into sight only now, or with the tiles of another zoom.
  map.on('idle', () => outline())

  const layers = (): string[] => PIN_LAYERS.filter((layer) => map.getLayer(layer))
  const under = (event: MapMouseEvent) => {
    const { x, y } = event.point
    const reach = 6
    return map.queryRenderedFeatures(
      [
        [x - reach, y - reach],
        [x + reach, y + reach],
      ],
      { layers: layers() },
    )[0]
  }
  map.on('click', (event) => {
    const feature = under(event)
    if (!feature) return
    if (feature.layer.id === 'pins') options.onpick({ pin: Number(feature.id) })
    else if (feature.layer.id === 'closed') options.onpick({ finding: String(feature.properties['finding']) })
    else if (feature.geometry.type === 'Point') {
      const [lon = 0, lat = 0] = feature.geometry.coordinates
      if (map.getZoom() > MAX_ZOOM - 0.5) options.onheap({ lon, lat })
      else
        map.easeTo({
          center: [lon, lat],
          zoom: Math.min(MAX_ZOOM, map.getZoom() + 2),
          duration: still.matches ? 0 : 300,
        })
    }
  })
  let hovered: number | null = null
  map.on('mousemove', (event) => {
    const feature = under(event)
    map.getCanvas().style.cursor = feature ? 'pointer' : ''
    const pin = feature?.layer.id === 'pins' ? Number(feature.id) : null
    if (pin === hovered) return
    hovered = pin
    options.onhover(pin)
  })
  map.on('mouseout', () => {
    if (hovered !== null) options.onhover(null)
    hovered = null
  })

  /** Tiles name outlines by small numbers; the one under the selected finding is looked up on the drawn map. */
  function outline(): void {
    const strong = pointed.find((one) => one.strong)?.finding.position
    let next = -1
    if (strong && map.getLayer('compound-fill')) {
      const at = map.project([strong.lon, strong.lat])
      next = Number(map.queryRenderedFeatures(at, { layers: ['compound-fill'] })[0]?.id ?? -1)
      // Out of sight nothing can be asked, and the answer of before still holds.
      if (next === -1 && !map.getBounds().contains([strong.lon, strong.lat])) next = selected
    }
    if (next === selected) return
    selected = next
    restyle()
  }

  function focus(): void {
    const source = map.getSource('focus') as GeoJSONSource | undefined
    if (!source) return
    const features = pointed.flatMap(({ finding, name, strong }) => {
      if (!finding.position) return []
      const at = { type: 'Point' as const, coordinates: [finding.position.lon, finding.position.lat] }
      const size = strong ? 30 : 24
      const icon = imageName.glyph(palette.theme, SEVERITY_CODE[finding.severity], glyphOf(finding), size)
      const feature = (properties: Record<string, unknown>) => ({
        type: 'Feature' as const,
        geometry: at,
        properties,
      })
      const glyph = feature({ icon, offset: [0, 0] })
      if (name === '') return [glyph]
      return [
        glyph,
        feature({ icon: imageName.label(palette.theme, 'tip', name), offset: [0, strong ? 36 : -32] }),
      ]
    })
    void source.setData({ type: 'FeatureCollection', features })
  }

  function restyle(): void {
    if (!map.isStyleLoaded()) return void map.once('idle', restyle)
    map.setStyle(buildStyle(state()), { diff: true })
    focus()
  }
  map.on('styledata', () => {
    if (pointed.length > 0 && map.getSource('focus') && !map.isMoving()) focusOnce()
  })
  let focused = ''
  function focusOnce(): void {
    const key =
      palette.theme + pointed.map((one) => `${one.finding.id}${one.finding.version}${one.strong}`).join()
    if (key === focused) return
    focused = key
    focus()
  }

  return {
    setQuery(next, nothing) {
      if (next === query && nothing === hidden) return
      const moved = next !== query
      query = next
      if (nothing !== hidden) {
        hidden = nothing
        restyle()
      }
      if (moved) (map.getSource(FINDINGS) as VectorTileSource | undefined)?.setTiles([tilesUrl(query)])
    },
    restyle() {
      palette = readPalette(options.late)
      restyle()
    },
    refresh() {
      if (map.getSource(FINDINGS)) map.refreshTiles(FINDINGS)
    },
    point(next) {
      pointed = next
      focusOnce()
      if (next.length === 0) {
        focused = ''
        focus()
      }
      outline()
    },
    fit(bounds) {
      map.fitBounds([...bounds] as [number, number, number, number], {
        padding: 48,
        maxZoom: 15.5,
        animate: !still.matches,
        duration: 300,
      })
    },
    show(at, covered) {
      const { x, y } = map.project([at.lon, at.lat])
      const { clientWidth, clientHeight } = map.getContainer()
      // A drawer as wide as the map leaves nothing to be left of.
      if (covered > clientWidth - 160) covered = 0
      // The lower part holds the legend.
      const seen = x > 40 && x < clientWidth - covered - 40 && y > 40 && y < clientHeight - 140
      if (seen && map.getZoom() >= 13) return
      map.easeTo({
        center: [at.lon, at.lat],
        zoom: Math.max(map.getZoom(), 15.5),
        offset: [-covered / 2, 0],
        duration: still.matches ? 0 : 300,
      })
    },
    zoomBy(steps) {
      map.easeTo({ zoom: map.getZoom() + steps, duration: still.matches ? 0 : 200 })
    },
    resize() {
      map.resize()
    },
    destroy() {
      map.remove()
    },
  }
}

export type { Palette }
