/**
 * The pictures of the map, drawn on a canvas when a tile first needs them: glyphs, rings, labels, the hatch. Their
 * names say everything that is drawn, so that no font and no sprite has to be fetched, and a theme has its own set.
 */
import { SHAPES, type Progress, type Severity } from '../../../ui'

export interface Palette {
  theme: 'light' | 'dark'
  font: string
  surface: string
  ink: string
  ink2: string
  ink3: string
  line: string
  lineStrong: string
  accent: string
  land: string
  water: string
  green: string
  road: string
  bld: string
  severity: Record<Severity, string>
  critSoft: string
  majorSoft: string
  onCrit: string
  /** 逾 6, in the language of the screen. */
  late: (n: number) => string
}

export interface Drawn {
  width: number
  height: number
  data: Uint8ClampedArray
}

const TOKENS = {
  surface: '--surface',
  ink: '--ink',
  ink2: '--ink-2',
  ink3: '--ink-3',
  line: '--line',
  lineStrong: '--line-strong',
  accent: '--accent',
  land: '--land',
  water: '--water',
  green: '--green',
  road: '--road',
  bld: '--bld',
  critSoft: '--crit-soft',
  majorSoft: '--major-soft',
} as const

/** The colours of the theme that the document shows now. */
export function readPalette(late: (n: number) => string): Palette {
  const style = getComputedStyle(document.documentElement)
  const read = (token: string): string => style.getPropertyValue(token).trim()
  const colours = Object.fromEntries(Object.entries(TOKENS).map(([name, token]) => [name, read(token)]))
  return {
    ...(colours as Record<keyof typeof TOKENS, string>),
    theme: document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light',
    font: read('--font'),
    severity: { critical: read('--crit'), major: read('--major'), general: read('--general') },
    onCrit: read('--surface'),
    late,
  }
}

/** Severities at the index of their code in the tiles. */
export const SEVERITY_OF = ['general', 'major', 'critical'] as const
const PROGRESS: readonly Progress[] = ['open', 'replied', 'overdue', 'closed']

/** Names of pictures. The theme comes second, so that a change of theme asks for new ones. */
export const imageName = {
  glyph: (theme: string, severity: number, progress: Progress, size = 20) =>
    `glyph|${theme}|${severity}|${progress}|${size}`,
  label: (theme: string, kind: 'area' | 'place' | 'water' | 'tip', text: string) =>
    `label|${theme}|${kind}|${text}`,
  hatch: (theme: string) => `hatch|${theme}`,
}

function canvas(width: number, height: number, ratio: number): CanvasRenderingContext2D {
  const element = document.createElement('canvas')
  element.width = Math.ceil(width * ratio)
  element.height = Math.ceil(height * ratio)
  const context = element.getContext('2d', { willReadFrequently: true })!
  context.scale(ratio, ratio)
  return context
}

function finished(context: CanvasRenderingContext2D): Drawn {
  const { width, height } = context.canvas
  return { width, height, data: context.getImageData(0, 0, width, height).data }
}

function glyph(palette: Palette, severity: Severity, progress: Progress, size: number, ratio: number): Drawn {
  const halo = 3
  const box = size + 2 * halo + 2
  const context = canvas(box, box, ratio)
  const scale = size / 24
  context.translate(halo + 1, halo + 1)
  context.scale(scale, scale)
  context.lineJoin = 'round'
  context.lineCap = 'round'
  const shape = SHAPES[severity]
  const outline = new Path2D(shape.outline)
  const colour = progress === 'closed' ? palette.ink3 : palette.severity[severity]
  const line = Math.max(2, 1.5 / scale)
  context.strokeStyle = palette.surface
  context.fillStyle = palette.surface
  context.lineWidth = line + (2 * halo) / scale
  context.stroke(outline)
  context.fill(outline)
  context.strokeStyle = colour
  context.fillStyle = colour
  context.lineWidth = line
  context.stroke(outline)
  if (progress === 'open') context.fill(outline)
  else if (progress === 'replied') context.fill(new Path2D(shape.left))
  else if (progress === 'overdue') context.fill(new Path2D(shape.core))
  else context.stroke(new Path2D(shape.check))
  return finished(context)
}

/** Radius of a ring in px: by steps, so that neighbours can be compared. */
export function ringRadius(n: number): number {
  return n < 10 ? 15 : n < 25 ? 18 : n < 60 ? 22 : n < 150 ? 27 : 32
}

/** Arcs of a ring as [severity, from, to] in turns, clockwise from the top; sizes are true shares of `n`. */
export function ringArcs(n: number, critical: number, major: number): [Severity, number, number][] {
  const arcs: [Severity, number, number][] = [
    ['critical', 0, critical / n],
    ['major', critical / n, (critical + major) / n],
    ['general', (critical + major) / n, 1],
  ]
  return arcs.filter(([, from, to]) => to - from > 1e-9)
}

const ARC_WIDTH: Record<Severity, number> = { critical: 6, major: 4.5, general: 2.5 }

