import { describe, expect, test } from 'vitest'
import { dueOf, groupOf, inGroups, nextAfter } from './groups'

const now = Date.parse('2026-11-20T09:54:00+08:00')
const due = (text: string) => ({ triage_due_at: `2026-11-${text}:00+08:00`, due_at: null })

describe('groups of the inbox', () => {
  test.each([
    ['2026-11-20T09:53:59+08:00', 'late'],
    ['2026-11-20T10:12:00+08:00', 'hour'],
    ['2026-11-20T10:54:00+08:00', 'today'],
    ['2026-11-20T23:59:00+08:00', 'today'],
    ['2026-11-21T00:10:00+08:00', 'later'],
    [null, 'open'],
  ] as const)('due %s is %s', (at, group) => expect(groupOf(at, now)).toBe(group))

  test('runs keep the order', () => {
    const items = [due('20T10:12'), due('20T10:25'), due('20T11:52'), due('21T09:00')]
    expect(inGroups('triage', items, now).map((run) => [run.group, run.items.length])).toEqual([
      ['hour', 2],
      ['today', 1],
      ['later', 1],
    ])
  })

  test('each box has its clock', () => {
    const finding = { triage_due_at: 'a', due_at: 'b' }
    expect([dueOf('triage', finding), dueOf('issue', finding), dueOf('overdue', finding)]).toEqual([
      'a',
      null,
      'b',
    ])
  })

  test('the next opens itself', () => {
    expect(nextAfter(['a', 'b', 'c'], 'b')).toBe('c')
    expect(nextAfter(['a', 'b', 'c'], 'c')).toBe('b')
    expect(nextAfter(['a'], 'a')).toBeNull()
    expect(nextAfter([], 'x')).toBeNull()
  })
})
