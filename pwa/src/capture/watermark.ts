/** The three lines on the foot of a photo: when, where in words, where in degrees and who. Pure. */
import { shanghai, type Instant } from '../domain/deadlines'

export interface Mark {
  at: Instant
  street: string
  compound: string
  place: string
  position: { lon: number; lat: number; accuracy_m: number | null } | null
  who: string
  /** Words for a phone without a fix, e.g. 未定位. */
  unplaced: string
}

const two = (n: number): string => String(n).padStart(2, '0')

/** Lines as they are burnt in, e.g. `119.62314E 38.94170N ±6m 陈巡01`. Empty parts leave no gap. */
export function markLines(mark: Mark): string[] {
  const w = shanghai(mark.at)
  const time = `${w.year}-${two(w.month)}-${two(w.day)} ${two(w.hour)}:${two(w.minute)}:${two(w.second)}`
  const where = [mark.street, mark.compound, mark.place].filter(Boolean).join(' ')
  const p = mark.position
  const accuracy =
    p?.accuracy_m === null || p?.accuracy_m === undefined ? '' : `±${Math.round(p.accuracy_m)}m`
  const degrees = p
    ? `${Math.abs(p.lon).toFixed(5)}${p.lon < 0 ? 'W' : 'E'} ${Math.abs(p.lat).toFixed(5)}${p.lat < 0 ? 'S' : 'N'}`
    : mark.unplaced
  return [time, where, [degrees, accuracy, mark.who].filter(Boolean).join(' ')].filter(Boolean)
}
