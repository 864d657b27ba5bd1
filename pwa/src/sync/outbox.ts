/**
 * Policy of the queue: pure functions over what was observed. There is no to-do list beside the facts: what to do
 * next follows from which commands the server has answered and which bytes it has acknowledged.
 */
import type { OutboxRow, PhotoRow } from '../db'

/** Rows that the server has not taken: no answer yet, or refused. */
export type Unanswered = OutboxRow

/**
 * The unanswered row that brings into being what `row` uses, if there is one: then `row` has to wait. A command
 * that was refused holds back what needs it, and nothing else.
 */
export function heldBy(row: OutboxRow, rows: readonly Unanswered[]): Unanswered | null {
  const uses = row.uses ?? []
  return rows.find((other) => other.id !== row.id && !!other.creates && uses.includes(other.creates)) ?? null
}

/** Commands that can go now, oldest first, at most `limit`. `rows` are all unanswered ones of one user. */
export function nextBatch(rows: readonly Unanswered[], now: number, limit: number): Unanswered[] {
  return rows
    .filter((row) => row.state === 'queued')
    .filter((row) => row.next_try_at === null || Date.parse(row.next_try_at) <= now)
    .filter((row) => heldBy(row, rows) === null)
    .sort((a, b) => a.seq - b.seq)
    .slice(0, limit)
}

/** When the earliest postponed command may be tried again (ms), or null. */
export function nextDue(rows: readonly Unanswered[]): number | null {
  const times = rows
    .filter((row) => row.state === 'queued' && row.next_try_at !== null && heldBy(row, rows) === null)
    .map((row) => Date.parse(row.next_try_at!))
  return times.length > 0 ? Math.min(...times) : null
}

/**
 * The photo to send next: its command is answered, and it is not put off. What was begun is finished first, then
 * the oldest finding, then the smallest photo, so that cases become whole one after the other.
 */
export function nextPhoto(
  photos: readonly PhotoRow[],
  rows: readonly Unanswered[],
  putOff: ReadonlyMap<string, number>,
  now: number,
): PhotoRow | null {
  const open = new Set(rows.map((row) => row.id))
  const ready = photos.filter(
    (photo) =>
      photo.state === 'queued' && !open.has(photo.command_id ?? '') && (putOff.get(photo.id) ?? 0) <= now,
  )
  ready.sort(
    (a, b) =>
      Number(b.sent > 0) - Number(a.sent > 0) ||
      (a.command_id ?? '').localeCompare(b.command_id ?? '') ||
      a.size - b.size ||
      a.id.localeCompare(b.id),
  )
  return ready[0] ?? null
}

/** How many things the server does not have: commands without a yes, photos without a receipt. */
export function unsentCount(rows: readonly Unanswered[], photos: readonly PhotoRow[]): number {
  return (
    rows.length + photos.filter((photo) => photo.state === 'queued' || photo.state === 'attention').length
  )
}

/** Ids that an unanswered command is about: their rows keep their local words when a pull comes. */
export function touched(rows: readonly Unanswered[]): Set<string> {
  return new Set(
    rows.flatMap((row) => [row.subject_id, ...(row.creates ? [row.creates] : []), ...(row.uses ?? [])]),
  )
}
