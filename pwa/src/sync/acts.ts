/** What a person may do with something that is stuck. Each is one transaction. */
import { phone, type OutboxRow, type PhotoRow } from '../db'
import { uuid7 } from '../domain/ids'
import { keepCount } from './counters'

/**
 * Sends a refused command once more, under a new id, since the server answers the old id with the old refusal for
 * ever. `change` may correct its content.
 */
export async function sendAgain(
  id: string,
  change: (body: unknown) => unknown = (body) => body,
  { db = phone, newId = uuid7 } = {},
): Promise<void> {
  await db.write(['outbox', 'photos', 'settings'], async (tx) => {
    const row = await tx.objectStore('outbox').get(id)
    if (!row || row.state === 'confirmed') return
    if (row.state === 'queued') {
      await tx.objectStore('outbox').put({ ...row, next_try_at: null })
      return
    }
    const next: OutboxRow = {
      ...row,
      id: newId(),
      body: change(row.body),
      attempts: 0,
      next_try_at: null,
      state: 'queued',
      problem: null,
      answered_at: null,
      receipt: null,
    }
    await tx.objectStore('outbox').delete(row.id)
    await tx.objectStore('outbox').put(next)
    await keepCount(tx, row.user_id, row.id, next.id)
    for (const photo of await photosOf(tx.objectStore('photos').index('by_state'), row.id)) {
      await tx.objectStore('photos').put({ ...photo, command_id: next.id })
    }
  })
}

/** Puts a refused photo back in line, from its first byte. */
export function resendPhoto(photoId: string, { db = phone } = {}): Promise<void> {
  return db.write(['photos'], async (tx) => {
    const row = await tx.objectStore('photos').get(photoId)
    if (row?.state === 'attention') {
      await tx.objectStore('photos').put({ ...row, state: 'queued', sent: 0, problem: null })
    } else if (row?.original?.state === 'attention') {
      const { size, media_type } = row.original
      await tx.objectStore('photos').put({ ...row, original: { size, media_type, sent: 0, state: 'queued' } })
    }
  })
}

interface StateIndex {
  getAll(state: string): Promise<PhotoRow[]>
}

async function photosOf(index: StateIndex, commandId: string): Promise<PhotoRow[]> {
  const rows = [...(await index.getAll('queued')), ...(await index.getAll('attention'))]
  return rows.filter((photo) => photo.command_id === commandId)
}
