/**
 * Persistence of the queue: one transaction a method, facts only. Whoever adds work to the queue does it inside the
 * transaction that stores the thing itself ({@link enqueue}), so that neither can exist without the other.
 */
import {
  read,
  write,
  type OutboxRow,
  type PhotoRow,
  type Problem,
  type StoreName,
  type Writable,
} from '../db'
import type { PhotoDoc } from '../domain/documents'
import { uuid7 } from '../domain/ids'
import { applyChanges } from './applyChanges'
import { touched } from './outbox'
import type { CommandResult, SyncStore } from './ports'

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

/** Own photos that the server does not have. */
export async function unsentPhotos(tx: QueueTx, userId: string): Promise<PhotoRow[]> {
  const index = over<'photos'>(tx).objectStore('photos').index('by_state')
  const rows = [...(await index.getAll('queued')), ...(await index.getAll('attention'))]
  return rows.filter((row) => row.user_id === userId)
}

const PULLED: StoreName[] = [
  'findings',
  'visits',
  'rounds',
  'compounds',
  'notices',
  'photos',
  'blobs',
  'cursor',
]
const FEED = 'changes'

/** The store of one user over the phone's database. */
export function outboxStore(userId: string): SyncStore {
  return {
    open: () => adopt(userId),
    commands: () => read(['outbox'], (tx) => unanswered(tx, userId)),
    photos: () => read(['photos'], (tx) => unsentPhotos(tx, userId)),
    bytes: async (photoId) => {
      const row = await read(['blobs'], (tx) => tx.objectStore('blobs').get(`photo:${photoId}`))
      return row?.bytes ?? null
    },
    begin: (ids) =>
      write(['outbox'], async (tx) => {
        const store = tx.objectStore('outbox')
        const begun: OutboxRow[] = []
        for (const id of ids) {
          const row = await store.get(id)
          if (!row || row.state !== 'queued') continue
          const next = { ...row, attempts: row.attempts + 1 }
          await store.put(next)
          begun.push(next)
        }
        return begun
      }),
    answered: (results, serverTime) => storeAnswers(userId, results, serverTime),
    setAside: (id, problem, until) =>
      write(['outbox'], async (tx) => {
        const row = await tx.objectStore('outbox').get(id)
        if (!row || row.state !== 'queued') return
        const state = until === null ? 'attention' : 'queued'
        await tx.objectStore('outbox').put({ ...row, state, problem, next_try_at: until })
      }),
    sent: (photoId, bytes) =>
      changePhoto(photoId, (row) => (row.state === 'queued' ? { ...row, sent: bytes } : row)),
    confirmPhoto: (photoId, receipt, at) => confirmPhoto(photoId, receipt, at),
    refusePhoto: (photoId, problem) =>
      changePhoto(photoId, (row) => (row.state === 'queued' ? { ...row, state: 'attention', problem } : row)),
    cursor: async () => {
      const row = await read(['cursor'], (tx) => tx.objectStore('cursor').get(FEED))
      return row?.user_id === userId ? row.cursor : null
    },
    applyPage: (page) =>
      write([...PULLED, 'outbox', 'receipts'], async (tx) => {
        const open = touched(await unanswered(tx, userId))
        await applyChanges(tx, page, open, userId)
        await tx
          .objectStore('cursor')
          .put({ feed: FEED, user_id: userId, cursor: page.cursor, pulled_at: page.server_time })
      }),
    dropCursor: () => write(['cursor'], (tx) => tx.objectStore('cursor').delete(FEED)),
  }
}

/** What an answer changes: the command's own row, and the mark of findings that have nothing open any more. */
function storeAnswers(userId: string, results: readonly CommandResult[], serverTime: string): Promise<void> {
  return write(['outbox', 'findings'], async (tx) => {
    const store = tx.objectStore('outbox')
    const subjects = new Set<string>()
    for (const result of results) {
      const row = await store.get(result.id)
      if (!row || row.user_id !== userId || row.state !== 'queued') continue
      for (const id of touched([row])) subjects.add(id)
      const problem: Problem | null = result.problem && {
        code: result.problem.code,
        status: result.problem.status,
        detail: result.problem.detail ?? wrongFields(result.problem) ?? result.problem.title,
      }
      await store.put({
        ...row,
        state: result.status === 'applied' ? 'confirmed' : 'attention',
        problem,
        answered_at: serverTime,
        next_try_at: null,
      })
    }
    const open = touched(await unanswered(tx, userId))
    for (const id of subjects) {
      const finding = await tx.objectStore('findings').get(id)
      if (finding && finding.unsent === 1 && !open.has(id)) {
        await tx.objectStore('findings').put({ ...finding, unsent: 0 })
      }
    }
  })
}

/** Which fields a refusal names, for the details that a developer reads. */
function wrongFields(problem: object): string | undefined {
  const errors = (problem as { errors?: unknown }).errors
  return errors === undefined ? undefined : JSON.stringify(errors).slice(0, 500)
}

function changePhoto(photoId: string, change: (row: PhotoRow) => PhotoRow): Promise<void> {
  return write(['photos'], async (tx) => {
    const row = await tx.objectStore('photos').get(photoId)
    if (row) await tx.objectStore('photos').put(change(row))
  })
}

/** Photo and receipt together: neither says more than the other. */
function confirmPhoto(photoId: string, receipt: PhotoDoc, at: string): Promise<void> {
  return write(['photos', 'receipts'], async (tx) => {
    const row = await tx.objectStore('photos').get(photoId)
    if (!row || row.state === 'confirmed') return
    await tx.objectStore('photos').put({ ...row, state: 'confirmed', sent: row.size, problem: null })
    await tx
      .objectStore('receipts')
      .put({ id: photoId, subject_id: row.owner_id, kind: 'photo', received_at: at, data: receipt })
  })
}

/**
 * Makes the pulled part of the database this user's. What somebody else has not sent stays: their commands, their
 * photos with bytes, and the findings and visits that these belong to.
 */
async function adopt(userId: string): Promise<void> {
  const cursor = await read(['cursor'], (tx) => tx.objectStore('cursor').get(FEED))
  if (!cursor || cursor.user_id === userId) return
  await write([...PULLED, 'outbox'], async (tx) => {
    for (const name of ['rounds', 'compounds', 'notices', 'cursor'] as const) {
      await tx.objectStore(name).clear()
    }
    for (const name of ['findings', 'visits'] as const) {
      const store = tx.objectStore(name)
      for (const row of await store.getAll()) {
        if (!row.local || !row.user_id) await store.delete(row.id)
      }
    }
    const photos = tx.objectStore('photos')
    for (const row of await photos.getAll()) {
      if (row.user_id) continue
      await photos.delete(row.id)
      await tx.objectStore('blobs').delete(`thumb:${row.id}`)
    }
  })
}
