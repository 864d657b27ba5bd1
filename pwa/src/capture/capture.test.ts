import { describe, expect, test } from 'vitest'
import type { Position } from '../db'
import { bestFix, looksMade } from './position.svelte'
import { fit, sniff } from './sniff'
import { markLines } from './watermark'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

describe('pain 51: what a file is, its first bytes say, whatever its name', () => {
  test.each([
    ['\xff\xd8\xff\xe1abcdefgh', 'image/jpeg'],
    ['\x89PNG\r\n\x1a\nabcd', 'image/png'],
    ['RIFFabcdWEBP', 'image/webp'],
    ['\0\0\0\x24ftypheic', 'image/heic'],
    ['\0\0\0\x24ftypmif1', 'image/heic'],
    ['\0\0\0\x24ftypisom', null],
    ['<html><body>', null],
    ['', null],
  ])('%j is %s', (head, mime) => expect(sniff(bytes(head))).toBe(mime))
})

test('a photo is made smaller, never larger', () => {
  expect(fit(4000, 3000, 1600)).toEqual({ width: 1600, height: 1200 })
  expect(fit(3000, 4000, 1600)).toEqual({ width: 1200, height: 1600 })
  expect(fit(88, 64, 1600)).toEqual({ width: 88, height: 64 })
})

describe('watermark', () => {
  const mark = {
    at: '2026-11-20T01:07:32Z',
    street: '青禾街道',
    compound: '汀禾苑',
    place: '3号楼北侧',
    position: { lon: 119.62314, lat: 38.9417, accuracy_m: 6.2 },
    who: '陈巡01',
    unplaced: '未定位',
  }
  test('time, place, degrees with accuracy and name', () => {
    expect(markLines(mark)).toEqual([
      '2026-11-20 09:07:32',
      '青禾街道 汀禾苑 3号楼北侧',
      '119.62314E 38.94170N ±6m 陈巡01',
    ])
  })
  test('without a fix it says so', () => {
    expect(markLines({ ...mark, place: '', position: null }).slice(1)).toEqual([
      '青禾街道 汀禾苑',
      '未定位 陈巡01',
    ])
  })
})

describe('best fix', () => {
  const fix = (second: number, accuracy_m: number): Position => ({
    lon: 119,
    lat: 38,
    accuracy_m,
    captured_at: new Date(second * 1_000).toISOString(),
    source: 'gnss',
    crs: 'wgs84',
  })
  test('the most accurate of the last minute, the newer of two equals', () => {
    expect(bestFix([fix(0, 4), fix(30, 6), fix(50, 6), fix(80, 900)], 85_000)).toEqual(fix(50, 6))
  })
  test('none after a minute in a garage', () => expect(bestFix([fix(0, 4)], 61_000)).toBeNull())
})

describe('a made position', () => {
  const report = (i: number, lon = 119.6): Position => ({
    lon,
    lat: 38.9,
    accuracy_m: 5,
    captured_at: new Date(Date.UTC(2026, 10, 20, 1, 0, i)).toISOString(),
    source: 'gnss',
    crs: 'wgs84',
  })
  test('stays the same to the last bit, however often it is asked', () => {
    expect(looksMade(Array.from({ length: 8 }, (_, i) => report(i)))).toBe(true)
    expect(looksMade(Array.from({ length: 7 }, (_, i) => report(i)))).toBe(false)
  })
  test('pain 9: a receiver at rest is not one, nor is one report that is heard again', () => {
    expect(looksMade(Array.from({ length: 20 }, (_, i) => report(i, 119.6 + i * 1e-8)))).toBe(false)
    expect(looksMade(Array.from({ length: 20 }, () => report(0)))).toBe(false)
  })
})
