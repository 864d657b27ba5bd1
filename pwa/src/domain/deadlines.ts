/**
 * Deadlines for display. The due instant is computed by the server over the holiday calendar; the phone only
 * says how far away it is. All wall-clock facts are Asia/Shanghai, which has had no daylight saving since 1991,
 * so a fixed +08:00 is exact and does not depend on the phone's own zone.
 */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const SHANGHAI_OFFSET = 8 * HOUR

/** Calendar fields of an instant in Asia/Shanghai; `month` 1–12, `weekday` 0 = Sunday. */
export interface WallClock {
  year: number
  month: number
  day: number
  weekday: number
  hour: number
  minute: number
  second: number
  /** Whole days since 1970-01-01 on Shanghai's calendar. */
  dayNumber: number
}

/** An instant as Date, ISO 8601 text with offset, or milliseconds since 1970. */
export type Instant = Date | string | number

/** Milliseconds since 1970 of an instant. Throws RangeError when the text is no time. */
export function toMs(instant: Instant): number {
  const ms = instant instanceof Date ? instant.getTime() : new Date(instant).getTime()
  if (Number.isNaN(ms)) throw new RangeError(`not a time: ${String(instant)}`)
  return ms
}

/** The wall clock of Asia/Shanghai at an instant. */
export function shanghai(instant: Instant): WallClock {
  const shifted = toMs(instant) + SHANGHAI_OFFSET
  const d = new Date(shifted)
  return {
    year: d.getUTCFullYear(),
    month: d.getUTCMonth() + 1,
    day: d.getUTCDate(),
    weekday: d.getUTCDay(),
    hour: d.getUTCHours(),
    minute: d.getUTCMinutes(),
    second: d.getUTCSeconds(),
    dayNumber: Math.floor(shifted / DAY),
  }
}

/** Time to a deadline, already cut to the units that are shown. */
export interface TimeLeft {
  overdue: boolean
  /** `minutes` below one hour, `hours` below 24 h, else `days`. */
  unit: 'minutes' | 'hours' | 'days'
  days: number
  hours: number
  minutes: number
  /** Signed: negative when the deadline has passed. */
  ms: number
}

/**
 * How long until `due`. Left time is cut down (never promise a minute that is not there). Past due, `days` counts
 * calendar days of Shanghai, as people do: due on the 21st, seen on the 23rd, is two days late.
 */
export function timeLeft(due: Instant, now: Instant): TimeLeft {
  const ms = toMs(due) - toMs(now)
  const overdue = ms < 0
  const span = Math.abs(ms)
  const unit = span < HOUR ? 'minutes' : span < DAY ? 'hours' : 'days'
  const days = overdue ? shanghai(now).dayNumber - shanghai(due).dayNumber : Math.floor(span / DAY)
  const hours = Math.floor(span / HOUR) % 24
  const minutes = Math.floor(span / MINUTE) % 60
  return { overdue, unit, days, hours, minutes, ms }
}
