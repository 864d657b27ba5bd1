/**
 * The phone's own running totals, sent with each sync and compared every night with what the office has from this
 * phone. They are counted from the rows that are here, plus what rows that were let go had counted: there is no second
 * set of numbers that could disagree with the facts.
 */
import type { Original, OutboxRow, PhotoRow, StoreName, Writable } from '../db'
import type { Counts } from './ports'

export interface Totals {
  recorded: Counts
  confirmed: Counts
}

type Tx = Writable<StoreName[]>
const keyOf = (userId: string): string => `counted.${userId}`

interface Kept {
  totals: Totals
  /** Rows that `totals` already counts although they are still here, by what was counted of them. */
  rows: Record<string, 'recorded' | 'confirmed'>
}

const none = (): Totals => ({
  recorded: { findings: 0, photos: 0, commands: 0, originals: 0 },
  confirmed: { findings: 0, photos: 0, commands: 0, originals: 0 },
})

/** The totals of one user, read inside a transaction over `outbox`, `photos` and `settings`. */
export async function countersIn(transaction: unknown, userId: string): Promise<Totals> {
  const tx = transaction as Tx
  const kept = (await tx.objectStore('settings').get(keyOf(userId)))?.value as Kept | undefined
  const rows = await tx.objectStore('outbox').index('by_user').getAll(userId)
  const photos = await tx.objectStore('photos').index('by_user').getAll(userId)
  return count(kept, rows, photos)
}

/** Writes the totals down before rows are let go, in the same transaction. */
export async function keepCounts(transaction: unknown, userId: string): Promise<void> {
  const tx = transaction as Tx
  const totals = await countersIn(tx, userId)
  const rows: Kept['rows'] = {}
  for (const row of await tx.objectStore('outbox').index('by_user').getAll(userId)) {
    rows[row.id] = row.state === 'confirmed' ? 'confirmed' : 'recorded'
  }
  for (const row of await tx.objectStore('photos').index('by_user').getAll(userId)) {
    if (row.state === 'draft') continue
    rows[row.id] = row.state === 'confirmed' ? 'confirmed' : 'recorded'
    if (isSent(row.original))
      rows[originalKey(row.id)] = row.original.state === 'confirmed' ? 'confirmed' : 'recorded'
  }
  await tx.objectStore('settings').put({ key: keyOf(userId), value: { totals, rows } satisfies Kept })
}

/** A row goes on under another id, as the same thing: what was counted of it stays counted. */
export async function keepCount(
  transaction: unknown,
  userId: string,
  from: string,
  to: string,
): Promise<void> {
  const settings = (transaction as Tx).objectStore('settings')
  const kept = (await settings.get(keyOf(userId)))?.value as Kept | undefined
  const before = kept?.rows[from]
  if (!kept || !before) return
  await settings.put({ key: keyOf(userId), value: { ...kept, rows: { ...kept.rows, [to]: before } } })
}

function count(kept: Kept | undefined, rows: readonly OutboxRow[], photos: readonly PhotoRow[]): Totals {
  const start = none()
  const totals: Totals = {
    recorded: { ...start.recorded, ...kept?.totals.recorded },
    confirmed: { ...start.confirmed, ...kept?.totals.confirmed },
  }
  const add = (id: string, confirmed: boolean, ...names: (keyof Counts)[]): void => {
    const before = kept?.rows[id]
    for (const name of names) {
      if (!before) totals.recorded[name] += 1
      if (confirmed && before !== 'confirmed') totals.confirmed[name] += 1
    }
  }
  for (const row of rows) {
    if (!isOwn(row)) continue
    const names: (keyof Counts)[] = row.command === 'open_finding' ? ['commands', 'findings'] : ['commands']
    add(row.id, row.state === 'confirmed', ...names)
  }
  for (const photo of photos) {
    if (photo.state === 'draft' || !isOwn(photo)) continue
    add(photo.id, photo.state === 'confirmed', 'photos')
    if (isSent(photo.original)) add(originalKey(photo.id), photo.original.state === 'confirmed', 'originals')
  }
  return totals
}

/** Whether it was made on this phone. What a file brought is counted where it was made, and nowhere twice. */
const isOwn = (row: { recorded_on?: string | null }): boolean => row.recorded_on === undefined

const originalKey = (photoId: string): string => `original:${photoId}`

/** Whether the camera's own file was to follow its photo. */
const isSent = (original: Original | null | undefined): original is Original =>
  !!original && original.state !== 'kept'
