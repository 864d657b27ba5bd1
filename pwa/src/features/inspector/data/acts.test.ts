import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Picture } from '../../../capture/camera'
import { closeDatabase, DB_NAME, read, StorageError, write } from '../../../db'
import type { CatalogueItem, CompoundDoc } from '../../../domain/documents'
import { outboxStore } from '../../../sync/outboxStore'
import { changeDraft, draftPhoto, dropDraft, dropEmptyDrafts, newDraft, putDraft, putPhoto } from './drafts'
import { saveFinding } from './findings'
import { loadReviewDraft, putReviewDraft, putReviewPhoto, saveReview } from './reviews'
import { loadCase, loadDraft, loadRoll, loadToday, loadUsed, loadVisit } from './queries'
import type { FindingView } from './views'
import { answer, checkIn, leave } from './visits'

const ME = 'user-1'
const NOW = Date.parse('2026-11-20T09:07:00+08:00')
const FIX = {
  lon: 119.62314,
  lat: 38.9417,
  accuracy_m: 6,
  captured_at: '2026-11-20T01:07:00Z',
  source: 'gnss',
  crs: 'wgs84',
} as const
const AUTHOR = { userId: ME, name: '陈巡01' }

async function wipe(): Promise<void> {
  await closeDatabase()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DB_NAME)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })
}
beforeEach(wipe)
afterEach(() => vi.restoreAllMocks())

const compound = {
  id: 'k1',
  name: '汀禾苑',
  street: '青禾街道',
  community: '禾田社区',
  firm: null,
  centre: FIX,
} as unknown as CompoundDoc
const item = {
  code: 'FP-01',
  name: '机动车占用、堵塞消防车通道',
  short_name: '机动车占用消防车通道',
  severity: 'critical',
  parties: ['firm'],
  photos: [{ kind: 'O' }, { kind: 'C' }],
} as unknown as CatalogueItem
const picture: Picture = {
  bytes: new Uint8Array([1, 2, 3]).buffer,
  mime: 'image/jpeg',
  width: 4,
  height: 3,
  sha256: 'aa',
  original_sha256: 'bb',
  thumb: new Uint8Array([9]).buffer,
}

async function place(): Promise<void> {
  const list = {
    id: 'l1',
    set_code: 'CK-WEEK',
    version: '1',
    name: '',
    items: [{ code: 'FP-01', text: '', text_en: '', items: ['FP-01'] }],
  }
  await write(['compounds', 'catalogue', 'visits', 'rounds', 'cursor'], async (tx) => {
    await tx.objectStore('compounds').put({ id: 'k1', name: '汀禾苑', area_code: 'x', data: compound })
    await tx.objectStore('catalogue').put({ key: 'l1', kind: 'checklist', version: '1', data: list })
    await tx.objectStore('rounds').put({
      id: 'r1',
      state: 'started',
      planned_on: '2026-11-16',
      data: {
        id: 'r1',
        inspector_id: ME,
        starts_on: '2026-11-16',
        ends_on: '2026-11-22',
        state: 'started',
        title: '第47周周巡查',
      },
    })
    await tx.objectStore('visits').put({
      id: 'v1',
      round_id: 'r1',
      compound_id: 'k1',
      state: 'planned',
      started_at: null,
      data: {
        id: 'v1',
        round_id: 'r1',
        compound_id: 'k1',
        inspector_id: ME,
        seq: 1,
        state: 'planned',
        arrived_at: null,
        checklist_version_id: 'l1',
        answers: {},
      },
    })
  })
}
const arrive = (visitId: string | null = 'v1'): Promise<string> =>
  checkIn({
    userId: ME,
    compound,
    visitId,
    roundId: visitId && 'r1',
    checklistId: 'l1',
    position: FIX,
    now: NOW,
  })
const commands = async (): Promise<{ command: string; body: Record<string, unknown>; uses?: string[] }[]> =>
  (await read(['outbox'], (tx) => tx.objectStore('outbox').index('by_seq').getAll())) as never

async function draftWithPhoto(visit: string | null = 'v1') {
  const draft = newDraft(ME, { compound_id: 'k1', visit_id: visit })
  const photo = draftPhoto(picture, {
    owner_id: draft.id,
    owner_kind: 'finding',
    kind: 'O',
    stage: 'before',
    user_id: ME,
    position: FIX,
    captured_at: '2026-11-20T01:07:32Z',
    source: 'camera',
  })
  await putPhoto(draft, photo, picture)
  return { draft, photo }
}

