import { describe, expect, test } from 'vitest'
import type { OutboxRow, PhotoRow } from '../db'
import { items } from './items'
import { heldBy, nextBatch, nextDue, nextOriginal, nextPhotos, touched, unsentCount } from './outbox'

let serial = 0
const row = (id: string, more: Partial<OutboxRow> = {}): OutboxRow =>
  ({
    id,
    seq: ++serial,
    user_id: 'u1',
    command: 'open_finding',
    subject_id: id,
    body: {},
    created_at: '2026-11-20T09:07:32+08:00',
    attempts: 0,
    next_try_at: null,
    state: 'queued',
    problem: null,
    ...more,
  }) as OutboxRow
const photo = (id: string, more: Partial<PhotoRow> = {}): PhotoRow =>
  ({
    id,
    owner_id: 'f1',
    owner_kind: 'finding',
    kind: 'O',
    sha256: id,
    size: 100,
    media_type: 'image/jpeg',
    width: 1,
    height: 1,
    captured_at: '2026-11-20T09:07:32+08:00',
    position: null,
    sent: 0,
    state: 'queued',
    problem: null,
    user_id: 'u1',
    command_id: 'c1',
    ...more,
  }) as PhotoRow
const refusal = { code: 'x', status: 422 }

describe('nextBatch', () => {
  test('what another command brings into being waits for the answer to that one', () => {
    const arrive = row('in', { creates: 'v1' })
    const finding = row('open', { uses: ['v1'], creates: 'f1' })
    const other = row('else')
    expect(nextBatch([arrive, finding, other], 0, 9).map((r) => r.id)).toEqual(['in', 'else'])
    expect(nextBatch([finding, other], 0, 9).map((r) => r.id)).toEqual(['open', 'else'])
  })

  test('a refused command holds back what needs it, and nothing else', () => {
    const bad = row('bad', { creates: 'f1', state: 'attention', problem: refusal })
    const more = row('more', { uses: ['f1'] })
    const fine = row('fine')
    expect(nextBatch([bad, more, fine], 0, 9).map((r) => r.id)).toEqual(['fine'])
    expect(heldBy(more, [bad, more, fine])).toBe(bad)
  })

  test('what was put off comes back in time', () => {
    const late = row('late', { next_try_at: '2026-11-20T02:00:00Z' })
    const at = Date.parse('2026-11-20T02:00:00Z')
    expect(nextBatch([late], at - 1, 9)).toEqual([])
    expect(nextBatch([late], at, 9)).toEqual([late])
    expect(nextDue([late], at - 9)).toBe(at)
  })

  test('a time that another clock wrote is none: what waits a day longer than anything ever waits, goes now', () => {
    const late = row('late', { next_try_at: '2026-11-22T02:00:00Z' })
    const now = Date.parse('2026-11-20T02:00:00Z')
    expect(nextBatch([late], now, 9)).toEqual([late])
    expect(nextDue([late], now)).toBe(now)
  })
})

describe('nextPhotos', () => {
  const nextPhoto = (...args: Parameters<typeof nextPhotos>) => nextPhotos(...args)[0] ?? null
  test('waits for its command, finishes what it began, then goes case by case, small first', () => {
    const rows = [row('c9')]
    const photos = [
      photo('p1', { command_id: 'c9', size: 1 }),
      photo('p2', { command_id: 'c1', size: 300 }),
      photo('p3', { command_id: 'c1', size: 200 }),
      photo('p4', { command_id: 'c2', size: 10 }),
    ]
    expect(nextPhoto(photos, rows, new Map(), 0)!.id).toBe('p3')
    expect(nextPhoto([...photos, photo('p5', { command_id: 'c3', sent: 5 })], rows, new Map(), 0)!.id).toBe(
      'p5',
    )
    expect(nextPhoto(photos, rows, new Map([['p3', 9]]), 5)!.id).toBe('p2')
    expect(nextPhoto([photos[0]!], rows, new Map(), 0)).toBeNull()
  })

  test('what a person has open goes before all, and a good link carries two', () => {
    const photos = [photo('p1', { size: 9 }), photo('p2', { size: 8 }), photo('p3', { owner_id: 'f7' })]
    expect(nextPhotos(photos, [], new Map(), 0, 2).map((p) => p.id)).toEqual(['p2', 'p1'])
    expect(nextPhotos(photos, [], new Map(), 0, 2, 'f7').map((p) => p.id)).toEqual(['p3', 'p2'])
  })
})

