import { describe, expect, test } from 'vitest'
import type { CatalogueItem, CompoundDoc, FindingDoc } from '../../../domain/documents'
import { byDistance, sameNearby } from '../visit/nearby'
import { groupsOf, ticksOf } from '../visit/groups'
import { checks, photosThatFit, type Facts } from '../../../domain/readiness'
import { assignKinds, missingKinds } from './drafts'
import { likelyDue } from './likely'
import { around, project } from './plan'
import { explained, searchItems } from './search'
import { placeWords } from './spot'
import {
  countOpen,
  findingView,
  isReviewable,
  progressOf,
  tally,
  visitView,
  walk,
  type FindingView,
} from './views'

const item = (
  code: string,
  short_name: string,
  short_pinyin: string,
  more: Partial<CatalogueItem> = {},
): CatalogueItem => ({
  code,
  group: code.slice(0, 2),
  name: short_name,
  name_en: short_name,
  short_name,
  pinyin: short_pinyin,
  short_pinyin,
  severity: 'general',
  parties: ['firm'],
  deadline: [],
  photos: [],
  requirement: '',
  ...more,
})
const LANE = item('FP-01', '机动车占用消防车通道', 'jdczyxfctd', { severity: 'critical' })
const BLOCKED = item('FP-02', '固定障碍物封堵消防车通道', 'gdzawfdxfctd', {
  severity: 'critical',
  name: '固定障碍物（地桩、石墩、道闸锁闭）封堵消防车通道',
  pinyin: 'gdzawdzsddzsbfdxfctd',
})
const WIRE = item('EB-01', '飞线充电', 'fxcd')
const LOG = item('EL-03', '维保记录超15日', 'wbjlc15r')
const ALL = [LANE, BLOCKED, WIRE, LOG]
const found = (query: string, used = {}): string[] =>
  searchItems(ALL, query, used).map(({ item: each, mark }) =>
    `${each.code} ${mark ? each.short_name.slice(...mark) : ''}`.trim(),
  )

describe('searching an item', () => {
  test('initials fit whole characters, wherever they stand', () => {
    expect(found('xfc')).toEqual(['FP-01 消防车', 'FP-02 消防车'])
    expect(found('fxcd')).toEqual(['EB-01 飞线充电'])
    expect(found('c15')).toEqual(['EL-03 超15'])
  })
  test('Hanzi and codes, with and without a dash', () => {
    expect(found('飞线')).toEqual(['EB-01 飞线'])
    expect(found('fp02')).toEqual(['FP-02'])
    expect(found('FP-0')).toEqual(['FP-01', 'FP-02'])
    expect(found('地桩')).toEqual(['FP-02'])
    expect(found('no such')).toEqual([])
  })
  test('the most used comes first; without a query all are offered', () => {
    expect(found('xfc', { 'FP-02': 3 })[0]).toBe('FP-02 消防车')
    expect(found('', { 'EB-01': 2 })).toEqual(['EB-01', 'FP-01', 'FP-02', 'EL-03'])
  })
  test('what the brackets say stands below', () => {
    expect([explained(BLOCKED), explained(WIRE)]).toEqual(['地桩、石墩、道闸锁闭', ''])
  })
})

describe('photos that an item asks for', () => {
  const need = { photos: [{ kind: 'O' }, { kind: 'C' }, { kind: 'V' }] } as Pick<CatalogueItem, 'photos'>
  test('a video is asked for like the rest, and can be excused', () => {
    const overview = [{ kind: 'O' as const, captured_at: '2026-11-20T01:00:00Z' }]
    expect(missingKinds(need, overview, {})).toEqual(['C', 'V'])
    expect(missingKinds(need, overview, { C: '太暗', V: '录不了' })).toEqual([])
    expect(missingKinds(undefined, [], {})).toEqual([])
  })
  test('no still becomes a video, and no video a still', () => {
    const kinds = assignKinds(
      [
        { id: 'film', kind: 'V' },
        { id: 'a', kind: 'O' },
        { id: 'b', kind: 'O' },
        { id: 'c', kind: 'O' },
      ],
      need,
    )
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        ['film', 'V'],
        ['a', 'O'],
        ['b', 'C'],
        ['c', 'O'],
      ]),
    )
    expect(
      assignKinds([{ id: 'film', kind: 'V' }], { photos: [{ kind: 'O' }] } as typeof need).get('film'),
    ).toBe('V')
  })
  test('photos taken before the item was known fill what it asks for, in order', () => {
    const kinds = assignKinds(
      [
        { id: 'a', kind: 'O' },
        { id: 'b', kind: 'O' },
        { id: 'c', kind: 'O' },
      ],
      need,
    )
    expect([...kinds]).toEqual([
      ['a', 'O'],
      ['b', 'C'],
      ['c', 'O'],
    ])
  })
  test('a kind that somebody took on purpose stays', () => {
    expect(
      assignKinds(
        [
          { id: 'a', kind: 'C' },
          { id: 'b', kind: 'C' },
        ],
        need,
      ).get('b'),
    ).toBe('O')
    expect(assignKinds([{ id: 'a', kind: 'M' }], undefined).get('a')).toBe('M')
  })
})

