import { cleanup, render, screen } from '@testing-library/svelte'
import { createRawSnippet, tick } from 'svelte'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import Button from './Button.svelte'
import Deadline from './Deadline.svelte'
import Dialog from './Dialog.svelte'
import Glyph, { SHAPES, type Progress, type Severity } from './Glyph.svelte'
import PhotoSlot from './PhotoSlot.svelte'
import SyncGlyph from './SyncGlyph.svelte'
import SyncStrip from './SyncStrip.svelte'
import { countTicks, spanTicks } from './ticks'
import Ticks from './Ticks.svelte'
import Toast from './Toast.svelte'
import { toast, TOAST_MS } from './toast.svelte'

afterEach(cleanup)

const words = (text: string) => createRawSnippet(() => ({ render: () => `<span>${text}</span>` }))

describe('Glyph', () => {
  const all = (['critical', 'major', 'general'] as Severity[]).flatMap((severity) =>
    (['open', 'replied', 'overdue', 'closed'] as Progress[]).map((progress) => ({ severity, progress })),
  )

  test('twelve pictures, all told apart without colour', () => {
    const drawn = all.map(({ severity, progress }) => {
      const { container } = render(Glyph, { severity, progress })
      return [...container.querySelectorAll('path')]
        .map((path) => `${path.getAttribute('d')} ${path.getAttribute('fill')}`)
        .join('|')
    })
    expect(new Set(drawn).size).toBe(12)
  })

  test('half is the left half, and a gap stands between ring and core', () => {
    const absolute = (path: string): number[] =>
      [...path.matchAll(/([MLHV])\s*([\d. -]+)/g)].flatMap(([, letter, numbers]) => {
        const values = numbers!.trim().split(/\s+/).map(Number)
        return letter === 'V' ? [] : letter === 'H' ? values : values.filter((_, i) => i % 2 === 0)
      })
    for (const severity of ['critical', 'major'] as const) {
      expect(Math.max(...absolute(SHAPES[severity].left))).toBe(12)
      expect(Math.max(...absolute(SHAPES[severity].outline))).toBeGreaterThan(20)
      expect(Math.max(...absolute(SHAPES[severity].core))).toBeLessThan(18)
    }
  })

  test('says severity, then progress; is silent when it only decorates', () => {
    render(Glyph, { severity: 'critical', progress: 'overdue' })
    expect(screen.getByRole('img', { name: '紧急，逾期' })).toBeTruthy()
    cleanup()
    const { container } = render(Glyph, { severity: 'major', label: '' })
    expect(container.querySelector('svg')!.getAttribute('aria-hidden')).toBe('true')
  })

  test('the halo is 3 px on the screen at every size', () => {
    for (const size of [16, 24, 34]) {
      const { container } = render(Glyph, { severity: 'general', size, halo: true })
      const line = Number(container.querySelector('svg')!.getAttribute('stroke-width'))
      const halo = Number(container.querySelector('.halo')!.getAttribute('stroke-width'))
      expect((((halo - line) / 2) * size) / 24).toBeCloseTo(3)
      cleanup()
    }
  })
})

describe('ticks', () => {
  const hour = 3_600_000

  test('a deadline of 24 hours after 3 h 40 min', () => {
    const span = spanTicks(0, 24 * hour, 3 * hour + 40 * 60_000)
    expect(span.hoursPerTick).toBe(1)
    expect(span.ticks).toEqual(['todo', 'todo', 'todo', 'part', ...Array(20).fill('done')])
    expect(span.share).toBeCloseTo(1 / 3)
  })

  test('past due: a line, then one red tick per step; grouped beyond thirty', () => {
    const span = spanTicks(0, 24 * hour, 71 * hour)
    expect(span.hoursPerTick).toBe(3)
    expect(span.ticks).toEqual([...Array(8).fill('done'), 'due', ...Array(15).fill('past')])
  })

  test('never more ticks than can be counted', () => {
    for (const hours of [1, 30, 31, 100, 360, 2_000]) {
      expect(spanTicks(0, hours * hour, hour / 2).ticks.length).toBeLessThanOrEqual(30)
    }
  })

  test('counts', () => {
    expect(countTicks(2, 4, 1)).toEqual(['done', 'done', 'half', 'todo'])
  })

  test('one picture with a text', () => {
    const { container } = render(Ticks, { ticks: countTicks(2, 3), label: '照片 已收到 2 / 3' })
    expect(screen.getByRole('img', { name: '照片 已收到 2 / 3' })).toBeTruthy()
    expect(container.querySelectorAll('.t')).toHaveLength(3)
  })
})

describe('SyncGlyph', () => {
  test('half never looks done: two of three segments', () => {
    const { container } = render(SyncGlyph, { state: 'received', n: 2, of: 3 })
    expect(container.querySelectorAll('circle')).toHaveLength(3)
    expect(container.querySelectorAll('circle.track')).toHaveLength(1)
    expect(screen.getByRole('img', { name: '已收到 2/3' })).toBeTruthy()
  })

  test('percent is cut down, never rounded up to 100', () => {
    render(SyncGlyph, { state: 'sending', percent: 99.9, word: true })
    expect(screen.getByText('发送中 99%')).toBeTruthy()
  })
})

