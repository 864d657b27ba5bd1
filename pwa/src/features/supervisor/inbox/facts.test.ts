import { describe, expect, test } from 'vitest'
import type { PhotoDoc } from '../model'
import { factsOf } from './facts'

type Subject = Parameters<typeof factsOf>[0]
const stored = { state: 'stored', flags: [] as string[] } as PhotoDoc
const subject = (more: Partial<Subject> = {}): Subject => ({
  flags: [],
  accuracy_m: 8.6,
  clock_offset_ms: -1_200,
  responsible: 'resident',
  photos: [stored, stored, stored],
  photo_excuses: {},
  ...more,
})
const texts = (more?: Partial<Subject>): string[] => factsOf(subject(more)).map((fact) => fact.text)
const doubts = (more?: Partial<Subject>): string[] =>
  factsOf(subject(more))
    .filter((fact) => fact.doubt)
    .map((fact) => fact.kind)

describe('facts of a report', () => {
  test('an odd position is a remark of its own', () => {
    expect(doubts({ flags: ['suspected_mock', 'impossible_speed', 'gcj_offset'] })).toEqual([
      'odd',
      'odd',
      'odd',
    ])
    expect(texts({ flags: ['gcj_offset'] })).toContain('坐标疑似 GCJ-02，换算后在小区里')
  })

  test('a clean one raises no doubt', () => {
    expect(texts()).toEqual([
      '在小区范围内，精度 ±9 m',
      '手机时钟差 1 秒',
      '原图指纹一致，3 / 3 张',
      '责任人：业主；物业应劝阻、报告',
    ])
    expect(doubts()).toEqual([])
  })

  test.each([
    [{ flags: ['outside_compound'] }, '在小区范围外，精度 ±9 m', 'place'],
    [{ flags: ['needs_pin'] }, '定位误差太大，还没补点位', 'place'],
    [{ flags: ['no_position'], accuracy_m: null }, '没有定位', 'place'],
    [{ flags: ['manual_pin', 'outside_compound'] }, '手工标的点，在小区范围外', 'place'],
    [{ flags: ['clock_skew'], clock_offset_ms: 172_800_000 }, '手机时钟差 2 天', 'clock'],
    [
      { photos: [stored, { ...stored, state: 'expected' as const }] },
      '已收到 1 / 2 张，其余还在路上',
      'photos',
    ],
    [{ photos: [stored, { ...stored, flags: ['photo.not_an_image'] }] }, '有 1 张打不开', 'photos'],
    [{ photo_excuses: { M: '地面湿滑' } }, '拍不到 量尺：地面湿滑', 'missing'],
    [{ flags: ['missing_photo_kind'] }, '按检查项还差照片', 'missing'],
  ] as [Partial<Subject>, string, string][])('%j is said', (more, text, kind) => {
    expect(texts(more)).toContain(text)
    expect(doubts(more)).toContain(kind)
  })
})
