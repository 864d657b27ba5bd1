import { describe, expect, test } from 'vitest'
import type { OutboxRow } from '../../db'
import {
  failedReview,
  firstOpen,
  inOrder,
  sentence,
  tally,
  turns,
  viewOf,
  views,
  type CasePhoto,
  type ItemDoc,
  type NoticeDoc,
  NOTHING_ASKED,
} from './model'

const NOW = Date.parse('2026-11-20T14:40:00+08:00')

const item = (n: number, change: Partial<ItemDoc> = {}): ItemDoc => ({
  ...NOTHING_ASKED,
  id: `i${n}`,
  finding_id: `f${n}`,
  seq: n,
  item_code: 'FP-02',
  item_name: '固定障碍物（地桩、石墩、道闸锁闭）封堵消防车通道',
  severity: 'critical',
  place: '3号楼北侧',
  text: '石墩4个',
  legal_basis: '《中华人民共和国消防法》第二十八条',
  requirement: '清除石墩',
  term: 24,
  unit: 'hour',
  printed_due_at: '2026-11-21T11:00:00+08:00',
  due_at: '2026-11-21T11:00:00+08:00',
  provisional: false,
  state: 'pending',
  responses: [],
  reviews: [],
  ...change,
})

const notice = (id: string, items: ItemDoc[], change: Partial<NoticeDoc> = {}): NoticeDoc => ({
  id,
  number: `澄住建物改〔2026〕第${id}号`,
  document_type: 'N2',
  order_no: 1,
  previous_id: null,
  organisation: { id: 'o', name: '澄湖区住房和城乡建设局' },
  firm: { id: 'w', name: '澄湖某物业' },
  compound: { id: 'c', name: '汀禾苑' },
  state: 'acknowledged',
  issued_at: '2026-11-20T10:40:00+08:00',
  acknowledged_at: '2026-11-20T11:00:00+08:00',
  voided_at: null,
  service: {
    state: 'served',
    serve_by: '2026-11-25T18:00:00+08:00',
    served_at: '2026-11-20T11:00:00+08:00',
    method: 'electronic',
    opened_at: '2026-11-20T11:00:00+08:00',
    acknowledged_at: '2026-11-20T11:00:00+08:00',
    acts: [],
  },
  receipt: null,
  contact: '',
  contact_phone: '',
  verify_url: '/v/x',
  items,
  ...change,
})

let seq = 0
const command = (kind: string, body: Record<string, unknown>, change: Partial<OutboxRow> = {}): OutboxRow =>
  ({
    id: `cmd${++seq}`,
    seq,
    user_id: 'u',
    command: kind,
    subject_id: 'x',
    body,
    created_at: '2026-11-20T14:00:00+08:00',
    attempts: 0,
    next_try_at: null,
    state: 'queued',
    problem: null,
    ...change,
  }) as OutboxRow

const NAME = (each: ItemDoc): string => each.item_name
const see = (doc: NoticeDoc, rows: OutboxRow[] = [], follower: NoticeDoc | null = null) =>
  viewOf(doc, NAME, rows, NOW, follower)

describe('a notice with what is queued here', () => {
  test('unsigned: nothing can be answered until it is signed for, here or there', () => {
    const doc = notice('1', [item(1)], { state: 'issued', acknowledged_at: null })
    expect(see(doc)).toMatchObject({ signed: false, signing: null })
    expect(see(doc).items[0]!.open).toBe(false)
    const signed = see(doc, [command('acknowledge_notice', { notice_id: '1' })])
    expect(signed.signed).toBe(true)
    expect(signed.signing).not.toBeNull()
    expect(signed.items[0]!.open).toBe(true)
  })

  test('a signature that was refused, or is for another notice, signs nothing', () => {
    const doc = notice('1', [item(1)], { state: 'issued' })
    expect(see(doc, [command('acknowledge_notice', { notice_id: '1' }, { state: 'attention' })]).signed).toBe(
      false,
    )
    expect(see(doc, [command('acknowledge_notice', { notice_id: '2' })]).signed).toBe(false)
  })

  test('once the server has it, the queue is not looked at: nothing is claimed to be on its way', () => {
    const doc = notice('1', [item(1)])
    expect(
      see(doc, [command('acknowledge_notice', { notice_id: '1' }, { state: 'confirmed' })]).signing,
    ).toBeNull()
  })

  test('a queued answer closes the item for writing and shows as answered, until the document has it', () => {
    const body = { response_id: 'r1', notice_id: '1', finding_id: 'f1' }
    const rows = [command('answer_item', body)]
    const view = see(notice('1', [item(1), item(2)]), rows)
    expect(view.items[0]).toMatchObject({ open: false, progress: 'replied' })
    expect(view.items[0]!.queued?.id).toBe(rows[0]!.id)
    expect(view.items[1]).toMatchObject({ open: true, progress: 'open', queued: null })
    const told = item(1, {
      state: 'failed',
      responses: [
        { id: 'r1', text: '', submitted_at: '2026-11-20T14:10:00+08:00', late: false, photo_ids: [] },
      ],
    })
    // The answer arrived and failed its re-check meanwhile: the old command must not hide that.
    expect(see(notice('1', [told]), rows).items[0]).toMatchObject({
      open: true,
      queued: null,
      progress: 'open',
    })
  })

  test('a refused answer opens the item again and is named', () => {
    const body = { response_id: 'r1', notice_id: '1', finding_id: 'f1' }
    const refused = command('answer_item', body, { state: 'attention' })
    expect(see(notice('1', [item(1)]), [refused]).items[0]).toMatchObject({
      open: true,
      refused,
      queued: null,
    })
    const again = command('answer_item', body)
    expect(see(notice('1', [item(1)]), [refused, again]).items[0]).toMatchObject({
      open: false,
      refused: null,
    })
  })

  test('the glyph: late beats open, an answer or a pass is never late', () => {
    const late = { due_at: '2026-11-20T14:00:00+08:00' }
    const progress = (change: Partial<ItemDoc>): string =>
      see(notice('1', [item(1, change)])).items[0]!.progress
    expect(progress({})).toBe('open')
    expect(progress(late)).toBe('overdue')
    expect(progress({ ...late, state: 'failed' })).toBe('overdue')
    expect(progress({ ...late, state: 'answered' })).toBe('replied')
    expect(progress({ ...late, state: 'passed' })).toBe('closed')
  })

  test('what a second order took over is closed here; the rest is not', () => {
    const first = notice('1', [item(1, { state: 'failed' }), item(2)])
    const second = notice('2', [item(1)], { order_no: 2, previous_id: '1' })
    expect(see(first, [], second).items.map((each) => each.open)).toEqual([false, true])
    expect(see(notice('1', [item(1, { state: 'failed' })], { state: 'not_complied' })).items[0]!.open).toBe(
      false,
    )
  })

  test('items carry the name that they are given', () => {
    const view = viewOf(notice('1', [item(1)]), () => '固定障碍物封堵消防车通道', [], NOW)
    expect(view.items[0]!.title).toBe('固定障碍物封堵消防车通道')
  })
})