describe('where', () => {
  const square = (west: number, south: number): number[][] => [
    [west, south],
    [west + 0.0004, south],
    [west + 0.0004, south + 0.0002],
    [west, south + 0.0002],
    [west, south],
  ]
  const compound: Pick<CompoundDoc, 'building_outlines' | 'building_names'> = {
    building_outlines: {
      type: 'MultiPolygon',
      coordinates: [[square(119.622, 38.941)], [square(119.624, 38.941)]],
    },
    building_names: ['3号楼', '5号楼'],
  }
  test.each([
    [{ lon: 119.6222, lat: 38.9411 }, '3号楼'],
    [{ lon: 119.6222, lat: 38.9414 }, '3号楼北侧'],
    [{ lon: 119.6222, lat: 38.9408 }, '3号楼南侧'],
    [{ lon: 119.6219, lat: 38.9411 }, '3号楼西侧'],
    [{ lon: 119.6246, lat: 38.9413 }, '5号楼东北侧'],
    [{ lon: 119.63, lat: 38.95 }, ''],
  ])('%o is %s', (at, words) => expect(placeWords(compound, at)).toBe(words))

  test('the plan goes there and back', () => {
    const to = project(around({ lon: 119.62, lat: 38.94 }, 50), 100, 100, 0)
    expect([to.x(119.62), to.y(38.94)]).toEqual([50, 50])
    const back = to.back(80, 20)
    expect(to.x(back.lon)).toBeCloseTo(80, 6)
    expect(to.y(back.lat)).toBeCloseTo(20, 6)
    expect(to.scale).toBeCloseTo(1, 2)
  })
})

describe('the likely deadline', () => {
  const now = Date.parse('2026-11-20T09:07:00+08:00')
  const due = (n: number, unit: 'now' | 'hour' | 'day' | 'workday'): string | null => {
    const at = likelyDue(
      [
        { stage: 'stop', n: 0, unit: 'now' },
        { stage: 'fix', n, unit },
      ],
      now,
    ).due
    return at === null ? null : new Date(at + 8 * 3_600_000).toISOString().slice(5, 16)
  }
  test('hours run from service, about an hour from now', () => expect(due(24, 'hour')).toBe('11-21T11:00'))
  test('at once has no date', () => expect(due(0, 'now')).toBeNull())
  test('a day of rest is not the last one', () => {
    expect(due(15, 'day')).toBe('12-07T18:00')
    expect(due(3, 'workday')).toBe('11-25T18:00')
  })
})

const finding = (more: Partial<FindingView> = {}): FindingView =>
  ({
    id: 'f1',
    severity: 'major',
    progress: 'open',
    overdue: false,
    item_code: 'FP-01',
    position: { lon: 119.62, lat: 38.94 },
    actions: [],
    unsent: false,
    ...more,
  }) as FindingView

describe('views', () => {
  test('own words lie on top of the server’s, answers line by line', () => {
    const row = { id: 'v1', round_id: null, compound_id: 'k', state: 'arrived', started_at: null }
    const data = { answers: { 'FP-01': 'pass', 'EB-03': 'pass' }, seq: 3, state: 'planned' }
    const view = visitView({ ...row, data, local: { state: 'arrived', answers: { 'FP-01': 'fail' } } })
    expect([view.seq, view.state, view.answers]).toEqual([3, 'arrived', { 'FP-01': 'fail', 'EB-03': 'pass' }])
    expect(visitView({ ...row, data: null, local: undefined }).answers).toEqual({})
    const own = findingView({
      id: 'f',
      compound_id: 'k',
      visit_id: null,
      state: 's',
      unsent: 1,
      updated_at: '',
      data: { place: 'a', text: 'b' } as unknown as FindingDoc,
      local: { place: 'c' },
    })
    expect([own.place, own.text, own.unsent]).toEqual(['c', 'b', true])
  })
  test('late beats answered, closed beats late', () => {
    expect(progressOf(finding({ progress: 'replied', overdue: true }))).toBe('overdue')
    expect(progressOf(finding({ progress: 'closed', overdue: true }))).toBe('closed')
    expect(progressOf(finding({ progress: 'replied' }))).toBe('replied')
  })
  test('a verdict that waits for the server is not asked for again', () => {
    expect(isReviewable(finding({ actions: ['pass_review'] }))).toBe(true)
    expect(isReviewable(finding({ actions: ['pass_review'], review: { passed: true, at: '' } }))).toBe(false)
    expect(isReviewable(finding())).toBe(false)
  })
  test('counts leave out what is closed', () => {
    const all = [finding(), finding({ severity: 'critical', overdue: true }), finding({ progress: 'closed' })]
    expect(countOpen(all)).toEqual({ critical: 1, major: 1, general: 0, overdue: 1, open: 2 })
  })
  test('walking', () => {
    expect([walk(320), walk(1_100), walk(1_425), walk(10)].map((w) => `${w.distance} ${w.minutes}`)).toEqual([
      '320 m 4',
      '1.1 km 15',
      '1.4 km 19',
      '10 m 1',
    ])
  })
})

