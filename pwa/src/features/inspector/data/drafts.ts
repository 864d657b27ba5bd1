/**
 * Findings that are being written down. A draft is stored from its first moment and at every change, because the page
 * may be killed while the camera is open; its id is the id of the finding that it becomes.
 */
import type { Picture, Redrawn } from '../../../capture/camera'
import {
  blobKeys,
  clipOf,
  read,
  StorageError,
  write,
  type DraftRow,
  type PhotoKind,
  type PhotoRow,
  type Position,
  type Readable,
  type Shape,
  type Writable,
} from '../../../db'
import type { CatalogueItem, Severity } from '../../../domain/documents'
import type { LonLat } from '../../../domain/geo'
import { uuid7 } from '../../../domain/ids'

export interface FindingDraft {
  compound_id: string
  visit_id: string | null
  item_code: string | null
  /** Another severity than the catalogue's; null keeps it. */
  severity: Severity | null
  text: string
  place: string
  /** True once a person has written the place: then no fix changes it. */
  place_own: boolean
  position: Position | null
  pin: LonLat | null
  excuses: Partial<Record<PhotoKind, string>>
}

/** A draft that is not stored yet; a photo or a word stores it. */
export function newDraft(
  userId: string,
  data: Pick<FindingDraft, 'compound_id' | 'visit_id'> & Partial<FindingDraft>,
): DraftRow {
  const full: FindingDraft = {
    item_code: null,
    severity: null,
    text: '',
    place: '',
    place_own: false,
    position: null,
    pin: null,
    excuses: {},
    ...data,
  }
  return {
    id: uuid7(),
    user_id: userId,
    kind: 'finding',
    subject_id: data.visit_id ?? data.compound_id,
    updated_at: new Date().toISOString(),
    data: full,
  }
}

/** Stores a draft, new or changed. */
export function putDraft(row: DraftRow): Promise<void> {
  return write(['drafts'], async (tx) => {
    await tx.objectStore('drafts').put({ ...row, updated_at: new Date().toISOString() })
  })
}

/** Changes the stored draft; nothing happens when it is gone. */
export function changeDraft(id: string, change: Partial<FindingDraft>): Promise<void> {
  return write(['drafts'], async (tx) => {
    const row = await tx.objectStore('drafts').get(id)
    if (!row) return
    const data = { ...(row.data as FindingDraft), ...change }
    await tx.objectStore('drafts').put({ ...row, data, updated_at: new Date().toISOString() })
  })
}

export interface NewPhoto {
  owner_id: string
  owner_kind: PhotoRow['owner_kind']
  kind: PhotoKind
  stage: 'before' | 'after' | 'review' | 'visit' | 'service'
  user_id: string
  position: Position | null
  captured_at: string
  source: 'camera' | 'gallery'
}

/** A photo as a command declares it, once it is settled whether its original follows. */
export function declared(photo: PhotoRow) {
  return {
    photo_id: photo.id,
    kind: photo.kind,
    sha256: photo.sha256,
    original_sha256: photo.original_sha256 ?? null,
    size: photo.size,
    mime: photo.media_type,
    source: photo.source ?? 'camera',
    captured_at: photo.captured_at,
    position: photo.position,
    ...(photo.annotated ? { annotated: true } : {}),
    // Said only of what will follow: of most photos only the hash is kept.
    ...(photo.original?.state === 'queued'
      ? { original_size: photo.original.size, original_mime: photo.original.media_type }
      : {}),
  }
}

/** Makes one draft of several: the photos of all in the first, the words of the first that has any. */
export function mergeDrafts(userId: string, ids: readonly string[]): Promise<void> {
  const [first, ...rest] = ids
  return write(['drafts', 'photos'], async (tx) => {
    const target = first && (await tx.objectStore('drafts').get(first))
    if (!target || target.user_id !== userId) return
    const data = { ...(target.data as FindingDraft) }
    for (const id of rest) {
      const other = await tx.objectStore('drafts').get(id)
      if (!other || other.user_id !== userId) continue
      const theirs = other.data as FindingDraft
      data.item_code ??= theirs.item_code
      data.text ||= theirs.text
      for (const photo of await tx.objectStore('photos').index('by_owner').getAll(id)) {
        if (photo.state === 'draft') await tx.objectStore('photos').put({ ...photo, owner_id: target.id })
      }
      await tx.objectStore('drafts').delete(id)
    }
    await tx.objectStore('drafts').put({ ...target, data, updated_at: new Date().toISOString() })
  })
}

