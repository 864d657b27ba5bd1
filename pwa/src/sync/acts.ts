/** What a person may do with something that is stuck. Each is one transaction. */
import { read, write, type OutboxRow, type PhotoRow } from '../db'
import { uuid7 } from '../domain/ids'

/**
 * Sends a refused command once more, under a new id, since the server answers the old id with the old refusal for
 * ever. `change` may correct its content.
 */
export async function sendAgain(
  id: string,
  change: (body: unknown) => unknown = (body) => body,
): Promise<void> {
  await write(['outbox', 'photos'], async (tx) => {
    const row = await tx.objectStore('outbox').get(id)
    if (!row || row.state === 'confirmed') return
    if (row.state === 'queued') {
      await tx.objectStore('outbox').put({ ...row, next_try_at: null })
      return
    }
    const next: OutboxRow = {
      ...row,
      id: uuid7(),
      body: change(row.body),
      attempts: 0,
      next_try_at: null,
      state: 'queued',
      problem: null,
    }
    await tx.objectStore('outbox').delete(row.id)
    await tx.objectStore('outbox').put(next)
    for (const photo of await photosOf(tx.objectStore('photos').index('by_state'), row.id)) {
      await tx.objectStore('photos').put({ ...photo, command_id: next.id })
    }
  })
}

/** Puts a refused photo back in line, from its first byte. */
export function resendPhoto(photoId: string): Promise<void> {
  return write(['photos'], async (tx) => {
    const row = await tx.objectStore('photos').get(photoId)
    if (row?.state === 'attention') {
      await tx.objectStore('photos').put({ ...row, state: 'queued', sent: 0, problem: null })
    }
  })
}

/**
 * Everything that the server does not have, as one JSON text: commands with their bodies, photos with their bytes in
 * base64. Readable without this app, so that a dying phone's work can be taken to the office.
 */
export async function exportUnsent(userId: string, subject?: string): Promise<Blob> {
  const { commands, photos } = await read(['outbox', 'photos'], async (tx) => {
    const index = tx.objectStore('outbox').index('by_user')
    const rows = (await index.getAll(userId)).filter((row) => !subject || row.subject_id === subject)
    const ids = new Set(rows.map((row) => row.id))
    const states = tx.objectStore('photos').index('by_state')
    const waiting = [...(await states.getAll('queued')), ...(await states.getAll('attention'))]
    const own = waiting.filter((photo) => photo.user_id === userId && ids.has(photo.command_id ?? ''))
    const needed = new Set(own.map((photo) => photo.command_id))
    return { commands: rows.filter((row) => row.state !== 'confirmed' || needed.has(row.id)), photos: own }
  })
  // Photo by photo: the whole at once would not fit a cheap phone's memory.
  const parts: BlobPart[] = [
    JSON.stringify({ format: 'xunjian-outbox', version: 1, user_id: userId, commands }).slice(0, -1),
    ',"photos":[',
  ]
  for (const [i, photo] of photos.entries()) {
    const blob = await read(['blobs'], (tx) => tx.objectStore('blobs').get(`photo:${photo.id}`))
    const bytes = blob ? base64(new Uint8Array(blob.bytes)) : null
    parts.push((i > 0 ? ',' : '') + JSON.stringify({ ...photo, bytes }))
  }
  parts.push(']}')
  return new Blob(parts, { type: 'application/json' })
}

function base64(bytes: Uint8Array): string {
  let text = ''
  // In slices: a call with 400,000 arguments overflows the stack.
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}

interface StateIndex {
  getAll(state: string): Promise<PhotoRow[]>
}

async function photosOf(index: StateIndex, commandId: string): Promise<PhotoRow[]> {
  const rows = [...(await index.getAll('queued')), ...(await index.getAll('attention'))]
  return rows.filter((photo) => photo.command_id === commandId)
}
