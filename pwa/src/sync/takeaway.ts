/**
 * The way out of a dying phone: what the server does not have, as one encrypted file (docs/outbox-file.md), and the way
 * in on another. The ids travel with it, so both phones, the office and the file may all deliver the same: it arrives
 * once.
 */
import { getSetting, isOwed, phone, type OutboxRow, type PhotoRow, type Store } from '../db'
import { keys, sha256 } from './browser'
import {
  fromBase64url,
  OutboxFileError,
  seal,
  unseal,
  type FileRecord,
  type Lockers,
  type Opener,
  type Source,
} from './outboxFile'
import type { Ports } from './ports'
import { receiptBook, type Genuine } from './receipts'

/** Whose work it is, and where it comes from. */
export interface Owner {
  user: { id: string; username: string; display_name: string }
  device_id: string | null
}

/** The office's public key, as the last sign-in told it; null where it has none. */
export async function officeKey(): Promise<{ id: string; key: Uint8Array } | null> {
  const stored = await getSetting<{ id: string; public_key: string } | null>('outbox.key', null)
  return stored && { id: stored.id, key: fromBase64url(stored.public_key) }
}

/** A photo in memory at once, and never more: the whole would not fit a cheap phone. */
const PIECE = 1024 * 1024

interface Unsent {
  commands: OutboxRow[]
  photos: PhotoRow[]
}

/** What the server does not have, or of one subject only. Commands that it has are here when their photos are missing. */
async function unsent(db: Store, userId: string, subject?: string): Promise<Unsent> {
  return db.read(['outbox', 'photos'], async (tx) => {
    const rows = (await tx.objectStore('outbox').index('by_user').getAll(userId)).filter(
      (row) => !subject || row.subject_id === subject,
    )
    const known = new Set(rows.map((row) => row.id))
    const photos = (await tx.objectStore('photos').index('by_user').getAll(userId)).filter(
      (photo) => isUnsent(photo) && known.has(photo.command_id ?? ''),
    )
    const needed = new Set(photos.map((photo) => photo.command_id))
    const commands = rows
      .filter((row) => row.state !== 'confirmed' || needed.has(row.id))
      .sort((a, b) => a.seq - b.seq)
    return { commands, photos }
  })
}

const isUnsent = (photo: PhotoRow): boolean =>
  photo.state === 'queued' || photo.state === 'attention' || isOwed(photo.original)

/** The records of a file, photo by photo. */
export async function* unsentRecords(
  db: Store,
  owner: Owner,
  createdAt: string,
  subject?: string,
): AsyncGenerator<FileRecord> {
  const { commands, photos } = await unsent(db, owner.user.id, subject)
  const counts = { commands: commands.length, photos: photos.length }
  const { user, device_id } = owner
  yield {
    type: 'manifest',
    json: {
      format: 'xunjian-outbox',
      version: 1,
      created_at: createdAt,
      app_version: __APP_VERSION__,
      user,
      device_id,
      ...counts,
    },
  }
  for (const row of commands) yield { type: 'command', json: commandJson(row) }
  for (const photo of photos) {
    yield { type: 'photo', json: photoJson(photo) }
    if (photo.state !== 'confirmed') yield* pieces(db, 'photo', photo.id)
    if (isOwed(photo.original)) yield* pieces(db, 'original', photo.id)
  }
  yield { type: 'end', json: counts }
}

async function* pieces(db: Store, kind: 'photo' | 'original', id: string): AsyncGenerator<FileRecord> {
  const blob = await db.read(['blobs'], (tx) => tx.objectStore('blobs').get(`${kind}:${id}`))
  if (!blob) return
  for (let at = 0; at < blob.bytes.byteLength; at += PIECE) {
    const bytes = new Uint8Array(blob.bytes.slice(at, at + PIECE))
    yield { type: kind === 'photo' ? 'bytes' : 'original', bytes }
  }
}

const commandJson = (row: OutboxRow): Record<string, unknown> => ({
  id: row.id,
  kind: row.command,
  captured_at: row.created_at,
  body: row.body,
  subject_id: row.subject_id,
  creates: row.creates ?? null,
  uses: row.uses ?? [],
  title: row.title ?? '',
  refused: row.state === 'attention' ? row.problem : null,
})

