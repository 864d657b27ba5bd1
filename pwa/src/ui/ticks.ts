/** One tick is one thing that can be counted: an item, a photo, a day, an hour. */

/**
 * `done` filled · `todo` outline · `fail` tall red · `half` under way · `part` an hour that is passing: what is left of it, from the right · `rest` low (day of rest) ·
 * `attention` tall ochre · `confirmed` filled green · `past` red at full height (after the due line) · `due` the line itself.
 */
export type TickState =
  'done' | 'todo' | 'fail' | 'half' | 'part' | 'rest' | 'attention' | 'confirmed' | 'past' | 'due'

export interface Span {
  ticks: TickState[]
  /** Hours that one tick stands for: 1 unless there would be more than `max`. */
  hoursPerTick: number
  /** Share of the passing tick that is left, 0–1; give it to Ticks as `half`. */
  share: number
}

const HOUR = 3_600_000
const STEPS = [1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 720]

/**
 * Ticks of a deadline in hours, times in ms. Hours gone are outlines, hours left are filled; after the deadline a
 * line and then one red tick per step of lateness. More than `max` ticks are grouped: then say 每格 N 小时.
 */
export function spanTicks(from: number, due: number, now: number, max = 30): Span {
  const end = Math.max(due, now)
  const hours = Math.max(1, (end - from) / HOUR)
  const hoursPerTick = STEPS.find((step) => Math.ceil(hours / step) <= max) ?? 720
  const step = hoursPerTick * HOUR
  const total = Math.max(1, Math.round((due - from) / step))
  if (now > due) {
    const late = Math.max(1, Math.floor((now - due) / step))
    return {
      ticks: [...Array<TickState>(total).fill('done'), 'due', ...Array<TickState>(late).fill('past')],
      hoursPerTick,
      share: 0,
    }
  }
  const gone = Math.max(0, (now - from) / step)
  const ticks = Array.from({ length: total }, (_, i): TickState => {
    if (i + 1 <= gone) return 'todo'
    return i < gone ? 'part' : 'done'
  })
  return { ticks, hoursPerTick, share: 1 - (gone - Math.floor(gone)) }
}

/** `n` of `of` as ticks: done first, then (optionally) one under way, then to do. */
export function countTicks(done: number, of: number, half = 0): TickState[] {
  return Array.from({ length: of }, (_, i): TickState =>
    i < done ? 'done' : i < done + half ? 'half' : 'todo',
  )
}
