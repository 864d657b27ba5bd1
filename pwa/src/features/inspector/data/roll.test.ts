/** Pains of others (reports of field apps) that capture answers, and what the roll of a visit does. */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Picture } from '../../../capture/camera'
import { closeDatabase, DB_NAME, read, StorageError, write, type PhotoRow } from '../../../db'
import type { CatalogueItem, CompoundDoc } from '../../../domain/documents'
import {
  draftPhoto,
  mergeDrafts,
  missingKinds,
  newDraft,
  plainPhoto,
  putPhoto,
  putRedrawn,
  secondShotAt,
  splitPhoto,
  type FindingDraft,
} from './drafts'
import { joinFinding, saveFinding } from './findings'
import { loadDraft, loadRoll } from './queries'
import { floorsOf, nearestBuildings, onFloor } from './spot'
import type { FindingView } from './views'

const ME = 'user-1'
const FIX = {
  lon: 119.62314,
  lat: 38.9417,
  accuracy_m: 6,
  captured_at: '2026-11-20T01:07:00Z',
  source: 'gnss',
  crs: 'wgs84',
} as const
const bytes = (n: number): ArrayBuffer => new Uint8Array(n).buffer
const picture = (n = 3): Picture => ({
  bytes: bytes(n),
  mime: 'image/jpeg',
  width: 4,
  height: 3,
  sha256: `s${n}`,
  original_sha256: `o${n}`,
  thumb: bytes(1),
  original: { bytes: bytes(40 + n), mime: 'image/jpeg' },
})

beforeEach(async () => {
  vi.restoreAllMocks()
  await closeDatabase()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DB_NAME)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })
})

async function drafted(n = 3, change: Partial<FindingDraft> = {}): Promise<{ id: string; photo: PhotoRow }> {
  const draft = newDraft(ME, { compound_id: 'k1', visit_id: 'v1', ...change })
  const photo = draftPhoto(picture(n), {
    owner_id: draft.id,
    owner_kind: 'finding',
    kind: 'O',
    stage: 'before',
    user_id: ME,
    position: FIX,
    captured_at: `2026-11-20T01:07:${10 + n}Z`,
    source: 'camera',
  })
  await putPhoto(draft, photo, picture(n))
  return { id: draft.id, photo }
}

test('pain 8 and 43: place and time of the shutter are fields of the photo, whatever becomes of its EXIF', async () => {
  const { id } = await drafted()
  const { photos } = (await loadDraft(ME, id))!
  expect(photos[0]).toMatchObject({
    position: { lon: 119.62314, lat: 38.9417, accuracy_m: 6, captured_at: '2026-11-20T01:07:00Z' },
    captured_at: '2026-11-20T01:07:13Z',
    original_sha256: 'o3',
  })
})

test('pain 23: the bytes are on the disk with the row, before any screen shows a preview', async () => {
  const { photo } = await drafted()
  const held = await read(['blobs'], (tx) => tx.objectStore('blobs').getAllKeys())
  expect(held).toEqual([`original:${photo.id}`, `photo:${photo.id}`, `thumb:${photo.id}`])
})

test('pain 31: what was saved is no draft any more, in the same transaction', async () => {
  const { id } = await drafted()
  const item = { code: 'FP-01', short_name: '', severity: 'general', parties: [], photos: [] }
  const compound = { id: 'k1', name: '汀禾苑', street: '', firm: null }
  await saveFinding({
    draftId: id,
    item: item as unknown as CatalogueItem,
    compound: compound as unknown as CompoundDoc,
    author: { userId: ME, name: '陈巡01' },
    now: Date.now(),
  })
  expect(await loadDraft(ME, id)).toBeNull()
  expect(await loadRoll(ME, 'v1')).toEqual([])
  expect(await read(['findings'], (tx) => tx.objectStore('findings').count())).toBe(1)
})

test("a disk without room for the camera's file still takes the photo", async () => {
  const real = IDBObjectStore.prototype.put
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
    if ((value as { bytes?: ArrayBuffer }).bytes?.byteLength === 43) {
      throw new DOMException('full', 'QuotaExceededError')
    }
    return real.call(this, value, key as IDBValidKey | undefined)
  })
  const { id } = await drafted()
  const { photos } = (await loadDraft(ME, id))!
  expect(photos.map((photo) => photo.original)).toEqual([null])
  vi.restoreAllMocks()
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  await expect(drafted()).rejects.toThrow(StorageError)
})

