/** The deadline of an item: its ticks, and whether a day of rest moves it. Pure. */
import { shanghai } from '../../domain/deadlines'
import { spanTicks, type Span } from '../../ui'
import type { ItemDoc, NoticeDoc } from './model'

const HOUR = 3_600_000
const DAY = 24 * HOUR

export interface ItemSpan extends Span {
  /** Where the first tick begins (ms): service, or issue while it is not signed for. */
  from: number
}

type Dates = Pick<NoticeDoc, 'issued_at' | 'acknowledged_at'>

/** The moment from which the date in force was counted: issue when the printed date stands, else service. */
function begin(notice: Dates, item: Pick<ItemDoc, 'due_at' | 'printed_due_at'>): number {
  const printed = Date.parse(item.due_at) === Date.parse(item.printed_due_at)
  return Date.parse(printed ? notice.issued_at : (notice.acknowledged_at ?? notice.issued_at))
}

/** Ticks from service to the deadline: hours while they can be counted, groups of hours up to a week, then days. */
export function itemSpan(notice: Dates, item: Pick<ItemDoc, 'due_at'>, now: number): ItemSpan {
  const due = Date.parse(item.due_at)
  const from = Math.min(Date.parse(notice.acknowledged_at ?? notice.issued_at), due - HOUR)
  const hours = (Math.max(due, now) - from) / HOUR
  const max = hours <= 168 ? 30 : Math.min(30, Math.ceil(hours / 24))
  return { ...spanTicks(from, due, now, max), from }
}

/** How the date was counted: `rolled` a day of rest moved it · `days` none did · `clock` hours never move. */
export type Counting = 'clock' | 'duty' | 'workdays' | 'rolled' | 'days' | 'fixed'

export function counting(
  notice: Dates,
  item: Pick<ItemDoc, 'due_at' | 'printed_due_at' | 'term' | 'unit'>,
): Counting {
  if (item.unit === 'hour' || item.unit === 'now') return 'clock'
  if (item.unit === 'duty_hour') return 'duty'
  if (item.unit === 'workday') return 'workdays'
  if (item.unit !== 'day') return 'fixed'
  const last = shanghai(begin(notice, item) + item.term * DAY).dayNumber
  return shanghai(item.due_at).dayNumber > last ? 'rolled' : 'days'
}
