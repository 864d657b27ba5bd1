import type { Dictionary } from '../zh'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const monthDay = (month: number, day: number): string => `${day} ${MONTHS[month - 1]}`

export const dates: Dictionary['dates'] = {
  today: 'today',
  tomorrow: 'tomorrow',
  yesterday: 'yesterday',
  weekdays: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
  monthDay,
  yearMonthDay: (year, month, day) => `${monthDay(month, day)} ${year}`,
  withWeekday: (date, weekday) => `${weekday} ${date}`,
  atTime: (date, clock) => `${date} ${clock}`,
  before: (when) => `by ${when}`,
  days: (n) => (n === 1 ? '1 day' : `${n} days`),
  hours: (n) => `${n} h`,
  minutes: (n) => `${n} min`,
  unitDay: 'd',
  unitHour: 'h',
  unitMinute: 'min',
  join: (a, b) => `${a} ${b}`,
  left: (span) => `${span} left`,
  overdue: (span) => `${span} overdue`,
  passed: (span) => `${span} past due`,
  untilDue: 'Left until the deadline',
  pastDue: 'The deadline has passed',
  now: 'now',
}
