import { describe, expect, test } from 'vitest'
import type { ProposalDoc, ProposalItemDoc } from '../model'
import {
  dueAt,
  dueSpan,
  fault,
  issueItem,
  nameOf,
  proposalQuery,
  undrawable,
  shanghaiTime,
  wallOf,
} from './terms'

const item = (id: string, more: Partial<ProposalItemDoc> = {}): ProposalItemDoc => ({
  finding_id: id,
  item_code: 'FP-01',
  item_name: '机动车占用、堵塞消防车通道',
  place: '3号楼北侧',
  facts: '现场如照片',
  undrawable: [],
  legal_basis: '《消防法》第二十八条',
  requirement: '立即驶离',
  term: 3,
  unit: 'workday',
  due_at: '2026-11-25T18:00:00+08:00',
  provisional: false,
  stages: [],
  ...more,
})
const now = Date.parse('2026-11-20T10:00:00+08:00')

describe('terms of a notice', () => {
  test('wall clock of Shanghai, there and back', () => {
    expect(shanghaiTime('2026-11-27T18:00')).toBe('2026-11-27T18:00:00+08:00')
    expect(wallOf('2026-11-27T10:00:00Z')).toBe('2026-11-27T18:00')
    expect(['', '2026-13-40T99:99', 'tomorrow'].map(shanghaiTime)).toEqual([null, null, null])
  })

  test('a character that no paper prints holds the line until it is worded otherwise', () => {
    const found = item('a', { facts: '车🚗堵门', place: '3号楼\u200e', undrawable: ['\u200e', '🚗'] })
    expect(undrawable(found, undefined).map(nameOf)).toEqual(['U+200E', '🚗'])
    expect(fault(found, { facts: '小汽车堵门' }, now)).toBe('undrawable')
    expect(fault(found, { facts: '  ', place: '3号楼' }, now)).toBe('undrawable')
    const edit = { facts: ' 小汽车堵门 ', place: '3号楼' }
    expect(fault(found, edit, now)).toBeNull()
    expect(issueItem(found, edit)).toMatchObject({ facts: '小汽车堵门', place: '3号楼' })
    expect(issueItem(item('b'), { facts: '现场如照片' })).not.toHaveProperty('facts')
  })

  test('the server is asked only for what it can reckon', () => {
    const query = proposalQuery(['a', 'b', 'c', 'd'], {
      b: { term: 5, unit: 'workday' },
      c: { term: 5, unit: 'day', fixed: '2026-11-27T18:00' },
      d: { term: 0, unit: 'day' },
    })
    expect(decodeURIComponent(query)).toBe(
      'finding_id=a&finding_id=b&finding_id=c&finding_id=d&term=b:5:workday',
    )
  })

  test('what is sent is what was seen', () => {
    expect(issueItem(item('a'), undefined)).toEqual({
      finding_id: 'a',
      requirement: '立即驶离',
      legal_basis: '《消防法》第二十八条',
      term: 3,
      unit: 'workday',
    })
    expect(issueItem(item('a'), { requirement: ' 清空 ', fixed: '2026-11-27T18:00' })).toEqual({
      finding_id: 'a',
      requirement: '清空',
      legal_basis: '《消防法》第二十八条',
      due_at: '2026-11-27T18:00:00+08:00',
    })
  })

  test.each([
    [{}, null],
    [{ requirement: ' ' }, 'empty'],
    [{ term: 2.5, unit: 'day' }, 'term'],
    [{ term: 0, unit: 'day' }, 'term'],
    [{ fixed: '' }, 'fixed'],
    [{ fixed: '2026-11-20T09:59' }, 'past'],
    [{ fixed: '2026-11-20T10:01' }, null],
  ] as const)('%j: %s', (edit, expected) => expect(fault(item('a'), edit, now)).toBe(expected))

  test('from the first to the last due hour', () => {
    const proposal = { items: [item('a'), item('b', { due_at: '2026-11-21T11:00:00+08:00' })] } as ProposalDoc
    expect(dueSpan(proposal, {})).toEqual({
      first: '2026-11-21T11:00:00+08:00',
      last: '2026-11-25T18:00:00+08:00',
    })
    expect(dueAt(item('a'), { fixed: '2026-12-01T12:00' })).toBe('2026-12-01T12:00:00+08:00')
  })
})
