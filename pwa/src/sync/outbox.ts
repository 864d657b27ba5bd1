/**
 * Policy of the queue: pure functions over what was observed. There is no to-do list beside the facts: what to do
 * next follows from which commands the server has answered and which bytes it has acknowledged.
 */
import { clipOf, isOwed, type OutboxRow, type PhotoRow } from '../db'
import type { Parcel } from './ports'

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
    .filter((row) => dueAt(row, now) <= now)
    .filter((row) => heldBy(row, rows) === null)
    .sort((a, b) => a.seq - b.seq)
    .slice(0, limit)
}

/** No wait is longer than this; a time further off was written under another clock. */
const LONGEST_WAIT = 3_600_000

function dueAt(row: OutboxRow, now: number): number {
  const at = row.next_try_at === null ? now : Date.parse(row.next_try_at)
  return at - now > LONGEST_WAIT ? now : at
}

/** When the earliest postponed command may be tried again (ms), or null. */
export function nextDue(rows: readonly Unanswered[], now: number): number | null {
  const times = rows
    .filter((row) => row.state === 'queued' && row.next_try_at !== null && heldBy(row, rows) === null)
    .map((row) => dueAt(row, now))
  return times.length > 0 ? Math.min(...times) : null
}

/**
 * The photos to send next, at most `lanes`: their command is answered, and they are not put off. First what the person
 * has open, then what was begun, then the oldest finding, then the smallest photo, so that cases become whole one after
 * the other.
 */
export function nextPhotos(
  photos: readonly PhotoRow[],
  rows: readonly Unanswered[],
  putOff: ReadonlyMap<string, number>,
  now: number,
  lanes = 1,
  looked: string | null = null,
): Parcel[] {
  const open = new Set(rows.map((row) => row.id))
  const ready = photos.filter(
    (photo) =>
      photo.state === 'queued' && !open.has(photo.command_id ?? '') && (putOff.get(photo.id) ?? 0) <= now,
  )
  ready.sort(
    (a, b) =>
      Number(b.owner_id === looked) - Number(a.owner_id === looked) ||
      Number(b.sent > 0) - Number(a.sent > 0) ||
      (a.command_id ?? '').localeCompare(b.command_id ?? '') ||
      a.size - b.size ||
      a.id.localeCompare(b.id),
  )
  return ready
    .slice(0, lanes)
    .map(({ id, sha256, size, sent }) => ({ id, kind: 'photo', sha256, size, sent }))
}

/**
 * The original to send next: videos, what was begun, then the smallest. One at a time, and pictures only over a `roomy`
 * link, since nobody waits for them; a video is what the item asks for.
 */
export function nextOriginal(
  photos: readonly PhotoRow[],
  putOff: ReadonlyMap<string, number>,
  now: number,
  roomy: boolean,
): Parcel | null {
  const videos = new Set(photos.filter((photo) => clipOf(photo)).map((photo) => photo.id))
  const ready = photos
    .filter((photo) => roomy || videos.has(photo.id))
    .filter((photo) => photo.original?.state === 'queued' && !!photo.original_sha256)
    .filter((photo) => (putOff.get(photo.id) ?? 0) <= now)
    .map((photo) => ({
      id: photo.id,
      kind: 'original' as const,
      sha256: photo.original_sha256!,
      size: photo.original!.size,
      sent: photo.original!.sent,
    }))
  ready.sort(
    (a, b) =>
      Number(videos.has(b.id)) - Number(videos.has(a.id)) ||
      Number(b.sent > 0) - Number(a.sent > 0) ||
      a.size - b.size ||
      a.id.localeCompare(b.id),
  )
  return ready[0] ?? null
}

/**
 * How many things the server does not have: commands without a yes, photos and videos without a receipt. Other
 * originals wait for a link that costs nothing, and nobody waits for them.
 */
export function unsentCount(rows: readonly Unanswered[], photos: readonly PhotoRow[]): number {
  const owed = photos.filter((photo) => photo.state === 'queued' || photo.state === 'attention')
  return rows.length + owed.length + photos.filter((photo) => isOwed(clipOf(photo))).length
}

/** Ids that an unanswered command is about: their rows keep their local words when a pull comes. */
export function touched(rows: readonly Unanswered[]): Set<string> {
  return new Set(
    rows.flatMap((row) => [row.subject_id, ...(row.creates ? [row.creates] : []), ...(row.uses ?? [])]),
  )
}