test('unsigned first, then by the nearest date that waits, answered last', () => {
  const at = (due: string, state: ItemDoc['state'] = 'pending') => item(1, { due_at: due, state })
  const list = [
    see(notice('a', [at('2026-11-20T15:00:00+08:00', 'answered')])),
    see(notice('b', [at('2026-12-07T18:00:00+08:00'), at('2026-11-21T11:00:00+08:00', 'passed')])),
    see(notice('c', [at('2026-11-22T18:00:00+08:00')])),
    see(notice('d', [at('2026-12-31T18:00:00+08:00')], { state: 'issued' })),
  ]
  expect(inOrder(list).map((each) => each.id)).toEqual(['d', 'c', 'b', 'a'])
})

test('the item that opens by itself is the most urgent one that waits', () => {
  const doc = notice('1', [
    item(1, { state: 'answered', due_at: '2026-11-20T15:00:00+08:00' }),
    item(2, { due_at: '2026-12-07T18:00:00+08:00' }),
    item(3, { due_at: '2026-11-21T11:00:00+08:00' }),
  ])
  expect(firstOpen(see(doc)).id).toBe('i3')
  expect(firstOpen(see(notice('1', [item(1, { state: 'passed' }), item(2, { state: 'passed' })]))).id).toBe(
    'i1',
  )
})

test('the tally counts each item once', () => {
  const list = [
    see(notice('1', [item(1), item(2, { state: 'answered' }), item(3, { state: 'passed' })])),
    see(notice('2', [item(4, { due_at: '2026-11-19T11:00:00+08:00' })], { state: 'issued' })),
  ]
  expect(tally(list)).toEqual({ items: 4, waiting: 2, late: 1, answered: 1, passed: 1, unsigned: 1 })
})

const response = (id: string, at: string) => ({ id, text: '', submitted_at: at, late: false, photo_ids: [] })
const review = (id: string, at: string, passed: boolean) => ({
  id,
  passed,
  text: '',
  reviewed_at: at,
  reviewer: '李巡02',
  photo_ids: [],
})

test('answers and verdicts stand in the order of their times; the newest failure is the one to answer', () => {
  const doc = item(1, {
    state: 'failed',
    responses: [response('r1', '2026-11-18T10:00:00+08:00'), response('r2', '2026-11-19T10:00:00Z')],
    reviews: [
      review('v1', '2026-11-19T09:00:00+08:00', false),
      review('v2', '2026-11-20T09:00:00+08:00', false),
    ],
  })
  expect(turns(doc).map((turn) => (turn.kind === 'response' ? turn.response.id : turn.review.id))).toEqual([
    'r1',
    'v1',
    'r2',
    'v2',
  ])
  const view = see(notice('1', [doc])).items[0]!
  expect(failedReview(view)?.id).toBe('v2')
  expect(failedReview({ ...view, state: 'answered' })).toBeNull()
})

test('one after photo for each view of the case: overview, close-up, measured', () => {
  const photo = (id: string, kind: string, change: Partial<CasePhoto> = {}): CasePhoto => ({
    id,
    kind,
    stage: 'before',
    state: 'stored',
    captured_at: `2026-11-20T09:0${id}:00+08:00`,
    ...change,
  })
  const photos = [
    photo('5', 'L'),
    photo('4', 'C'),
    photo('3', 'O'),
    photo('2', 'O'),
    photo('1', 'M', { state: 'expected' }),
    photo('6', 'C', { stage: 'after' }),
  ]
  expect(views(photos).map((each) => each.id)).toEqual(['2', '4'])
  expect(views([])).toEqual([])
})

test('office text ends as a sentence, once', () => {
  expect(sentence('清除石墩4个')).toBe('清除石墩 4 个。')
  expect(sentence('清除石墩。')).toBe('清除石墩。')
})

test('while a department holds the case nothing is asked of the firm, and lateness rests', () => {
  const doc = notice('1', [item(1, { due_at: '2020-01-01T10:00:00+08:00' }), item(2)])
  const held = viewOf(doc, NAME, [], NOW, null, (each) =>
    each.finding_id === doc.items[0]!.finding_id ? '消防救援大队' : null,
  ).items
  expect(held.map((each) => [each.held, each.open, each.progress])).toEqual([
    ['消防救援大队', false, 'open'],
    [null, true, 'open'],
  ])
  expect(see(doc).items[0]!.progress).toBe('overdue')
})