/** Takes a photo out of its draft into one of its own, right after it; resolves with the id of the new draft. */
export async function splitPhoto(userId: string, photoId: string): Promise<string | null> {
  return write(['drafts', 'photos'], async (tx) => {
    const photo = await tx.objectStore('photos').get(photoId)
    const row = photo && (await tx.objectStore('drafts').get(photo.owner_id))
    if (photo?.state !== 'draft' || !row || row.user_id !== userId) return null
    const { compound_id, visit_id, place, position } = row.data as FindingDraft
    const fresh = newDraft(userId, { compound_id, visit_id, place, position: photo.position ?? position })
    await tx.objectStore('drafts').put(fresh)
    await tx.objectStore('photos').put({ ...photo, owner_id: fresh.id })
    return fresh.id
  })
}

/** The row of a photo that nobody has declared to the server yet. */
export function draftPhoto(picture: Picture, about: NewPhoto): PhotoRow {
  return {
    ...about,
    id: uuid7(),
    sha256: picture.sha256,
    original_sha256: picture.original_sha256,
    original: picture.original
      ? {
          size: picture.original.bytes.byteLength,
          media_type: picture.original.mime,
          sent: 0,
          state: 'kept',
        }
      : null,
    size: picture.bytes.byteLength,
    media_type: picture.mime,
    width: picture.width,
    height: picture.height,
    sent: 0,
    state: 'draft',
    problem: null,
    command_id: null,
  }
}

/** Stores a draft and a photo of it in one transaction; `replaces` is the id of the photo that it takes the place of. */
export const putPhoto = (
  row: DraftRow,
  photo: PhotoRow,
  picture: Picture,
  replaces?: string,
): Promise<void> => asRoomAllows(photo, picture, (its, bytes) => storePhoto(row, its, bytes, replaces))

/**
 * Stores a photo by `store`; where the disk has no room for the camera's file too, without that. A poster without its
 * video is nothing.
 */
export async function asRoomAllows(
  photo: PhotoRow,
  picture: Picture,
  store: (photo: PhotoRow, picture: Picture) => Promise<void>,
): Promise<void> {
  try {
    await store(photo, picture)
  } catch (error) {
    const full = error instanceof StorageError && error.code === 'storage.full'
    if (!full || !picture.original || clipOf(photo)) throw error
    await store({ ...photo, original: null }, { ...picture, original: null })
  }
}

function storePhoto(row: DraftRow, photo: PhotoRow, picture: Picture, replaces?: string): Promise<void> {
  return write(['drafts', 'photos', 'blobs'], async (tx) => {
    const stored = (await tx.objectStore('drafts').get(row.id)) ?? row
    await tx.objectStore('drafts').put({ ...stored, updated_at: photo.captured_at })
    if (replaces) {
      await tx.objectStore('photos').delete(replaces)
      for (const key of blobKeys(replaces)) await tx.objectStore('blobs').delete(key)
    }
    await tx.objectStore('photos').put(photo)
    await putPicture(tx, photo.id, picture)
  })
}

/** Stores the bytes of a picture, inside a transaction over `blobs`. */
export async function putPicture(transaction: unknown, id: string, picture: Picture): Promise<void> {
  const blobs = (transaction as Writable<['blobs']>).objectStore('blobs')
  await blobs.put({ key: `photo:${id}`, bytes: picture.bytes })
  if (picture.thumb) await blobs.put({ key: `thumb:${id}`, bytes: picture.thumb })
  if (picture.original) await blobs.put({ key: `original:${id}`, bytes: picture.original.bytes })
}

/** A draft photo as it was before anything was drawn on it; `thumb` may be missing. */
export interface Plain {
  bytes: ArrayBuffer
  thumb: ArrayBuffer | null
}

async function plainInside(transaction: unknown, id: string): Promise<Plain | null> {
  const blobs = (transaction as Readable<['blobs']>).objectStore('blobs')
  const full = (await blobs.get(`clean:${id}`)) ?? (await blobs.get(`photo:${id}`))
  const thumb = (await blobs.get(`clean-thumb:${id}`)) ?? (await blobs.get(`thumb:${id}`))
  return full ? { bytes: full.bytes, thumb: thumb?.bytes ?? null } : null
}

/** The rendition of a draft photo without what was drawn on it; null when its bytes are gone. */
export const plainPhoto = (id: string): Promise<Plain | null> => read(['blobs'], (tx) => plainInside(tx, id))