describe('nextOriginal', () => {
  test('one at a time, the smallest first; what is only kept here stays', () => {
    const original = (id: string, size: number, state: 'kept' | 'queued') =>
      photo(id, { original_sha256: id, original: { size, media_type: 'image/jpeg', sent: 0, state } })
    const photos = [original('p1', 900, 'queued'), original('p2', 80, 'queued'), original('p3', 7, 'kept')]
    expect(nextOriginal(photos, new Map(), 0, true)!.id).toBe('p2')
    expect(nextOriginal(photos, new Map([['p2', 9]]), 0, true)!.id).toBe('p1')
    expect(nextOriginal([photos[2]!], new Map(), 0, true)).toBeNull()
    expect(nextOriginal(photos, new Map(), 0, false)).toBeNull()
  })

  test('a video goes first, over any link, and counts as not sent', () => {
    const held = (id: string, size: number, media_type: string) =>
      photo(id, {
        state: 'confirmed',
        original_sha256: id,
        original: { size, media_type, sent: 0, state: 'queued' },
      })
    const photos = [held('p1', 10, 'image/jpeg'), held('p2', 9_000, 'video/webm')]
    expect(nextOriginal(photos, new Map(), 0, true)!.id).toBe('p2')
    expect(nextOriginal(photos, new Map(), 0, false)!.id).toBe('p2')
    expect(unsentCount([], photos)).toBe(1)
  })
})

test('touched names subjects, what is created and what is used', () => {
  expect([...touched([row('a', { subject_id: 'v1', creates: 'v1', uses: ['r1'] })])]).toEqual(['v1', 'r1'])
})

test('unsentCount counts refused things as well: they are not there', () => {
  expect(
    unsentCount(
      [row('a', { state: 'attention' })],
      [photo('p', { state: 'attention' }), photo('q', { state: 'confirmed' })],
    ),
  ).toBe(2)
})

describe('items', () => {
  const done = (id: string): OutboxRow => row(id, { state: 'confirmed', subject_id: 'f1', title: '飞线充电' })
  const one = (rows: OutboxRow[], photos: PhotoRow[], way = {}): string => {
    const [item] = items(rows, photos, { commands: [], photos: [], ...way })
    return `${item!.state} ${item!.received}/${item!.of} ${item!.percent}%`
  }
  test('half is never shown as whole', () => {
    const photos = [photo('a', { state: 'confirmed' }), photo('b', { state: 'confirmed' }), photo('c')]
    expect(one([done('c1')], photos)).toBe('received 2/3 66%')
    expect(one([done('c1')], [photo('a')])).toBe('queued 0/1 0%')
    expect(one([done('c1')], [photo('a', { state: 'confirmed' })])).toBe('confirmed 1/1 100%')
    expect(one([row('c1')], [])).toBe('queued 0/0 0%')
  })
  test('on its way', () => {
    expect(one([done('c1')], [photo('a')], { photos: [{ id: 'a', sent: 62, size: 100 }] })).toBe(
      'sending 0/1 62%',
    )
    expect(one([row('c1')], [], { commands: ['c1'] })).toBe('sending 0/0 0%')
  })
  test('a video is one more file of the finding, and a refused one asks for a person', () => {
    const film = (state: 'queued' | 'confirmed' | 'attention', sent = 0): PhotoRow =>
      photo('a', {
        state: 'confirmed',
        original: { size: 300, media_type: 'video/webm', sent, state, problem: refusal },
      })
    expect(one([done('c1')], [film('queued')])).toBe('received 1/2 25%')
    expect(one([done('c1')], [film('queued')], { photos: [{ id: 'a', sent: 100, size: 300 }] })).toBe(
      'sending 1/2 50%',
    )
    expect(one([done('c1')], [film('confirmed')])).toBe('confirmed 2/2 100%')
    const [item] = items([done('c1')], [film('attention')])
    expect([item!.state, item!.problems[0]!.clip]).toEqual(['attention', true])
  })
  test('a refused photo asks for a person, and says which', () => {
    const [item] = items(
      [done('c1')],
      [photo('a', { state: 'confirmed' }), photo('b', { state: 'attention', problem: refusal })],
    )
    expect(item!.state).toBe('attention')
    expect(item!.problems[0]!.nth).toBe(2)
  })
})
