/**
 * Persistence of the queue: one transaction a method, facts only. Whoever adds work to the queue does it inside the
 * transaction that stores the thing itself ({@link enqueue}), so that neither can exist without the other.
 */
import {
  blobKeys,
  clipOf,
  isOwed,
  OWNER,
  phone,
  type FindingRow,
  type OutboxRow,
  type PhotoRow,
  type Problem,
  type Store,
  type StoreName,
  type VisitRow,
  type Writable,
} from '../db'
import { uuid7 } from '../domain/ids'
import { applyChanges } from './applyChanges'
import { touched } from './outbox'
import { countersIn, keepCounts } from './counters'
import type { Answered, Order, Parcel, SyncStore } from './ports'
import type { Genuine } from './receipts'

export interface NewCommand {
  command: string
  subject_id: string
  body: unknown
  /** ISO time of the act. */
  at: string
  title?: string
  creates?: string
  uses?: string[]
  id?: string
}

/** A running transaction over the queue's stores, among whatever else it was opened over. */
interface QueueTx {
  objectStore: (...name: never[]) => unknown
}
const over = <S extends StoreName>(tx: QueueTx): Writable<S[]> => tx as unknown as Writable<S[]>

/** Adds a command inside the caller's transaction (which must include `outbox`). Returns its row. */
export async function enqueue(tx: QueueTx, userId: string, command: NewCommand): Promise<OutboxRow> {
  const store = over<'outbox'>(tx).objectStore('outbox')
  const last = await store.index('by_seq').openCursor(null, 'prev')
  const row: OutboxRow = {
    id: command.id ?? uuid7(),
    seq: (last?.value.seq ?? 0) + 1,
    user_id: userId,
    command: command.command,
    subject_id: command.subject_id,
    body: command.body,
    created_at: command.at,
    attempts: 0,
    next_try_at: null,
    state: 'queued',
    problem: null,
    title: command.title,
    creates: command.creates ?? null,
    uses: command.uses ?? [],
    answered_at: null,
  }
  await store.put(row)
  return row
}

/** Commands of one user that are not applied, by seq, read inside a transaction. */
export async function unanswered(tx: QueueTx, userId: string): Promise<OutboxRow[]> {
  const index = over<'outbox'>(tx).objectStore('outbox').index('by_state')
  const rows = [...(await index.getAll('queued')), ...(await index.getAll('attention'))]
  return rows.filter((row) => row.user_id === userId).sort((a, b) => a.seq - b.seq)
}

/** Own photos that the server does not have, and posters whose video it does not have. */
export async function unsentPhotos(tx: QueueTx, userId: string): Promise<PhotoRow[]> {
  const rows = await over<'photos'>(tx).objectStore('photos').index('by_user').getAll(userId)
  return rows.filter(
    (row) =>
      row.state === 'queued' || row.state === 'attention' || (row.state !== 'draft' && isOwed(clipOf(row))),
  )
}

const PULLED = ['findings', 'visits', 'rounds', 'compounds', 'notices', 'photos', 'blobs', 'cursor'] as const
const FEED = 'changes'
const sealedKey = (userId: string): string => `sealed.${userId}`
const orderKey = (userId: string): string => `order.${userId}`

