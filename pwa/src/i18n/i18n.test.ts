import { afterEach, describe, expect, test } from 'vitest'
import * as d from './dates'
import { en } from './en'
import { language, m, setLanguage } from './index.svelte'
import { problemText } from './problems'
import { spaced } from './text'
import { zh } from './zh'

/** `path: kind` of every leaf; functions with the number of their parameters. */
function leaves(value: unknown, path = ''): string[] {
  if (typeof value === 'function') return [`${path}: function/${value.length}`]
  if (Array.isArray(value)) return [`${path}: array/${value.length}`]
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, child]) => leaves(child, `${path}.${key}`))
  }
  return [`${path}: ${typeof value}`]
}

/** A text with numbers in it, or with words where it does something that only words can. */
function spoken(text: (...a: unknown[]) => string): string {
  try {
    return text(3, 4, 5)
  } catch {
    return text('three', 'four', 'five')
  }
}

/** Every text of the Chinese dictionary, functions called with numbers and names. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'function') return [spoken(value as (...a: unknown[]) => string)]
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(texts)
  return []
}

afterEach(() => setLanguage('zh'))

describe('dictionary', () => {
  test('English has the same keys, parameters and lists', () => {
    expect(leaves(en).sort()).toEqual(leaves(zh).sort())
  })

  test('no text is empty', () => {
    for (const dictionary of [zh, en]) {
      for (const text of texts(dictionary)) expect(text.trim()).not.toBe('')
    }
  })

  test.each(texts(zh))('house style: %s', (text) => {
    expect(text).not.toMatch(/请勿|用户|！|!|确定$/)
    expect(text, 'full-width punctuation').not.toMatch(/[\u4e00-\u9fff][,;:?]/)
  })

  test('the language changes, and back', async () => {
    await setLanguage('en')
    expect([language(), m.common.save, document.documentElement.lang]).toEqual(['en', 'Save', 'en'])
    await setLanguage('zh')
    expect([m.common.save, document.documentElement.lang]).toEqual(['保存', 'zh-CN'])
  })
})

describe('problems', () => {
  test('by code, else by status, else by kind', () => {
    expect(problemText({ code: 'storage.full' })).toContain('空间满了')
    expect(problemText({ code: 'nobody.knows', status: 403 })).toBe(zh.problems['status.403'])
    expect(problemText({ code: 'nobody.knows', status: 507 })).toBe(zh.problems['status.500'])
    expect(problemText({ code: 'nobody.knows', status: 418 })).toBe(zh.problems['status.400'])
  })
})

const errors = import.meta.glob<string>('../../../server/**/{errors,problems}.py', {
  query: '?raw',
  eager: true,
  import: 'default',
})

test('every problem of the server has a sentence of its own', () => {
  const codes = Object.values(errors).flatMap((text) =>
    [...text.matchAll(/code, status, title = "([\w.]+)"/g)].map((hit) => hit[1]!),
  )
  expect(codes.length).toBeGreaterThan(20)
  expect(codes.filter((code) => !(code in zh.problems))).toEqual([])
})

describe('dates', () => {
  const now = '2026-11-20T09:26:00+08:00'
  const due = '2026-11-21T11:00:00+08:00'

  test('days in words, with the year only when it is another', () => {
    expect(d.dayTime(due, now)).toBe('明天 11:00')
    expect(d.dueText(due, now)).toBe('明天 11:00 前')
    expect(d.dayWord(now, now)).toBe('今天')
    expect(d.dayWord('2026-11-19T23:59:00+08:00', now)).toBe('昨天')
    expect(d.dateWeekday(now, now)).toBe('11月20日 周五')
    expect(d.dateText('2027-01-04T18:00:00+08:00', now)).toBe('2027年1月4日')
    expect(d.dayTime('2026-12-07T18:00:00+08:00', now)).toBe('12月7日 18:00')
  })

  test('tomorrow begins at midnight in Shanghai, not in London', () => {
    expect(d.dayWord('2026-11-20T16:30:00Z', '2026-11-20T15:30:00Z')).toBe('明天')
  })

  test('time left and time passed', () => {
    expect(d.leftLong(due, '2026-11-20T14:40:00+08:00')).toBe('剩 20 小时 20 分')
    expect(d.leftLong(due, '2026-11-18T10:00:00+08:00')).toBe('剩 3 天')
    expect(d.leftLong(due, '2026-11-23T10:00:00+08:00')).toBe('已过 1 天 23 小时')
    expect(d.leftShort(due, '2026-11-21T10:42:00+08:00')).toBe('剩 18 分')
    expect(d.leftShort(due, '2026-11-23T10:00:00+08:00')).toBe('逾期 2 天')
    expect(d.leftShort(due, '2026-11-21T16:30:00+08:00')).toBe('逾期 5 小时')
  })

  test('contact with the server', () => {
    const at = Date.parse(now)
    expect(d.contactText(at - 2_000, at)).toBe('刚刚联系上')
    expect(d.contactText(at - 12_000, at)).toBe('12 秒前')
    expect(d.contactText(at - 5 * 60_000, at)).toBe('5 分钟前')
    expect(d.contactText(Date.parse('2026-11-20T08:41:00+08:00'), at)).toBe('最后联系 08:41')
    expect(d.contactText(null, at)).toBe('还没联系上')
  })

  test('stamps', () => {
    expect(d.stamp('2026-11-20T01:07:32Z')).toBe('11-20 09:07')
    expect(d.fullStamp('2026-11-20T01:07:32Z')).toBe('2026-11-20 09:07:32')
  })
})

describe('spaced', () => {
  test.each([
    ['3号楼北侧', '3 号楼北侧'],
    ['石墩4个，净宽1.6米', '石墩 4 个，净宽 1.6 米'],
    ['澄住建物改〔2026〕第37号', '澄住建物改〔2026〕第37号'],
    ['11月20日', '11月20日'],
    ['自11月20日起15日内', '自 11月20日起 15 日内'],
    ['第3号楼', '第 3 号楼'],
    ['2027年1月4日18:00', '2027年1月4日 18:00'],
    ['定位±6 m', '定位 ±6 m'],
  ])('%s', (raw, shown) => expect(spaced(raw)).toBe(shown))
})