describe('a visit', () => {
  test('arrives, answers and leaves in commands that name each other', async () => {
    await place()
    expect(await arrive()).toBe('v1')
    await answer(ME, 'v1', 'FP-01', 'pass', '汀禾苑', NOW)
    await leave(ME, 'v1', '汀禾苑', FIX, NOW + 60_000)
    const all = await commands()
    expect(all.map((row) => [row.command, row.uses])).toEqual([
      ['check_in', []],
      ['answer_checklist', ['v1']],
      ['leave', ['v1']],
    ])
    expect(all[0]!.body).toMatchObject({ visit_id: 'v1', compound_id: 'k1', round_id: 'r1', position: FIX })
    const facts = (await loadVisit(ME, 'v1'))!
    expect([facts.visit.state, facts.visit.answers, facts.list!.id]).toEqual([
      'left',
      { 'FP-01': 'pass' },
      'l1',
    ])
    const today = await loadToday(ME, NOW)
    expect(today.stops.map((stop) => stop.visit.state)).toEqual(['left'])
  })

  test('answers grow into one command until it was tried; then a new one begins', async () => {
    await place()
    await arrive()
    await answer(ME, 'v1', 'FP-01', 'pass', '', NOW)
    await answer(ME, 'v1', 'FP-01', 'fail', '', NOW + 1)
    await answer(ME, 'v1', 'FP-01', 'fail', '', NOW + 2)
    const first = (await commands()).filter((row) => row.command === 'answer_checklist')
    expect(first.map((row) => (row.body['answers'] as unknown[]).length)).toEqual([1])
    const [row] = (await outboxStore(ME).commands()).filter((each) => each.command === 'answer_checklist')
    await outboxStore(ME).open()
    await outboxStore(ME).begin([row!.id])
    await answer(ME, 'v1', 'FP-01', 'pass', '', NOW + 3)
    const answers = (await commands()).filter((each) => each.command === 'answer_checklist')
    expect(answers.map((each) => (each.body['answers'] as { result: string }[])[0]!.result)).toEqual([
      'fail',
      'pass',
    ])
  })

  test('nobody planned it: it still stands in the day', async () => {
    await place()
    const id = await arrive(null)
    const stops = (await loadToday(ME, NOW)).stops
    expect(stops.map((stop) => stop.visit.id)).toEqual(['v1', id])
    expect((await loadToday('user-2', NOW)).stops.map((stop) => stop.visit.id)).toEqual([])
  })
})

describe('a finding', () => {
  test('draft, photos, finding, command and the failed line change hands in one transaction', async () => {
    await place()
    await arrive()
    const { draft, photo } = await draftWithPhoto()
    await changeDraft(draft.id, { item_code: 'FP-01', place: ' 3号楼北侧 ', position: FIX, pin: FIX })
    await saveFinding({ draftId: draft.id, item, compound, author: AUTHOR, now: NOW })
    expect(await loadDraft(ME, draft.id)).toBeNull()
    const { finding, photos } = (await loadCase(ME, draft.id))!
    expect([finding.place, finding.severity, finding.unsent, photos[0]!.state]).toEqual([
      '3号楼北侧',
      'critical',
      true,
      'queued',
    ])
    const open = (await commands()).find((row) => row.command === 'open_finding')!
    expect(open.uses).toEqual(['v1'])
    expect(open.body).toMatchObject({
      finding_id: draft.id,
      visit_id: 'v1',
      severity: null,
      place: '3号楼北侧',
      pin: { lon: FIX.lon, lat: FIX.lat },
    })
    expect(Object.keys(open.body['pin'] as object)).toEqual(['lon', 'lat'])
    expect(open.body['photos']).toEqual([
      {
        photo_id: photo.id,
        kind: 'O',
        sha256: 'aa',
        original_sha256: 'bb',
        size: 3,
        mime: 'image/jpeg',
        source: 'camera',
        captured_at: photo.captured_at,
        position: FIX,
      },
    ])
    expect((await loadVisit(ME, 'v1'))!.visit.answers).toEqual({ 'FP-01': 'fail' })
    expect(await loadUsed(ME)).toEqual({ 'FP-01': 1 })
  })

  test('on a full disk nothing of it is left half: the draft is as before', async () => {
    await place()
    const { draft } = await draftWithPhoto(null)
    const put = IDBObjectStore.prototype.put
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      if (this.name === 'outbox') throw new DOMException('full', 'QuotaExceededError')
      return put.apply(this, args as Parameters<IDBObjectStore['put']>)
    })
    const failure = await saveFinding({ draftId: draft.id, item, compound, author: AUTHOR, now: NOW }).catch(
      (e: unknown) => e,
    )
    expect((failure as StorageError).code).toBe('storage.full')
    expect((await loadDraft(ME, draft.id))!.photos.map((photo) => photo.state)).toEqual(['draft'])
    expect(await loadCase(ME, draft.id)).toBeNull()
    expect(await commands()).toEqual([])
  })

  test('saving twice makes one', async () => {
    await place()
    const { draft } = await draftWithPhoto(null)
    const save = (): Promise<void> =>
      saveFinding({ draftId: draft.id, item, compound, author: AUTHOR, now: NOW })
    await Promise.all([save(), save()])
    expect(await commands()).toHaveLength(1)
  })

  test('nobody else sees it', async () => {
    await place()
    const { draft } = await draftWithPhoto()
    await saveFinding({ draftId: draft.id, item, compound, author: AUTHOR, now: NOW })
    expect(await loadCase('user-2', draft.id)).toBeNull()
  })
})