/** Puts a photo that was drawn on in the place of its plain one, which stays until the finding is saved. */
export function putRedrawn(id: string, marks: Shape[], redrawn: Redrawn): Promise<void> {
  return write(['photos', 'blobs'], async (tx) => {
    const photo = await tx.objectStore('photos').get(id)
    const blobs = tx.objectStore('blobs')
    const plain = await plainInside(tx, id)
    if (photo?.state !== 'draft' || !plain) return
    await blobs.put({ key: `clean:${id}`, bytes: plain.bytes })
    if (plain.thumb) await blobs.put({ key: `clean-thumb:${id}`, bytes: plain.thumb })
    await blobs.put({ key: `photo:${id}`, bytes: redrawn.bytes })
    await blobs.put({ key: `thumb:${id}`, bytes: redrawn.thumb })
    const { sha256, bytes } = redrawn
    const annotated = marks.length > 0
    await tx.objectStore('photos').put({ ...photo, sha256, size: bytes.byteLength, marks, annotated })
  })
}

/** Throws a draft away with its photos. */
export function dropDraft(id: string): Promise<void> {
  return write(['drafts', 'photos', 'blobs'], async (tx) => {
    for (const photo of await tx.objectStore('photos').index('by_owner').getAll(id)) {
      if (photo.state !== 'draft') continue
      await tx.objectStore('photos').delete(photo.id)
      for (const key of blobKeys(photo.id)) await tx.objectStore('blobs').delete(key)
    }
    await tx.objectStore('drafts').delete(id)
  })
}

/** Kinds that an item asks for, in its order. */
export function requiredKinds(item: Pick<CatalogueItem, 'photos'> | undefined): PhotoKind[] {
  return [...new Set((item?.photos ?? []).map((need) => need.kind))]
}

/**
 * The kind of each photo once the item is known: photos keep the kind they were taken for, the others fill what the
 * item asks for in its order, and what is left over is a close-up. A video stays one, and no still becomes one.
 */
export function assignKinds(
  photos: readonly { id: string; kind: PhotoKind }[],
  item: Pick<CatalogueItem, 'photos'> | undefined,
): Map<string, PhotoKind> {
  const wanted: PhotoKind[] = requiredKinds(item).filter((kind) => kind !== 'V')
  const result = new Map<string, PhotoKind>()
  const free = new Set<PhotoKind>(wanted)
  const rest: string[] = []
  for (const photo of photos) {
    if (photo.kind === 'V' || free.delete(photo.kind)) result.set(photo.id, photo.kind)
    else rest.push(photo.id)
  }
  const open = wanted.filter((kind) => free.has(kind))
  for (const id of rest) {
    const own = photos.find((photo) => photo.id === id)!.kind
    result.set(id, open.shift() ?? (wanted.includes(own) ? own : wanted.includes('C') ? 'C' : own))
  }
  return result
}

/** The two shots of a vehicle that stands are this far apart, or it may only have stopped. */
export const DWELL_MS = 10 * 60_000

type Taken = Pick<PhotoRow, 'kind' | 'captured_at'>

/** When the second shot of `T` is due (ms); null where there is none yet or both are there. */
export function secondShotAt(photos: readonly Taken[]): number | null {
  const times = photos.filter((photo) => photo.kind === 'T').map((photo) => Date.parse(photo.captured_at))
  if (times.length === 0 || Math.max(...times) - Math.min(...times) >= DWELL_MS) return null
  return Math.min(...times) + DWELL_MS
}

/** Kinds that are still missing and not excused, in the item's order; of `T` one shot is half. */
export function missingKinds(
  item: Pick<CatalogueItem, 'photos'> | undefined,
  photos: readonly Taken[],
  excuses: Partial<Record<PhotoKind, string>>,
): PhotoKind[] {
  const there = new Set(photos.map((photo) => photo.kind))
  if (secondShotAt(photos) !== null) there.delete('T')
  return requiredKinds(item).filter((kind) => !there.has(kind) && !excuses[kind])
}

/** Stores new kinds of draft photos. */
export function putKinds(kinds: ReadonlyMap<string, PhotoKind>): Promise<void> {
  return write(['photos'], async (tx) => {
    for (const [id, kind] of kinds) {
      const photo = await tx.objectStore('photos').get(id)
      if (photo?.state === 'draft' && photo.kind !== kind)
        await tx.objectStore('photos').put({ ...photo, kind })
    }
  })
}

const DAY = 86_400_000

/** Forgets drafts that never got a photo: a camera that was opened and closed. A day old, so that none is in use. */
export function dropEmptyDrafts(userId: string, now = Date.now()): Promise<void> {
  return write(['drafts', 'photos'], async (tx) => {
    for (const row of await tx.objectStore('drafts').index('by_user').getAll(userId)) {
      if (row.kind !== 'finding' || now - Date.parse(row.updated_at) < DAY) continue
      if ((await tx.objectStore('photos').index('by_owner').count(row.id)) === 0) {
        await tx.objectStore('drafts').delete(row.id)
      }
    }
  })
}