/** The store of one user over the phone's database. */
export function outboxStore(userId: string, db: Store = phone): SyncStore {
  const settings = (key: string): Promise<unknown> =>
    db.read(['settings'], async (tx) => (await tx.objectStore('settings').get(key))?.value)
  return {
    open: () => adopt(db, userId),
    commands: () => db.read(['outbox'], (tx) => unanswered(tx, userId)),
    photos: () => db.read(['photos'], (tx) => unsentPhotos(tx, userId)),
    originals: () =>
      db.read(['photos'], async (tx) =>
        (await tx.objectStore('photos').index('by_user').getAll(userId)).filter(
          (row) => row.state === 'confirmed' && row.original?.state === 'queued',
        ),
      ),
    bytes: ({ id, kind }) =>
      db.read(['blobs'], async (tx) => (await tx.objectStore('blobs').get(`${kind}:${id}`))?.bytes ?? null),
    begin: (ids) =>
      db.write(['outbox', 'settings'], async (tx) => {
        await requireOwner(tx, userId)
        return begin(tx, ids, userId)
      }),
    answered: (answers, serverTime) =>
      db.write(['outbox', 'findings'], (tx) => storeAnswers(tx, userId, answers, serverTime)),
    setAside: (id, problem, until) =>
      db.write(['outbox'], async (tx) => {
        const row = await tx.objectStore('outbox').get(id)
        if (row?.state !== 'queued') return
        await tx
          .objectStore('outbox')
          .put(
            until === null
              ? { ...row, state: 'attention', problem, next_try_at: null, answered_at: null, receipt: null }
              : { ...row, problem, next_try_at: until },
          )
      }),
    sent: (parcel, bytes) => change(db, parcel.id, (row) => withSent(row, parcel, bytes)),
    confirm: (parcel, receipt) => confirm(db, parcel, receipt),
    refuse: (parcel, problem) => change(db, parcel.id, (row) => withRefusal(row, parcel, problem)),
    cursor: () =>
      db.read(['cursor'], async (tx) => {
        const row = await tx.objectStore('cursor').get(FEED)
        return row?.user_id === userId ? row.cursor : null
      }),
    applyPage: (page, genuine) =>
      db.write([...PULLED, 'outbox', 'settings'], async (tx) => {
        await requireOwner(tx, userId)
        const open = touched(await unanswered(tx, userId))
        await applyChanges(tx as unknown as Writable<StoreName[]>, page, open, userId, genuine)
        await tx
          .objectStore('cursor')
          .put({ feed: FEED, user_id: userId, cursor: page.cursor, pulled_at: page.server_time })
      }),
    dropCursor: () => db.write(['cursor'], (tx) => tx.objectStore('cursor').delete(FEED)),
    counters: () => db.read(['outbox', 'photos', 'settings'], (tx) => countersIn(tx, userId)),
    order: async () => ((await settings(orderKey(userId))) as Order | undefined) ?? null,
    obey: (order) =>
      db.write(['settings'], async (tx) => {
        await tx.objectStore('settings').put({ key: orderKey(userId), value: order })
      }),
    wipe: () => wipe(db, userId),
  }
}

async function begin(tx: QueueTx, ids: readonly string[], userId: string): Promise<OutboxRow[]> {
  const store = over<'outbox'>(tx).objectStore('outbox')
  const begun: OutboxRow[] = []
  for (const id of ids) {
    const row = await store.get(id)
    if (row?.state !== 'queued' || row.user_id !== userId) continue
    const next = { ...row, attempts: row.attempts + 1 }
    await store.put(next)
    begun.push(next)
  }
  return begun
}

/** What an answer changes: the command's own row, and the mark of findings that have nothing open any more. */
async function storeAnswers(
  tx: Writable<['outbox', 'findings']>,
  userId: string,
  answers: readonly Answered[],
  serverTime: string,
): Promise<void> {
  const store = tx.objectStore('outbox')
  const subjects = new Set<string>()
  for (const answer of answers) {
    const row = await store.get(answer.id)
    if (!row || row.user_id !== userId || row.state !== 'queued') continue
    for (const id of touched([row])) subjects.add(id)
    const common = { ...row, next_try_at: null, answered_at: serverTime }
    await store.put(
      answer.status === 'applied'
        ? { ...common, state: 'confirmed', problem: null, receipt: answer.receipt }
        : { ...common, state: 'attention', problem: answer.problem, receipt: answer.receipt },
    )
  }
  const open = touched(await unanswered(tx, userId))
  for (const id of subjects) {
    const finding = await tx.objectStore('findings').get(id)
    if (finding && finding.unsent === 1 && !open.has(id)) {
      await tx.objectStore('findings').put({ ...finding, unsent: 0 })
    }
  }
}