function ring(
  palette: Palette,
  n: number,
  critical: number,
  major: number,
  late: number,
  ratio: number,
): Drawn {
  const radius = ringRadius(n)
  const half = radius + 30
  const context = canvas(2 * half, 2 * half, ratio)
  context.translate(half, half)
  context.beginPath()
  context.arc(0, 0, radius + 4, 0, 2 * Math.PI)
  context.fillStyle = palette.surface
  context.fill()
  for (const [severity, from, to] of ringArcs(n, critical, major)) {
    const start = -Math.PI / 2 + from * 2 * Math.PI
    context.beginPath()
    context.arc(0, 0, radius - ARC_WIDTH[severity] / 2 + 1, start, start + (to - from) * 2 * Math.PI)
    context.strokeStyle = palette.severity[severity]
    context.lineWidth = ARC_WIDTH[severity]
    context.stroke()
  }
  context.fillStyle = palette.ink
  context.font = `700 ${n > 999 ? 12 : radius < 18 ? 13 : 15}px ${palette.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(String(n), 0, 1)
  if (late > 0) badge(context, palette, palette.late(late), radius)
  return finished(context)
}

function badge(context: CanvasRenderingContext2D, palette: Palette, text: string, radius: number): void {
  context.font = `700 12px ${palette.font}`
  const width = context.measureText(text).width + 9
  const x = radius * 0.5
  const y = -radius - 9
  box(context, x - 1.5, y - 1.5, width + 3, 21, 5, palette.surface)
  box(context, x, y, width, 18, 4, palette.severity.critical)
  context.fillStyle = palette.onCrit
  context.textAlign = 'left'
  context.fillText(text, x + 4.5, y + 9.5)
}

function box(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  corner: number,
  colour: string,
): void {
  context.beginPath()
  context.moveTo(x + corner, y)
  context.arcTo(x + width, y, x + width, y + height, corner)
  context.arcTo(x + width, y + height, x, y + height, corner)
  context.arcTo(x, y + height, x, y, corner)
  context.arcTo(x, y, x + width, y, corner)
  context.closePath()
  context.fillStyle = colour
  context.fill()
}

const LABELS = {
  area: { size: 15, weight: 700, spacing: 3 },
  place: { size: 12, weight: 400, spacing: 0 },
  water: { size: 14, weight: 400, spacing: 3 },
  tip: { size: 13, weight: 700, spacing: 0 },
} as const

function label(palette: Palette, kind: keyof typeof LABELS, text: string, ratio: number): Drawn {
  const { size, weight, spacing } = LABELS[kind]
  const font = `${weight} ${size}px ${palette.font}`
  const probe = canvas(1, 1, 1)
  probe.font = font
  // Letterspacing by hand: canvas has it only in newer browsers.
  const letters = [...text]
  const widths = letters.map((letter) => probe.measureText(letter).width + spacing)
  const width = spacing > 0 ? widths.reduce((sum, one) => sum + one, 0) : probe.measureText(text).width
  const pad = kind === 'tip' ? 10 : 4
  const context = canvas(width + 2 * pad, size + 14, ratio)
  context.font = font
  context.textBaseline = 'middle'
  if (kind === 'tip') box(context, 0, 0, width + 2 * pad, size + 14, 5, palette.ink)
  const draw = (how: 'strokeText' | 'fillText'): void => {
    if (spacing === 0) return context[how](text, pad, size / 2 + 7.5)
    let x = pad
    letters.forEach((letter, i) => {
      context[how](letter, x, size / 2 + 7.5)
      x += widths[i]!
    })
  }
  if (kind !== 'tip') {
    context.lineJoin = 'round'
    context.lineWidth = 4
    context.strokeStyle = kind === 'water' ? palette.water : palette.land
    draw('strokeText')
  }
  context.fillStyle = kind === 'tip' ? palette.surface : kind === 'area' ? palette.ink2 : palette.ink3
  draw('fillText')
  return finished(context)
}

function hatch(palette: Palette, ratio: number): Drawn {
  const size = 8
  const context = canvas(size, size, ratio)
  context.strokeStyle = palette.severity.critical
  context.globalAlpha = 0.45
  context.lineWidth = 1
  context.beginPath()
  for (const shift of [-size, 0, size]) {
    context.moveTo(shift - 1, size + 1)
    context.lineTo(shift + size + 1, -1)
  }
  context.stroke()
  return finished(context)
}

/** Draws the picture with this name; null for a name that is none of ours. */
export function drawImage(name: string, palette: Palette, ratio: number): Drawn | null {
  const [what, , first = '', ...rest] = name.split('|')
  if (what === 'hatch') return hatch(palette, ratio)
  if (what === 'label') return label(palette, first as keyof typeof LABELS, rest.join('|'), ratio)
  if (what === 'glyph') {
    const severity = SEVERITY_OF[Number(first)]
    const progress = PROGRESS.find((one) => one === rest[0])
    return severity && progress ? glyph(palette, severity, progress, Number(rest[1] ?? 20), ratio) : null
  }
  if (what === 'ring') {
    const [critical, major, late] = rest.map(Number)
    return ring(palette, Number(first), critical ?? 0, major ?? 0, late ?? 0, ratio)
  }
  return null
}