describe('pain 56: capture now, describe later', () => {
  test('photos taken in a row are records of their own, and several become one', async () => {
    const first = await drafted(1)
    const second = await drafted(2, { item_code: 'FP-01', text: '两辆车' })
    const third = await drafted(3)
    expect(await loadRoll(ME, 'v1')).toHaveLength(3)
    await mergeDrafts(ME, [first.id, second.id])
    const roll = await loadRoll(ME, 'v1')
    expect(roll.map((each) => [each.row.id, each.photos.length])).toEqual([
      [first.id, 2],
      [third.id, 1],
    ])
    expect(roll[0]!.data).toMatchObject({ item_code: 'FP-01', text: '两辆车' })
  })

  test('nobody merges what belongs to another', async () => {
    const [mine, other] = [await drafted(1), await drafted(2)]
    await mergeDrafts('user-2', [mine.id, other.id])
    expect(await loadRoll(ME, 'v1')).toHaveLength(2)
  })

  test('a photo that shows something else is taken out into a record of its own', async () => {
    const first = await drafted(1)
    const second = await drafted(2)
    await mergeDrafts(ME, [first.id, second.id])
    const fresh = await splitPhoto(ME, second.photo.id)
    const roll = await loadRoll(ME, 'v1')
    expect(roll.map((each) => each.photos.map((photo) => photo.id))).toEqual([
      [first.photo.id],
      [second.photo.id],
    ])
    expect(roll[1]!.row.id).toBe(fresh)
  })
})

describe('drawing on a copy', () => {
  const arrow = { kind: 'arrow' as const, from: { x: 0.1, y: 0.1 }, to: { x: 0.5, y: 0.5 } }
  test('changes what is sent and its hash, and keeps the plain picture and the hash of the original', async () => {
    const { id, photo } = await drafted()
    await putRedrawn(photo.id, [arrow], { bytes: bytes(7), sha256: 'drawn', thumb: bytes(2) })
    expect((await plainPhoto(photo.id))!.bytes.byteLength).toBe(3)
    const [row] = (await loadDraft(ME, id))!.photos
    expect(row).toMatchObject({ sha256: 'drawn', size: 7, annotated: true, original_sha256: 'o3' })
    await putRedrawn(photo.id, [], { bytes: bytes(3), sha256: 's3', thumb: bytes(1) })
    expect((await loadDraft(ME, id))!.photos[0]).toMatchObject({ annotated: false, marks: [] })
  })
})

describe('pain 57 and 58: what is known already', () => {
  const finding = {
    id: 'f1',
    item_code: 'FP-01',
    item_short_name: '机动车占用',
    compound_name: '汀禾苑',
    severity: 'critical',
  } as FindingView
  test('gets the photos of the draft instead of a second finding', async () => {
    await write(['findings'], (tx) =>
      tx.objectStore('findings').put({
        id: 'f1',
        compound_id: 'k1',
        visit_id: null,
        state: 'submitted',
        unsent: 0,
        updated_at: '',
        data: finding,
      }),
    )
    const { id, photo } = await drafted()
    await joinFinding(id, finding, { userId: ME, name: '陈巡01' }, Date.now())
    const rows = await read(['outbox'], (tx) => tx.objectStore('outbox').getAll())
    expect(rows.map((row) => [row.command, row.subject_id])).toEqual([['add_photos', 'f1']])
    expect(rows[0]!.body).toMatchObject({ finding_id: 'f1', photos: [{ photo_id: photo.id, kind: 'O' }] })
    const moved = await read(['photos'], (tx) => tx.objectStore('photos').get(photo.id))
    expect(moved).toMatchObject({ owner_id: 'f1', state: 'queued', original: { state: 'queued' } })
    expect(await loadDraft(ME, id)).toBeNull()
  })
})

describe('two shots of what stands', () => {
  const item = { photos: [{ kind: 'T' as const }] }
  const shot = (minute: number): Pick<PhotoRow, 'kind' | 'captured_at'> => ({
    kind: 'T',
    captured_at: new Date(Date.UTC(2026, 10, 20, 1, minute)).toISOString(),
  })
  test('one is half: the second is due ten minutes later', () => {
    expect(missingKinds(item, [shot(0)], {})).toEqual(['T'])
    expect(secondShotAt([shot(0)])).toBe(Date.UTC(2026, 10, 20, 1, 10))
    expect(missingKinds(item, [shot(0), shot(9)], {})).toEqual(['T'])
    expect(missingKinds(item, [shot(0), shot(10)], {})).toEqual([])
    expect(secondShotAt([])).toBeNull()
  })
})

describe('building and floor', () => {
  const square = (west: number): number[][][] => [
    [
      [west, 38],
      [west + 0.0002, 38],
      [west + 0.0002, 38.0002],
      [west, 38],
    ],
  ]
  const compound = {
    building_outlines: {
      type: 'MultiPolygon',
      coordinates: [square(119), square(119.001), square(119.002)],
    },
    building_names: ['1号楼', '2号楼', ''],
  } as unknown as CompoundDoc
  test('the nearest named ones are offered first', () => {
    const near = nearestBuildings(compound, { lon: 119.0011, lat: 38.0001 }, 3)
    expect(near.map(({ name }) => name)).toEqual(['2号楼', '1号楼'])
  })
  test('words and back', () => {
    for (const floor of [null, -2, -1, 1, 33]) {
      expect(floorsOf(onFloor('2号楼', floor), ['1号楼', '2号楼'])).toEqual({ building: '2号楼', floor })
    }
    expect(onFloor('地下车库', -1)).toBe('地下车库B1层')
    expect(floorsOf('西门岗亭旁', ['1号楼'])).toEqual({ building: null, floor: null })
  })
})