function change(db: Store, photoId: string, to: (row: PhotoRow) => PhotoRow): Promise<void> {
  return db.write(['photos'], async (tx) => {
    const row = await tx.objectStore('photos').get(photoId)
    if (row) await tx.objectStore('photos').put(to(row))
  })
}

function withSent(row: PhotoRow, { kind }: Parcel, sent: number): PhotoRow {
  if (kind === 'photo') return row.state === 'queued' ? { ...row, sent } : row
  return row.original?.state === 'queued' ? { ...row, original: { ...row.original, sent } } : row
}

function withRefusal(row: PhotoRow, { kind }: Parcel, problem: Problem): PhotoRow {
  if (kind === 'photo') {
    return row.state === 'queued' ? { ...row, state: 'attention', problem, receipt: null } : row
  }
  if (row.original?.state !== 'queued') return row
  return { ...row, original: { ...row.original, state: 'attention', problem } }
}

/** The receipt makes the photo confirmed. An original has no more use here once it is signed for: its copy goes. */
function confirm(db: Store, { id, kind }: Parcel, receipt: Genuine): Promise<void> {
  return db.write(['photos', 'blobs'], async (tx) => {
    const row = await tx.objectStore('photos').get(id)
    if (!row) return
    if (kind === 'photo') {
      if (row.state !== 'queued' && row.state !== 'attention') return
      if (receipt.sha256 !== row.sha256) return
      await tx
        .objectStore('photos')
        .put({ ...row, state: 'confirmed', sent: row.size, problem: null, receipt })
    } else if (row.original && receipt.sha256 === row.original_sha256) {
      const { size, media_type } = row.original
      await tx
        .objectStore('photos')
        .put({ ...row, original: { size, media_type, sent: size, state: 'confirmed', receipt } })
      await tx.objectStore('blobs').delete(`original:${id}`)
    }
  })
}

/** Somebody else has signed in on this phone since; an old tab must neither send nor pull for its user any more. */
export class Displaced extends Error {
  override name = 'Displaced'
}

async function requireOwner(tx: QueueTx, userId: string): Promise<void> {
  const owner = await over<'settings'>(tx).objectStore('settings').get(OWNER)
  if (owner?.value !== userId) throw new Displaced(userId)
}

interface Sealed {
  findings: FindingRow[]
  visits: VisitRow[]
}

/**
 * Makes the pulled part of the database this user's. What somebody else has not sent stays, out of sight: their
 * commands and photos under their id, and the findings and visits that these belong to sealed away until they come back.
 */
async function adopt(db: Store, userId: string): Promise<void> {
  const owner = await db.read(['settings'], (tx) => tx.objectStore('settings').get(OWNER))
  if (owner?.value === userId) return
  await db.write([...PULLED, 'settings', 'identity'], async (tx) => {
    // A tab that was left open may come to lead only now, long after somebody else signed in on another one.
    const me = await tx.objectStore('identity').get('me')
    if (me && me.user_id !== userId) throw new Displaced(userId)
    const cursor = await tx.objectStore('cursor').get(FEED)
    if (owner || (cursor && cursor.user_id !== userId)) await dropPulled(tx)
    const settings = tx.objectStore('settings')
    for (const name of ['findings', 'visits'] as const) {
      for (const row of await tx.objectStore(name).getAll()) {
        if (!row.user_id || row.user_id === userId) continue
        const key = sealedKey(row.user_id)
        const before = ((await settings.get(key))?.value as Sealed | undefined) ?? {
          findings: [],
          visits: [],
        }
        await settings.put({ key, value: { ...before, [name]: [...before[name], row] } })
        await tx.objectStore(name).delete(row.id)
      }
    }
    const mine = (await settings.get(sealedKey(userId)))?.value as Sealed | undefined
    for (const row of mine?.findings ?? []) await tx.objectStore('findings').put(row)
    for (const row of mine?.visits ?? []) await tx.objectStore('visits').put(row)
    await settings.delete(sealedKey(userId))
    await settings.put({ key: OWNER, value: userId })
  })
}