describe('nearby', () => {
  const at = { lon: 119.62, lat: 38.94 }
  test('nearest first, what has no position last, what is closed not at all', () => {
    const all = [
      finding({ id: 'none', position: null }),
      finding({ id: 'far', position: { lon: 119.6205, lat: 38.94 } }),
      finding({ id: 'near' }),
      finding({ id: 'closed', progress: 'closed' }),
    ]
    expect(byDistance(all, at).map(({ finding: each, metres }) => [each.id, metres])).toEqual([
      ['near', 0],
      ['far', 43],
      ['none', null],
    ])
  })
  test('the same item within 50 m may be the same thing', () => {
    const all = [finding(), finding({ id: 'f2', item_code: 'EB-01' }), finding({ id: 'me' })]
    expect(sameNearby(all, 'FP-01', at, 'me').map(({ finding: each }) => each.id)).toEqual(['f1'])
    expect(sameNearby(all, 'FP-01', null, 'me')).toEqual([])
  })
})

describe('checklist', () => {
  const line = (code: string) => ({ code, text: code, text_en: code, items: [code] })
  const list = {
    id: 'l',
    set_code: 'CK',
    version: '1',
    name: '',
    items: ['ES-01', 'FP-01', 'FP-05'].map(line),
  }
  const groups = [
    { code: 'FP', name: '消防通道', short_name: '消防', name_en: 'Fire', walk: 1 },
    { code: 'ES', name: '环境', short_name: '环境', name_en: 'Clean', walk: 5 },
  ]
  test('unfinished groups in walking order, answered ones apart', () => {
    const { open, done } = groupsOf(list, groups, { 'ES-01': 'pass', 'FP-05': 'fail' }, 'zh')
    expect(open.map((g) => [g.name, g.answered, g.failed])).toEqual([['消防', 1, 1]])
    expect(done.map((g) => g.name)).toEqual(['环境'])
    expect(ticksOf(open[0]!, { 'FP-05': 'fail' })).toEqual(['fail', 'todo'])
  })
  test('answers to lines of another version do not count', () => {
    expect(tally(list, { 'FP-01': 'fail', 'XX-99': 'pass' })).toEqual({ answered: 1, failed: 1, of: 3 })
    expect(tally(undefined, { 'FP-01': 'fail' }).of).toBe(0)
  })
})

describe('readiness', () => {
  const fine: Facts = {
    now: 0,
    expiresAt: new Date(30 * 86_400_000).toISOString(),
    signedIn: true,
    signedInAt: null,
    secure: true,
    persisted: true,
    free: 5e9,
    compounds: 7,
    checklists: 8,
    installed: true,
    ios: false,
    outlines: 5,
    clockOffset: 500,
    old: 0,
    location: 'granted',
    baseMap: null,
  }
  const levels = (more: Partial<Facts>): string[] =>
    checks({ ...fine, ...more })
      .filter((c) => c.level !== 'ok')
      .map((c) => `${c.name} ${c.level}`)
  test.each([
    [{}, []],
    [{ signedIn: false }, ['session stop']],
    [{ expiresAt: new Date(3_600_000).toISOString() }, ['session warn']],
    // A phone that dies within half a minute of signing in has lost its cookie; afterwards it has not.
    [{ now: 30_000, signedInAt: new Date(0).toISOString() }, ['session warn']],
    [{ now: 40_000, signedInAt: new Date(0).toISOString() }, []],
    [{ now: 0, signedInAt: new Date(86_400_000).toISOString() }, []],
    [{ compounds: 0 }, ['data stop']],
    [{ free: 10e6 }, ['space stop']],
    [{ free: 60e6 }, ['space warn']],
    [{ free: null }, []],
    [{ persisted: false }, ['storage warn']],
    [{ secure: false }, ['storage stop']],
    [{ clockOffset: -600_000 }, ['clock warn']],
    [{ old: 2, location: 'denied' as const }, ['queue warn', 'place warn']],
  ])('%o → %o', (more, expected) => expect(levels(more)).toEqual(expected))
  test('what stops comes first', () => expect(levels({ old: 1, compounds: 0 })[0]).toBe('data stop'))
  test('a number that one can read', () =>
    expect([photosThatFit(5e9), photosThatFit(200e6), photosThatFit(9e6)]).toEqual([8_300, 330, 15]))
})