describe('the roll', () => {
  test('holds photos without an item, until they are sorted or thrown away', async () => {
    const { draft } = await draftWithPhoto()
    const { draft: other } = await draftWithPhoto()
    await putDraft(newDraft(ME, { compound_id: 'k1', visit_id: 'v1' }))
    expect((await loadRoll(ME, 'v1')).map((each) => each.row.id)).toEqual([draft.id, other.id])
    expect(await loadRoll('user-2', 'v1')).toEqual([])
    await dropDraft(draft.id)
    expect(await loadRoll(ME, 'v1')).toHaveLength(1)
    expect(await read(['blobs'], (tx) => tx.objectStore('blobs').count())).toBe(2)
  })

  test('a photo may take the place of another', async () => {
    const { draft, photo } = await draftWithPhoto()
    const again = { ...photo, id: 'p2' }
    await putPhoto(draft, again, picture, photo.id)
    expect((await loadDraft(ME, draft.id))!.photos.map((each) => each.id)).toEqual(['p2'])
  })

  test('a camera that was opened and closed leaves nothing behind for long', async () => {
    const empty = newDraft(ME, { compound_id: 'k1', visit_id: 'v1' })
    await putDraft(empty)
    await draftWithPhoto()
    await dropEmptyDrafts(ME, Date.now() + 3_600_000)
    expect(await read(['drafts'], (tx) => tx.objectStore('drafts').count())).toBe(2)
    await dropEmptyDrafts(ME, Date.now() + 2 * 86_400_000)
    expect(await loadDraft(ME, empty.id)).toBeNull()
    expect(await read(['drafts'], (tx) => tx.objectStore('drafts').count())).toBe(1)
  })
})

test('a re-check survives the page, then goes out with its photos and marks the case', async () => {
  await write(['findings'], (tx) =>
    tx.objectStore('findings').put({
      id: 'f1',
      compound_id: 'k1',
      visit_id: null,
      state: 'replied',
      unsent: 0,
      updated_at: '',
      data: { id: 'f1', compound_id: 'k1', actions: ['pass_review'] },
    }),
  )
  const words = { finding_id: 'f1', passed: null, text: '' }
  await putReviewDraft('d1', ME, { ...words, passed: false })
  const photo = {
    ...draftPhoto(picture, {
      owner_id: 'f1',
      owner_kind: 'review',
      kind: 'A',
      stage: 'review',
      user_id: ME,
      position: null,
      captured_at: '2026-11-20T01:07:32Z',
      source: 'camera',
    }),
    group_id: 'd1',
  }
  await putReviewPhoto('d1', ME, { ...words, passed: false, text: '没搬走' }, photo, picture)
  const draft = (await loadReviewDraft(ME, 'f1'))!
  expect([draft.id, draft.data.passed, draft.photos.length]).toEqual(['d1', false, 1])
  const { finding } = (await loadCase(ME, 'f1'))!
  await saveReview(
    'd1',
    finding as FindingView,
    AUTHOR,
    { passed: false, text: ' 没搬走 ', position: FIX },
    NOW,
  )
  const [command] = await commands()
  expect(command!.body).toMatchObject({ review_id: 'd1', finding_id: 'f1', passed: false, text: '没搬走' })
  expect(command!.body['photos']).toHaveLength(1)
  const after = (await loadCase(ME, 'f1'))!
  expect([after.finding.review?.passed, after.finding.unsent, after.photos[0]!.state]).toEqual([
    false,
    true,
    'queued',
  ])
  expect(await loadReviewDraft(ME, 'f1')).toBeNull()
})
