/** The capture path is read in the sun: every colour of its words is one that keeps 7:1 (tokens.test.ts holds those). */
import { describe, expect, test } from 'vitest'
import tokens from '../../ui/tokens.css?raw'

const sources = import.meta.glob<string>(
  [
    '/src/features/inspector/{finding,visit,review,parts}/*.svelte',
    '/src/ui/{CameraDock,PhotoSlot,Button}.svelte',
  ],
  { query: '?raw', eager: true, import: 'default' },
)
/** Proven at 7:1 on every ground and tint, or the pair of a filled control, proven as a pair. */
const READABLE = new Set([
  ...['ink', 'ink-2', 'accent', 'crit', 'major', 'general', 'wait', 'ok'],
  ...['on-accent', 'surface'],
])

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a: string, b: string): number => {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (hi + 0.05) / (lo + 0.05)
}

describe('contrast of the capture path is AAA', () => {
  test.each(Object.entries(sources))('%s', (_path, text) => {
    const style = text.slice(text.lastIndexOf('<style'))
    for (const hit of style.matchAll(/(?<![-\w])color:\s*([^;]+);/g)) {
      const value = hit[1]!.trim()
      const token = /^var\(--([\w-]+)\)$/.exec(value)?.[1]
      const fixed = /^(#fff|inherit|currentColor)$/.test(value) || /^#0e1716$/.test(value)
      expect(fixed || READABLE.has(token ?? ''), `color: ${value}`).toBe(true)
    }
    expect(text.includes('ink-3'), 'quiet ink is not for the field').toBe(false)
  })

  test('white on the dark foot of a photo, over the brightest sky', () => {
    // The foot is at least 82 % of #070b0a: what shines through of white is added to it.
    const mixed = [7, 11, 10].map((part) => Math.round(part * 0.82 + 255 * 0.18))
    const ground = `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`
    expect(contrast('#ffffff', ground)).toBeGreaterThanOrEqual(7)
    expect(tokens).toContain('--accent')
  })
})
