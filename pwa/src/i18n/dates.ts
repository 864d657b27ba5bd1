/** Dates and durations in words: words before icons, dates before durations. All times are shown in Asia/Shanghai. */
import { shanghai, timeLeft, type Instant } from '../domain/deadlines'
import { m } from './index.svelte'

const two = (n: number): string => String(n).padStart(2, '0')

/** 09:04 */
export function clock(at: Instant): string {
  const w = shanghai(at)
  return `${two(w.hour)}:${two(w.minute)}`
}

/** 11月20日; with the year when it is not the year of `now`: 2027年1月4日 */
export function dateText(at: Instant, now: Instant = Date.now()): string {
  const w = shanghai(at)
  return w.year === shanghai(now).year
    ? m.dates.monthDay(w.month, w.day)
    : m.dates.yearMonthDay(w.year, w.month, w.day)
}

/** 11月20日 周五 */
export function dateWeekday(at: Instant, now: Instant = Date.now()): string {
  return m.dates.withWeekday(dateText(at, now), m.dates.weekdays[shanghai(at).weekday]!)
}

/** 今天, 明天, 昨天, else the date. */
export function dayWord(at: Instant, now: Instant = Date.now()): string {
  const diff = shanghai(at).dayNumber - shanghai(now).dayNumber
  if (diff === 0) return m.dates.today
  if (diff === 1) return m.dates.tomorrow
  if (diff === -1) return m.dates.yesterday
  return dateText(at, now)
}

/** 明天 11:00; 12月7日 18:00 */
export function dayTime(at: Instant, now: Instant = Date.now()): string {
  return m.dates.atTime(dayWord(at, now), clock(at))
}

/** 明天 11:00 前 */
export function dueText(due: Instant, now: Instant = Date.now()): string {
  return m.dates.before(dayTime(due, now))
}

/** 11-20 09:07, for ledgers and captions of photos. */
export function stamp(at: Instant): string {
  const w = shanghai(at)
  return `${two(w.month)}-${two(w.day)} ${clock(at)}`
}

/** 2026-11-20 09:07:32, for watermarks. */
export function fullStamp(at: Instant): string {
  const w = shanghai(at)
  return `${w.year}-${two(w.month)}-${two(w.day)} ${clock(at)}:${two(w.second)}`
}

/** In a list: 剩 18 分, 剩 2 小时, 剩 3 天, 逾期 5 小时, 逾期 2 天. */
export function leftShort(due: Instant, now: Instant = Date.now()): string {
  const t = timeLeft(due, now)
  const span =
    t.unit === 'minutes'
      ? m.dates.minutes(t.minutes)
      : t.unit === 'hours'
        ? m.dates.hours(t.hours)
        : m.dates.days(t.days)
  return t.overdue ? m.dates.overdue(span) : m.dates.left(span)
}

/** A duration in two units at most: 20 小时 20 分, 1 天 23 小时, 18 分. */
export function spanText(ms: number): string {
  const total = Math.floor(Math.abs(ms) / 60_000)
  const days = Math.floor(total / 1440)
  const hours = Math.floor(total / 60) % 24
  const minutes = total % 60
  if (days > 0) {
    return hours > 0 ? m.dates.join(m.dates.days(days), m.dates.hours(hours)) : m.dates.days(days)
  }
  if (hours > 0) {
    return minutes > 0 ? m.dates.join(m.dates.hours(hours), m.dates.minutes(minutes)) : m.dates.hours(hours)
  }
  return m.dates.minutes(minutes)
}

/** In full: 剩 20 小时 20 分; from 24 h on whole days: 剩 3 天; past due: 已过 1 天 23 小时. */
export function leftLong(due: Instant, now: Instant = Date.now()): string {
  const t = timeLeft(due, now)
  if (t.overdue) return m.dates.passed(spanText(t.ms))
  return m.dates.left(t.unit === 'days' ? m.dates.days(t.days) : spanText(t.ms))
}

/** 刚刚联系上, 12 秒前, 5 分钟前, else 最后联系 08:41. */
export function contactText(at: Instant | null, now: Instant = Date.now()): string {
  if (at === null) return m.common.net.neverContact
  const seconds = Math.max(0, Math.floor((new Date(now).getTime() - new Date(at).getTime()) / 1000))
  if (seconds < 5) return m.common.net.justNow
  if (seconds < 60) return m.common.net.secondsAgo(seconds)
  if (seconds < 600) return m.common.net.minutesAgo(Math.floor(seconds / 60))
  return m.common.net.lastContact(clock(at))
}

export { spaced } from './text'
