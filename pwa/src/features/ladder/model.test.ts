import { describe, expect, test } from 'vitest'
import {
  bars,
  changes,
  freshStep,
  grouped,
  moment,
  moved,
  names,
  promises,
  tidied,
  whole,
  type ProposalDoc,
  type StepDoc,
} from './model'

const proposal = (id: string, step: string, notice: string | null, finding: string): ProposalDoc =>
  ({ id, step, notice_id: notice, finding: { id: finding }, decided_at: null }) as unknown as ProposalDoc

describe('groups', () => {
  test('lines of one notice are one decision, other steps and notices are others', () => {
    const groups = grouped([
      proposal('1', 'second_order', 'n1', 'a'),
      proposal('2', 'interview', 'n1', 'a'),
      proposal('3', 'second_order', 'n1', 'b'),
      proposal('4', 'second_order', null, 'c'),
    ])
    expect(groups.map((group) => group.all.map((each) => each.id))).toEqual([['1', '3'], ['2'], ['4']])
  })
})

describe('what people type', () => {
  test('promises are a date and words', () => {
    expect(promises('2026-12-20 划线\n\n 2026-12-31  立牌 ')).toEqual([
      { due_on: '2026-12-20', text: '划线' },
      { due_on: '2026-12-31', text: '立牌' },
    ])
    expect(promises('')).toEqual([])
    expect(promises('三日内划线')).toBeNull()
    expect(promises('2026-13-40 划线')).toBeNull()
  })

  test('names by either comma', () => {
    expect(names('刘某、许督02, 项目经理 ，')).toEqual(['刘某', '许督02', '项目经理'])
  })

  test('a local time is Shanghai time', () => {
    expect(new Date(moment('2026-11-20T09:00')).toISOString()).toBe('2026-11-20T01:00:00.000Z')
  })
})

describe('the rules', () => {
  test('changes are counted by step', () => {
    const steps = [
      { code: 'a', n: 1 },
      { code: 'b', n: 2 },
    ] as unknown as StepDoc[]
    expect(changes(steps, steps)).toBe(0)
    expect(changes(steps, [steps[0]!, { ...steps[1]!, n: 3 }])).toBe(1)
    expect(changes(steps, [steps[0]!])).toBe(1)
    expect(changes(steps, [...steps, { ...steps[0]!, code: 'c' }])).toBe(1)
    expect(changes(steps, [steps[1]!, steps[0]!])).toBe(1)
    expect(changes(steps, [{ ...steps[1]!, n: 3 }])).toBe(2)
  })

  test('a step moves by one and stops at the ends', () => {
    expect(moved(['a', 'b', 'c'], 1, -1)).toEqual(['b', 'a', 'c'])
    expect(moved(['a', 'b', 'c'], 1, 1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
    expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b'])
  })

  test('a new step has a code of its own', () => {
    const first = freshStep([], 3)
    expect(first).toMatchObject({ code: 'step_1', level: 3, name: '' })
    const taken = [first, { ...first, code: 'step_2' }]
    expect(freshStep([{ ...first, code: 'step_2' }], 3).code).toBe('step_3')
    expect(taken.map((each) => each.code)).not.toContain(freshStep(taken, 3).code)
  })

  test('what the form hides is not sent', () => {
    const step = { ...freshStep([], 3), name: ' 约谈 ', count: 2, window_days: 30, document: 'N5', term_n: 5 }
    expect(tidied(step)).toMatchObject({ name: '约谈', count: null, window_days: null, document: null })
    const repeated = { ...step, trigger: 'repeated_overdue', action: 'interview' }
    expect(tidied(repeated)).toMatchObject({
      n: 0,
      count: 2,
      window_days: 30,
      term_n: 5,
      term_unit: 'workday',
    })
    expect(tidied({ ...repeated, trigger: 'monthly_bottom' })).toMatchObject({ count: 2, window_days: null })
    expect(tidied({ ...step, trigger: 'due_before', unit: 'day' }).unit).toBe('hour')
    expect(tidied({ ...step, trigger: 'manual', action: 'record' }).n).toBe(0)
  })

  test('numbers are whole', () => {
    expect([whole('7'), whole(' 12 '), whole(''), whole('1.5'), whole('-1'), whole('七')]).toEqual([
      7,
      12,
      null,
      null,
      null,
      null,
    ])
  })

  test('bars are parts of the highest', () => {
    expect(bars([0, 5, 10], 10)).toEqual([0, 50, 100])
    expect(bars([0], 0)).toEqual([0])
  })
})