const photoJson = (photo: PhotoRow): Record<string, unknown> => ({
  id: photo.id,
  command_id: photo.command_id ?? null,
  owner_id: photo.owner_id,
  owner_kind: photo.owner_kind,
  group_id: photo.group_id ?? null,
  stage: photo.stage ?? null,
  kind: photo.kind,
  sha256: photo.sha256,
  size: photo.size,
  mime: photo.media_type,
  captured_at: photo.captured_at,
  position: photo.position,
  source: photo.source ?? null,
  original_sha256: photo.original_sha256 ?? null,
  original_size: isOwed(photo.original) ? photo.original!.size : null,
  original_mime: isOwed(photo.original) ? photo.original!.media_type : null,
  receipt: photo.receipt ?? null,
  refused: photo.state === 'attention' ? photo.problem : null,
})

/** The file. Each piece is handed to the browser at once, which may keep it on the disk. */
export async function exportFile(
  owner: Owner,
  lockers: Lockers,
  { db = phone, now = Date.now(), subject }: { db?: Store; now?: number; subject?: string } = {},
): Promise<Blob> {
  const at = new Date(now).toISOString()
  const parts: Blob[] = []
  for await (const piece of seal(unsentRecords(db, owner, at, subject), lockers, at))
    parts.push(new Blob([piece]))
  return new Blob(parts, { type: 'application/octet-stream' })
}

/** Hands the file to another app, or to the downloads where the platform shares no files. */
export async function shareFile(file: Blob, name: string): Promise<'shared' | 'saved' | 'cancelled'> {
  // Some browsers share no type but those they know; the name tells it to the reader all the same.
  const forms = [
    new File([file], name, { type: file.type }),
    new File([file], `${name}.txt`, { type: 'text/plain' }),
  ]
  const form = forms.find((each) => navigator.canShare?.({ files: [each] }))
  if (form) {
    try {
      await navigator.share({ files: [form] })
      return 'shared'
    } catch (error) {
      if ((error as { name?: string }).name === 'AbortError') return 'cancelled'
    }
  }
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  return 'saved'
}

/** What came in, and what was here already. */
export interface Imported {
  commands: number
  photos: number
  known: number
  /** Photos whose bytes the other phone did not have any more. */
  lost: number
}

/**
 * Takes a file into this user's queue. Rejects with OutboxFileError; what was read before a damaged place stays taken,
 * and the same file may be taken again.
 */
export async function importFile(
  file: Blob,
  opener: Opener,
  userId: string,
  db: Store = phone,
): Promise<Imported> {
  const source: Source = {
    size: file.size,
    read: async (start, end) => new Uint8Array(await file.slice(start, end).arrayBuffer()),
  }
  return takeIn(unseal(source, opener), userId, { db, sha256, receipts: receiptBook(keys) })
}

/** Where a file is taken in, and what judges it: a file's word that the server has a photo is worth its signature. */
export interface Taking extends Pick<Ports, 'sha256' | 'receipts'> {
  db: Store
}

/** See {@link importFile}; over records that were opened already. */
export async function takeIn(
  records: AsyncIterable<FileRecord>,
  userId: string,
  taking: Taking,
): Promise<Imported> {
  const done: Imported = { commands: 0, photos: 0, known: 0, lost: 0 }
  let from: string | null = null
  let photo: Record<string, unknown> | null = null
  let bytes: Uint8Array[] = []
  let original: Uint8Array[] = []
  const flush = async (): Promise<void> => {
    if (photo) done[await takePhoto(taking, { userId, from }, photo, join(bytes), join(original))] += 1
    photo = null
    bytes = []
    original = []
  }
  for await (const record of records) {
    if (record.type === 'manifest') {
      const user = record.json['user'] as { id?: string } | undefined
      if (user?.id !== userId) throw new OutboxFileError('outboxfile.other_user')
      from = (record.json['device_id'] as string | null | undefined) ?? null
    } else if (record.type === 'command') {
      done[(await takeCommand(taking.db, { userId, from }, record.json)) ? 'commands' : 'known'] += 1
    } else if (record.type === 'bytes') bytes.push(record.bytes)
    else if (record.type === 'original') original.push(record.bytes)
    else {
      await flush()
      if (record.type === 'photo') photo = record.json
    }
  }
  return done
}