describe('SyncStrip', () => {
  const base = { state: 'offline' as const, contactAt: null, href: '/i/outbox' }

  test('claims nothing before the database has answered', () => {
    const { container } = render(SyncStrip, { ...base, pending: null })
    expect(container.textContent).not.toContain('待发')
  })

  test('names what needs a decision before the count', () => {
    const { container } = render(SyncStrip, { ...base, pending: 5, attention: 1 })
    expect(container.textContent).toContain('需处理 1')
    expect(container.textContent).not.toContain('待发 5')
  })
})

describe('Button', () => {
  test('disabled says why and does nothing, yet can be reached', () => {
    const onclick = vi.fn()
    render(Button, { children: words('延期申请'), disabled: true, reason: '联网后可用', onclick })
    const button = screen.getByRole('button', { name: '延期申请' })
    button.click()
    expect(onclick).not.toHaveBeenCalled()
    expect(button.hasAttribute('disabled')).toBe(false)
    const why = document.getElementById(button.getAttribute('aria-describedby')!)
    expect(why?.textContent).toBe('联网后可用')
  })

  test('busy keeps its label and refuses a second press', () => {
    const onclick = vi.fn()
    render(Button, { children: words('保存'), busy: true, onclick })
    screen.getByRole('button', { name: '保存' }).click()
    expect(onclick).not.toHaveBeenCalled()
  })
})

describe('Deadline', () => {
  const due = '2026-11-21T11:00:00+08:00'
  const at = (text: string): number => Date.parse(text)

  test('list, line and hero', () => {
    const now = at('2026-11-20T14:40:00+08:00')
    expect(render(Deadline, { due, now }).container.textContent).toBe('剩 20 小时')
    const line = render(Deadline, { due, now, form: 'line', word: '期限' }).container.textContent
    expect(line).toContain('11月21日 周六 11:00')
    expect(line).toContain('剩 20 小时 20 分')
    expect(render(Deadline, { due, now, form: 'hero' }).container.textContent).toContain('明天 11:00 前')
  })

  test('provisional: dashed, and the word', () => {
    const { container } = render(Deadline, {
      due: '2027-01-04T18:00:00+08:00',
      now: at('2026-11-20T09:00:00+08:00'),
      provisional: true,
    })
    expect(container.querySelector('.dashed')?.textContent).toBe('2027年1月4日')
    expect(container.textContent).toContain('暂定')
  })
})

describe('PhotoSlot', () => {
  test('says what is missing, or why it cannot be had', () => {
    render(PhotoSlot, { state: 'missing', kind: 'C' })
    expect(screen.getByRole('button', { name: '还差 近景' })).toBeTruthy()
    render(PhotoSlot, { state: 'cannot', kind: 'L', reason: '铭牌磨掉了' })
    expect(screen.getByRole('button', { name: '拍不到 凭证，铭牌磨掉了' })).toBeTruthy()
  })
})

describe('Toast', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    toast.dismiss()
  })
  afterEach(() => vi.useRealTimers())

  test('one at a time, gone after eight seconds', async () => {
    render(Toast)
    toast.show('已保存')
    vi.advanceTimersByTime(5_000)
    toast.show('已确认')
    await tick()
    expect(screen.getByRole('status').textContent).toContain('已确认')
    expect(screen.getByRole('status').textContent).not.toContain('已保存')
    vi.advanceTimersByTime(TOAST_MS - 1)
    await tick()
    expect(toast.current).not.toBeNull()
    vi.advanceTimersByTime(1)
    expect(toast.current).toBeNull()
  })

  test('Z undoes once, but not while someone types', async () => {
    const undo = vi.fn()
    render(Toast)
    toast.show('已确认', { undo })
    await tick()
    const input = document.body.appendChild(document.createElement('input'))
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', bubbles: true }))
    expect(undo).not.toHaveBeenCalled()
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'z' }))
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'z' }))
    expect(undo).toHaveBeenCalledTimes(1)
    input.remove()
  })
})

describe('Dialog', () => {
  test('says what will happen; the way out closes it and tells', async () => {
    const onclose = vi.fn()
    render(Dialog, {
      open: true,
      title: '作废〔2026〕第37号',
      children: words('作废后编号不再使用。'),
      actions: words('作废这份通知书'),
      onclose,
    })
    await tick()
    const dialog = document.querySelector('dialog')!
    expect(dialog.open).toBe(true)
    expect(dialog.textContent).toContain('作废后编号不再使用。')
    screen.getByRole('button', { name: '不做了', hidden: true }).click()
    await tick()
    expect(dialog.open).toBe(false)
    expect(onclose).toHaveBeenCalledTimes(1)
  })
})