/** Lets go of what was pulled; what somebody wrote here stays. */
async function dropPulled(tx: QueueTx): Promise<void> {
  const all = over<(typeof PULLED)[number]>(tx)
  for (const name of ['rounds', 'compounds', 'notices', 'cursor'] as const) {
    await all.objectStore(name).clear()
  }
  for (const name of ['findings', 'visits'] as const) {
    const store = all.objectStore(name)
    for (const row of await store.getAll()) {
      if (!row.local || !row.user_id) await store.delete(row.id)
    }
  }
  const photos = all.objectStore('photos')
  for (const row of await photos.getAll()) {
    if (row.user_id) continue
    await photos.delete(row.id)
    await all.objectStore('blobs').delete(`thumb:${row.id}`)
  }
}

/**
 * A revoked phone forgets: all that was pulled, drafts, and what is confirmed. What the server does not have (refused
 * commands, photos that it could not read) stays, out of sight, for the one way out that is left: the encrypted file.
 */
function wipe(db: Store, userId: string): Promise<void> {
  return db.write([...PULLED, 'outbox', 'drafts', 'slips', 'catalogue', 'settings'], async (tx) => {
    await keepCounts(tx, userId)
    await dropPulled(tx)
    for (const row of await tx.objectStore('drafts').getAll()) {
      if (row.user_id === userId) await tx.objectStore('drafts').delete(row.id)
    }
    const outbox = tx.objectStore('outbox')
    for (const row of await outbox.index('by_user').getAll(userId)) {
      if (row.state === 'confirmed') await outbox.delete(row.id)
    }
    const photos = tx.objectStore('photos')
    for (const row of await photos.index('by_user').getAll(userId)) {
      if (row.state !== 'draft' && (row.state !== 'confirmed' || isOwed(row.original))) continue
      await photos.delete(row.id)
      for (const key of blobKeys(row.id)) await tx.objectStore('blobs').delete(key)
    }
    const open = touched(await unanswered(tx, userId))
    for (const name of ['findings', 'visits'] as const) {
      for (const row of await tx.objectStore(name).getAll()) {
        if (row.user_id === userId && !open.has(row.id)) await tx.objectStore(name).delete(row.id)
      }
    }
    for (const row of await tx.objectStore('slips').getAll()) {
      if (row.user_id === userId && !open.has(row.id)) await tx.objectStore('slips').delete(row.id)
    }
    await tx.objectStore('catalogue').clear()
  })
}

/**
 * Lets bytes go that the server has signed for and that are older than `days`, and the record of what was done after
 * thirty days more. What has no receipt is never touched, whatever its age, and nothing is counted.
 */
export function prune(db: Store, userId: string, now: number, days: number): Promise<void> {
  return db.write(['photos', 'blobs', 'outbox', 'settings'], async (tx) => {
    await keepCounts(tx, userId)
    const bytesBefore = new Date(now - days * DAY).toISOString()
    const recordBefore = new Date(now - (days + 30) * DAY).toISOString()
    for (const photo of await tx.objectStore('photos').index('by_user').getAll(userId)) {
      if (photo.state !== 'confirmed' || photo.receipt.received_at >= bytesBefore) continue
      await tx.objectStore('blobs').delete(`photo:${photo.id}`)
    }
    for (const row of await tx.objectStore('outbox').index('by_user').getAll(userId)) {
      if (row.state === 'confirmed' && row.receipt.received_at < recordBefore) {
        await tx.objectStore('outbox').delete(row.id)
      }
    }
  })
}
const DAY = 86_400_000
