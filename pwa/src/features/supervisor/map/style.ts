/** The style of the map, made from the tokens of the theme: ground, compounds, rings, glyphs. No fonts, no sprite. */
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'
import { imageName, type Palette } from './images'

export const PIN_LAYERS = ['pins', 'closed', 'rings'] as const

/** Names of the two tile sources. */
export const FINDINGS = 'findings'
const BASE = 'base'
/** Where pins begin: below, tiles hold rings alone. */
const PIN_ZOOM = 14

type Expression = ExpressionSpecification
const get = (name: string): Expression => ['get', name]
const text = (expression: Expression): Expression => ['to-string', expression]
const byZoom = (...stops: number[]): Expression =>
  ['interpolate', ['linear'], ['zoom'], ...stops] as Expression

/** Land, water, greenery, roads and street boundaries over a source called `base`. */
export function ground(palette: Palette): LayerSpecification[] {
  const fill = (id: string, colour: string): LayerSpecification => ({
    id,
    type: 'fill',
    source: BASE,
    'source-layer': id,
    paint: { 'fill-color': colour },
  })
  const road = (id: string, width: Expression): LayerSpecification => ({
    id,
    type: 'line',
    source: BASE,
    'source-layer': id,
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': palette.road, 'line-width': width },
  })
  return [
    { id: 'land', type: 'background', paint: { 'background-color': palette.land } },
    fill('green', palette.green),
    fill('water', palette.water),
    road('road_minor', byZoom(12, 0.6, 14, 3, 16, 9, 19, 40)),
    road('road_major', byZoom(10, 0.8, 12, 3, 14, 9, 16, 20, 19, 80)),
    {
      id: 'boundary',
      type: 'line',
      source: BASE,
      'source-layer': 'street',
      paint: {
        'line-color': palette.ink3,
        'line-opacity': 0.45,
        'line-width': 1,
        'line-dasharray': [7, 3, 1, 3],
      },
    },
  ]
}

function compounds(palette: Palette, selected: number): LayerSpecification[] {
  const of = { source: FINDINGS, 'source-layer': 'compounds' } as const
  const level = get('level')
  const chosen: Expression = ['==', ['id'], selected]
  return [
    {
      id: 'compound-fill',
      type: 'fill',
      ...of,
      paint: {
        'fill-color': [
          'case',
          chosen,
          palette.accent,
          ['match', level, 3, palette.critSoft, palette.majorSoft],
        ],
        'fill-opacity': ['case', chosen, 0.16, ['match', level, 3, 0.75, 2, 0.6, 0]],
      },
    },
    {
      id: 'buildings',
      type: 'fill',
      source: FINDINGS,
      'source-layer': 'buildings',
      paint: { 'fill-color': palette.bld },
    },
    {
      id: 'compound-hatch',
      type: 'fill',
      ...of,
      filter: ['all', ['==', level, 3], ['!=', ['id'], selected]],
      paint: { 'fill-pattern': imageName.hatch(palette.theme) },
    },
    {
      id: 'compound-line',
      type: 'line',
      ...of,
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': [
          'case',
          chosen,
          palette.accent,
          [
            'match',
            level,
            3,
            palette.severity.critical,
            2,
            palette.severity.major,
            1,
            palette.severity.major,
            palette.lineStrong,
          ],
        ],
        'line-width': ['case', chosen, 2.8, ['match', level, 3, 2.8, 2, 2.2, 1, 1.1, 0.8]],
        'line-opacity': ['interpolate', ['linear'], ['zoom'], 12, 0.55, 14, 1],
      },
    },
  ]
}

function labels(palette: Palette): LayerSpecification[] {
  const { theme } = palette
  const named = (kind: 'area' | 'place' | 'water'): Expression => [
    'concat',
    imageName.label(theme, kind, ''),
    get('name'),
  ]
  return [
    {
      id: 'street-names',
      type: 'symbol',
      source: BASE,
      'source-layer': 'labels',
      filter: ['==', get('kind'), 'street'],
      minzoom: 11,
      maxzoom: 16,
      layout: { 'icon-image': named('area'), 'icon-padding': 8 },
    },
    {
      id: 'water-names',
      type: 'symbol',
      source: BASE,
      'source-layer': 'labels',
      filter: ['==', get('kind'), 'water'],
      minzoom: 11,
      layout: { 'icon-image': named('water'), 'icon-padding': 8 },
    },
    {
      id: 'compound-names',
      type: 'symbol',
      source: FINDINGS,
      'source-layer': 'names',
      minzoom: 15.4,
      layout: { 'icon-image': named('place'), 'icon-padding': 2, 'symbol-sort-key': ['-', 0, get('n')] },
    },
  ]
}

function findings(palette: Palette, hidden: boolean): LayerSpecification[] {
  const { theme } = palette
  const progress: Expression = [
    'case',
    ['boolean', get('o'), false],
    'overdue',
    ['==', get('p'), 1],
    'replied',
    'open',
  ]
  const glyph = (severity: Expression, state: Expression | string): Expression => [
    'concat',
    `glyph|${theme}|`,
    text(severity),
    '|',
    state,
    '|20',
  ]
  const always = { 'icon-allow-overlap': true, 'icon-ignore-placement': true } as const
  const visibility = hidden ? 'none' : 'visible'
  return [
    {
      id: 'closed',
      type: 'symbol',
      source: FINDINGS,
      'source-layer': 'closed',
      minzoom: PIN_ZOOM,
      layout: { visibility, 'icon-image': glyph(get('s'), 'closed'), ...always },
    },
    {
      id: 'pins',
      type: 'symbol',
      source: FINDINGS,
      'source-layer': 'pins',
      minzoom: PIN_ZOOM,
      layout: {
        visibility,
        'icon-image': glyph(get('s'), progress),
        'symbol-sort-key': ['+', get('s'), ['case', ['boolean', get('o'), false], 3, 0]],
        ...always,
      },
    },
    {
      id: 'rings',
      type: 'symbol',
      source: FINDINGS,
      'source-layer': 'clusters',
      layout: {
        visibility,
        'icon-image': [
          'concat',
          `ring|${theme}|`,
          text(get('n')),
          '|',
          text(get('c')),
          '|',
          text(get('m')),
          '|',
          text(get('o')),
        ],
        'symbol-sort-key': get('n'),
        ...always,
      },
    },
    {
      id: 'focus',
      type: 'symbol',
      source: 'focus',
      layout: { 'icon-image': get('icon'), 'icon-offset': get('offset'), ...always },
    },
  ]
}

export interface StyleState {
  palette: Palette
  /** Address of the findings' tiles with the filters in it. */
  tiles: string
  /** Nothing passes the filters: compounds stay, findings are not drawn. */
  hidden: boolean
  base: string
  /** Id of the outline that is selected, -1 for none. */
  selected: number
}

/** The whole style for a state; MapLibre takes over only what differs from the one before. */
export function buildStyle({ palette, tiles, hidden, base, selected }: StyleState): StyleSpecification {
  return {
    version: 8,
    sources: {
      [BASE]: { type: 'vector', tiles: [base], minzoom: 8, maxzoom: 16 },
      [FINDINGS]: { type: 'vector', tiles: [tiles], minzoom: 8, maxzoom: 18 },
      focus: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    },
    layers: [
      ...ground(palette),
      ...compounds(palette, selected),
      ...labels(palette),
      ...findings(palette, hidden),
    ],
  }
}
