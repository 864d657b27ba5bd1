import { describe, expect, test } from 'vitest'
import css from './tokens.css?raw'

function tokens(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(selector))
  const body = block.slice(block.indexOf('{') + 1, block.indexOf('}'))
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((hit) => [hit[1], hit[2]]),
  )
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (hi + 0.05) / (lo + 0.05)
}

const GROUNDS = ['bg', 'surface', 'raised', 'sunken']
const TINTS = ['accent-soft', 'crit-soft', 'major-soft', 'general-soft', 'wait-soft', 'ok-soft']
const MEANINGS = ['ink', 'ink-2', 'accent', 'crit', 'major', 'general', 'wait', 'ok']

describe.each([
  ['light', tokens(':root')],
  ['dark', tokens("[data-theme='dark']")],
])('contrast, %s', (_theme, t) => {
  test.each(MEANINGS)('--%s is readable in the sun (7:1) on every ground and tint', (name) => {
    for (const ground of [...GROUNDS, ...TINTS]) {
      expect(contrast(t[name]!, t[ground]!), `${name} on ${ground}`).toBeGreaterThanOrEqual(7)
    }
  })
  test('--ink-3 is text off the capture path (4.5:1)', () => {
    for (const ground of [...GROUNDS, ...TINTS]) {
      expect(contrast(t['ink-3']!, t[ground]!), ground).toBeGreaterThanOrEqual(4.5)
    }
  })
  test('--line-strong is an edge of a control (3:1)', () => {
    for (const ground of [...GROUNDS, ...TINTS]) {
      expect(contrast(t['line-strong']!, t[ground]!), ground).toBeGreaterThanOrEqual(3)
    }
  })
  test('words on filled buttons', () => {
    expect(contrast(t['on-accent']!, t['accent']!)).toBeGreaterThanOrEqual(7)
    expect(contrast(t['surface']!, t['crit']!)).toBeGreaterThanOrEqual(7)
    expect(contrast(t['surface']!, t['ink']!)).toBeGreaterThanOrEqual(7)
  })
})

/** Every style of the app: the old vendor browsers must understand it. */
const sources = import.meta.glob<string>('/src/**/*.{svelte,css}', {
  query: '?raw',
  eager: true,
  import: 'default',
})

describe('the CSS floor (Chrome 90, Safari 16.4)', () => {
  const LATER =
    /:has\(|@container|container-type|\d(d|s|l)v[hw]\b|color-mix|oklch|oklab|accent-color|backdrop-filter|@layer\b|text-wrap|:modal\b|^\s*(translate|rotate|scale):|\binset-(inline|block)\b/m
  const WEIGHT = /font-weight:\s*(?!400|700|inherit)\S+|font:\s*[1235689]00/

  test.each(Object.entries(sources))('%s', (path, text) => {
    const style = path.endsWith('.css') ? text : text.slice(text.lastIndexOf('<style'))
    if (!path.endsWith('.css') && !text.includes('<style')) return
    const clean = style.replace(/\/\*[\s\S]*?\*\//g, '')
    expect(LATER.exec(clean)?.[0]).toBeUndefined()
    expect(WEIGHT.exec(clean)?.[0], 'two weights: 400 and 700').toBeUndefined()
    expect(/font-style:\s*italic/.test(clean), 'no italics').toBe(false)
    expect(/(^|\s)&[\s:.[]/.test(clean), 'no nesting').toBe(false)
  })
})