/** Whose work, and the phone it was made on. */
interface Origin {
  userId: string
  from: string | null
}

async function takeCommand(
  db: Store,
  { userId, from }: Origin,
  json: Record<string, unknown>,
): Promise<boolean> {
  return db.write(['outbox'], async (tx) => {
    const store = tx.objectStore('outbox')
    const id = json['id'] as string
    if (await store.get(id)) return false
    const last = await store.index('by_seq').openCursor(null, 'prev')
    const facts = {
      id,
      seq: (last?.value.seq ?? 0) + 1,
      user_id: userId,
      command: json['kind'] as string,
      subject_id: json['subject_id'] as string,
      body: json['body'],
      created_at: json['captured_at'] as string,
      // It may have been tried on the other phone: its content is frozen.
      attempts: 1,
      title: json['title'] as string,
      creates: (json['creates'] as string | null) ?? null,
      uses: json['uses'] as string[],
      recorded_on: from,
    }
    await store.put({ ...facts, state: 'queued', problem: null, next_try_at: null, answered_at: null })
    return true
  })
}

async function takePhoto(
  { db, sha256, receipts }: Taking,
  origin: Origin,
  json: Record<string, unknown>,
  bytes: Uint8Array<ArrayBuffer>,
  original: Uint8Array<ArrayBuffer>,
): Promise<'photos' | 'known' | 'lost'> {
  const id = json['id'] as string
  const hash = json['sha256'] as string
  const receipt = await genuine(receipts, json['receipt'], id, hash)
  if (!receipt && (await sha256(bytes.buffer)) !== hash) return 'lost'
  const facts = photoFacts(json, origin, original.length > 0)
  return db.write(['photos', 'blobs'], async (tx) => {
    const known = await tx.objectStore('photos').get(id)
    if (known?.user_id) return 'known'
    await tx
      .objectStore('photos')
      .put(
        receipt
          ? { ...facts, state: 'confirmed', sent: facts.size, problem: null, receipt }
          : { ...facts, state: 'queued', problem: null, receipt: null },
      )
    if (bytes.length > 0) await tx.objectStore('blobs').put({ key: `photo:${id}`, bytes: bytes.buffer })
    if (original.length > 0)
      await tx.objectStore('blobs').put({ key: `original:${id}`, bytes: original.buffer })
    return 'photos'
  })
}

function photoFacts(json: Record<string, unknown>, { userId, from }: Origin, withOriginal: boolean) {
  return {
    id: json['id'] as string,
    command_id: json['command_id'] as string,
    owner_id: json['owner_id'] as string,
    owner_kind: json['owner_kind'] as PhotoRow['owner_kind'],
    group_id: (json['group_id'] as string | null) ?? undefined,
    stage: (json['stage'] as string | null) ?? undefined,
    kind: json['kind'] as PhotoRow['kind'],
    sha256: json['sha256'] as string,
    size: json['size'] as number,
    media_type: json['mime'] as string,
    captured_at: json['captured_at'] as string,
    position: json['position'] as PhotoRow['position'],
    source: (json['source'] as PhotoRow['source'] | null) ?? undefined,
    original_sha256: json['original_sha256'] as string | null,
    original: withOriginal
      ? {
          size: json['original_size'] as number,
          media_type: json['original_mime'] as string,
          sent: 0,
          state: 'queued' as const,
        }
      : null,
    width: null,
    height: null,
    sent: 0,
    user_id: userId,
    recorded_on: from,
  }
}

/** The receipt, where the keys say that it is one. Whoever has no network yet asks the server again by sending. */
async function genuine(
  book: Ports['receipts'],
  receipt: unknown,
  id: string,
  hash: string,
): Promise<Genuine | null> {
  try {
    return await book.verify(receipt, { kind: 'photo', id, sha256: hash })
  } catch {
    return null
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
