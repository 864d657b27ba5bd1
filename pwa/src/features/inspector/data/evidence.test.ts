import { beforeEach, describe, expect, test } from 'vitest'
import type { Picture } from '../../../capture/camera'
import { closeDatabase, DB_NAME, read, setSetting, type PhotoRow } from '../../../db'
import type { CatalogueItem, CompoundDoc, Severity } from '../../../domain/documents'
import { uuid7 } from '../../../domain/ids'
import { draftPhoto, dropDraft, newDraft, putPhoto } from './drafts'
import { keepOriginals, setKeepOriginals } from './evidence'
import { saveFinding } from './findings'
import { emptySlip, putSlipPhoto, saveSlip } from './slips'
import type { FindingView } from './views'

const ME = 'user-1'
const bytes = (n: number): ArrayBuffer => new Uint8Array(n).buffer

beforeEach(async () => {
  await closeDatabase()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DB_NAME)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })
})

const picture: Picture = {
  bytes: bytes(3),
  mime: 'image/jpeg',
  width: 4,
  height: 3,
  sha256: 'aa',
  original_sha256: 'bb',
  thumb: bytes(1),
  original: { bytes: bytes(12), mime: 'image/heic' },
}
const compound = { id: 'k1', name: '汀禾苑', street: '青禾街道', firm: null } as unknown as CompoundDoc
const item = (severity: Severity): CatalogueItem =>
  ({ code: 'FP-01', short_name: '', severity, parties: [], photos: [] }) as unknown as CatalogueItem

async function drafted(change: Partial<PhotoRow> = {}): Promise<{ draft: string; photo: string }> {
  const draft = newDraft(ME, { compound_id: 'k1', visit_id: null })
  const photo = {
    ...draftPhoto(picture, {
      owner_id: draft.id,
      owner_kind: 'finding',
      kind: 'O',
      stage: 'before',
      user_id: ME,
      position: null,
      captured_at: '2026-11-20T01:07:32Z',
      source: 'camera',
    }),
    ...change,
  } as PhotoRow
  await putPhoto(draft, photo, picture)
  return { draft: draft.id, photo: photo.id }
}
const save = (draftId: string, severity: Severity): Promise<void> =>
  saveFinding({
    draftId,
    item: item(severity),
    compound,
    author: { userId: ME, name: '陈巡01' },
    now: Date.now(),
  })
const kept = (id: string): Promise<[PhotoRow['original'], number | undefined]> =>
  read(['photos', 'blobs'], async (tx) => [
    (await tx.objectStore('photos').get(id))!.original,
    (await tx.objectStore('blobs').get(`original:${id}`))?.bytes.byteLength,
  ])

describe("the camera's own file", () => {
  test('waits with the draft, and for the evidence lane when the finding is severe', async () => {
    const { draft, photo } = await drafted()
    expect((await kept(photo))[0]).toEqual({ size: 12, media_type: 'image/heic', sent: 0, state: 'kept' })
    await save(draft, 'critical')
    expect(await kept(photo)).toEqual([{ size: 12, media_type: 'image/heic', sent: 0, state: 'queued' }, 12])
  })

  test('is let go where nobody asked for it, its hash stays', async () => {
    const { draft, photo } = await drafted()
    await save(draft, 'general')
    expect(await kept(photo)).toEqual([null, undefined])
    const row = await read(['photos'], (tx) => tx.objectStore('photos').get(photo))
    expect(row!.original_sha256).toBe('bb')
  })

  test('is kept for every severity that the setting names', async () => {
    await setKeepOriginals({ critical: false, major: false, general: true })
    const [mild, severe] = [await drafted(), await drafted()]
    await save(mild.draft, 'general')
    await save(severe.draft, 'critical')
    expect((await kept(mild.photo))[1]).toBe(12)
    expect((await kept(severe.photo))[1]).toBeUndefined()
  })

  test('of a photo that was drawn on is kept whatever the setting says: it is the only one without the drawing', async () => {
    await setKeepOriginals({ critical: false, major: false, general: false })
    const { draft, photo } = await drafted({ annotated: true })
    await save(draft, 'general')
    expect(await kept(photo)).toMatchObject([{ state: 'queued' }, 12])
  })

  test('is kept for what the office asks for, whatever this phone was set to', async () => {
    await setSetting('originals.office', ['major'])
    expect(await keepOriginals()).toEqual({ critical: false, major: true, general: false })
    await setKeepOriginals({ critical: true, major: false, general: false })
    expect(await keepOriginals()).toEqual({ critical: true, major: true, general: false })
    const { draft, photo } = await drafted()
    await save(draft, 'major')
    expect((await kept(photo))[1]).toBe(12)
  })

  test('is announced where it will follow, and only there', async () => {
    const [severe, mild] = [await drafted(), await drafted()]
    await save(severe.draft, 'critical')
    await save(mild.draft, 'general')
    const rows = await read(['outbox'], (tx) => tx.objectStore('outbox').getAll())
    const [first, second] = rows.map((row) => (row.body as { photos: Record<string, unknown>[] }).photos[0]!)
    expect(first).toMatchObject({ original_sha256: 'bb', original_size: 12, original_mime: 'image/heic' })
    expect(second).toMatchObject({ original_sha256: 'bb' })
    expect(second).not.toHaveProperty('original_size')
  })

  test('is the video itself where the photo is its poster: it goes whatever the setting says', async () => {
    await setKeepOriginals({ critical: false, major: false, general: false })
    const { draft, photo } = await drafted({
      kind: 'V',
      original: { size: 12, media_type: 'video/webm', sent: 0, state: 'kept' },
    })
    await save(draft, 'general')
    expect(await kept(photo)).toMatchObject([{ state: 'queued', media_type: 'video/webm' }, 12])
    const [row] = await read(['outbox'], (tx) => tx.objectStore('outbox').getAll())
    expect(row!.body).toMatchObject({
      photos: [{ kind: 'V', original_mime: 'video/webm', original_size: 12 }],
    })
  })

  test('of a slip that was left behind follows the gravest of its findings', async () => {
    for (const [severity, expected] of [
      ['critical', 12],
      ['general', undefined],
    ] as const) {
      const [slip, finding] = [uuid7(), uuid7()]
      await putSlipPhoto(picture, {
        owner_id: slip,
        owner_kind: 'finding',
        kind: 'O',
        stage: 'service',
        user_id: ME,
        position: null,
        captured_at: '2026-11-20T01:07:32Z',
        source: 'camera',
      })
      const of = (each: Severity): FindingView =>
        ({
          id: finding,
          item_code: 'FP-01',
          item_name: '',
          place: '',
          text: '',
          severity: each,
        }) as FindingView
      await saveSlip({
        id: slip,
        visitId: 'v1',
        author: { userId: ME, name: '陈巡01', unit: '青禾街道', deviceId: uuid7(), demo: false },
        compound: { ...compound, address: '' } as CompoundDoc,
        lines: [of('general'), of(severity)].map((each) => ({ finding: each, item: undefined, term: 'now' })),
        draft: { ...emptySlip(), accepted: false, reason: '拒绝签收' },
        signature: null,
        position: null,
        now: Date.now(),
        offset: 0,
      })
      const rows = await read(['photos'], (tx) => tx.objectStore('photos').index('by_owner').getAll(finding))
      expect((await kept(rows[0]!.id))[1]).toBe(expected)
    }
  })

  test('goes with the draft that is thrown away', async () => {
    const { draft } = await drafted()
    await dropDraft(draft)
    expect(await read(['blobs'], (tx) => tx.objectStore('blobs').count())).toBe(0)
  })
})
