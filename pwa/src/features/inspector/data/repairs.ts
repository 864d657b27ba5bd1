/** The way out for a photo that the server will not take: another one in its place. */
import { takePhoto } from '../../../capture/camera'
import { blobKeys, read, write, type PhotoRow, type Writable } from '../../../db'
import { uuid7 } from '../../../domain/ids'
import { enqueue } from '../../../sync'
import { declared, draftPhoto, putPicture } from './drafts'

/** The finding that a photo belongs to, as far as commands can still add to it. */
async function findingOf(photo: PhotoRow): Promise<string> {
  const row = await read(['outbox'], (tx) => tx.objectStore('outbox').get(photo.command_id ?? ''))
  return (row?.body as { finding_id?: string } | undefined)?.finding_id ?? photo.owner_id
}

/**
 * Puts a new photo in the place of a refused one. The server keeps waiting for the old one, so the new one is a photo
 * of its own; the old row is dropped here only, its bytes are worthless.
 */
export async function retakePhoto(photo: PhotoRow, file: File): Promise<void> {
  const picture = await takePhoto(file, [])
  const finding = await findingOf(photo)
  const command = uuid7()
  const now = new Date().toISOString()
  const fresh: PhotoRow = {
    ...draftPhoto(picture, {
      owner_id: photo.owner_id,
      owner_kind: photo.owner_kind,
      kind: photo.kind,
      stage: (photo.stage as 'before' | undefined) ?? 'before',
      user_id: photo.user_id!,
      position: photo.position,
      captured_at: now,
      source: 'camera',
    }),
    state: 'queued',
    problem: null,
    receipt: null,
    command_id: command,
  }
  await write(['photos', 'blobs', 'outbox', 'findings'], async (tx) => {
    await forget(tx, photo.id)
    await tx.objectStore('photos').put(fresh)
    await putPicture(tx, fresh.id, picture)
    await enqueue(tx, photo.user_id!, {
      id: command,
      command: 'add_photos',
      subject_id: finding,
      uses: [finding],
      at: now,
      body: { finding_id: finding, photos: [declared(fresh)] },
    })
  })
}

async function forget(transaction: unknown, id: string): Promise<void> {
  const tx = transaction as Writable<['photos', 'blobs']>
  await tx.objectStore('photos').delete(id)
  for (const key of blobKeys(id)) await tx.objectStore('blobs').delete(key)
}
