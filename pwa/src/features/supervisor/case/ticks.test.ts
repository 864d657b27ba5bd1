import { describe, expect, test } from 'vitest'
import type { LedgerDoc } from '../model'
import { deadlineTicks } from './ticks'

const at = (text: string): number => Date.parse(`2026-${text}+08:00`)
let seq = 0
const line = (act: string, when: string): LedgerDoc => ({
  seq: ++seq,
  act,
  actor: '许督02',
  organisation: '区住建局',
  at: `2026-${when}+08:00`,
  device_at: null,
  data: {},
  hash: '00',
})
const finding = (ledger: LedgerDoc[], due: string | null, closed: string | null = null) => ({
  due_at: due === null ? null : `2026-${due}+08:00`,
  received_at: '2026-11-20T09:41:00+08:00',
  closed_at: closed === null ? null : `2026-${closed}+08:00`,
  ledger,
})

describe('ticks of a deadline', () => {
  const served = [
    line('finding.open', '11-20T09:07:00'),
    line('finding.issue_notice', '11-20T10:32:00'),
    line('finding.acknowledge', '11-20T11:00:00'),
  ]

  test('none without a deadline', () => {
    expect(deadlineTicks(finding([], null), at('11-20T12:00:00'))).toBeNull()
  })

  test('a day of hours, three of them gone', () => {
    const ticks = deadlineTicks(finding(served, '11-21T11:00:00'), at('11-20T14:00:00'))!
    expect([ticks.start, ticks.hoursPerTick, ticks.ticks.length]).toEqual(['acknowledge', 1, 24])
    expect(ticks.ticks.filter((tick) => tick === 'todo')).toHaveLength(3)
    expect(ticks.from).toBe(at('11-20T11:00:00'))
  })

  test('almost two days late: grouped by three hours, red after the line', () => {
    const ticks = deadlineTicks(finding(served, '11-21T11:00:00'), at('11-23T10:00:00'))!
    expect(ticks.hoursPerTick).toBe(3)
    expect(ticks.ticks.filter((tick) => tick === 'due')).toHaveLength(1)
    expect(ticks.ticks.filter((tick) => tick === 'past')).toHaveLength(15)
    expect(ticks.ticks.filter((tick) => tick === 'done')).toHaveLength(8)
  })

  test('a second order starts anew', () => {
    const again = [...served, line('finding.issue_second_order', '11-22T09:00:00')]
    const ticks = deadlineTicks(finding(again, '11-25T18:00:00'), at('11-23T09:00:00'))!
    expect([ticks.start, ticks.from]).toEqual(['issue', at('11-22T09:00:00')])
  })

  test('without any order it runs from the arrival of the report', () => {
    expect(deadlineTicks(finding([], '11-20T11:00:00'), at('11-20T10:00:00'))!.start).toBe('receive')
  })

  test('stops when the case was closed', () => {
    const closed = finding(served, '11-21T11:00:00', '11-21T13:00:00')
    expect(deadlineTicks(closed, at('12-20T10:00:00'))!.ticks.filter((tick) => tick === 'past')).toHaveLength(
      2,
    )
  })
})
