/** What must not happen to a photo between the camera and the disk, on the screens of a visit. */
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { closeDatabase, DB_NAME, write } from '../../../db'
import { draftPhoto, newDraft, putPhoto } from '../data/drafts'
import Frame from '../screens.test-frame.svelte'

const ME = '0190d0b2-0000-7000-8000-000000000001'
vi.mock('../../../app/session.svelte', () => ({
  session: {
    state: 'in',
    identity: { user_id: '0190d0b2-0000-7000-8000-000000000001', display_name: '陈巡01' },
  },
  sessionExpired: () => undefined,
}))

/** A busy machine takes seconds to draw a screen for the first time. */
const SLOW = { timeout: 10_000 }
vi.setConfig({ testTimeout: 40_000 })

const square = [119.62, 119.63].flatMap((lon) => [38.94, 38.95].map((lat) => [lon, lat] as const))
const compound = {
  id: 'k1',
  name: '汀禾苑',
  path: 'x',
  street: '青禾街道',
  community: '禾田社区',
  four_bounds: '',
  firm: null,
  manager: null,
  buildings: 2,
  households: 10,
  is_high_rise: false,
  centre: { lon: 119.625, lat: 38.945 },
  outline: { type: 'MultiPolygon', coordinates: [[[square[0], square[1], square[3], square[2], square[0]]]] },
  building_outlines: null,
  building_names: [],
}
const visit = {
  round_id: null,
  compound_id: 'k1',
  inspector_id: ME,
  seq: 0,
  state: 'arrived',
  arrived_at: '2026-11-20T01:00:00Z',
  left_at: null,
  position: null,
  accuracy_m: null,
  flags: [],
  checklist_version_id: 'none',
  answers: {},
}

beforeEach(async () => {
  await closeDatabase()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DB_NAME)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })
  await write(['compounds', 'visits'], async (tx) => {
    await tx.objectStore('compounds').put({ id: 'k1', name: '汀禾苑', area_code: '', data: compound })
    const row = { id: 'v1', round_id: null, compound_id: 'k1', state: 'arrived', started_at: null }
    await tx.objectStore('visits').put({ ...row, data: { ...visit, id: 'v1' } })
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  cleanup()
})

test('a photo that a full disk refuses stays on the page, whatever becomes of the file, and is stored later', async () => {
  render(Frame, { screen: 'visit', id: 'v1' })
  const camera = await screen.findByLabelText('拍隐患', {}, SLOW)
  const real = IDBObjectStore.prototype.put
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  const file = new File([new Uint8Array([0xff, 0xd8, 0xff])], 'a.jpg', { type: 'image/jpeg' })
  const asked = vi.spyOn(file, 'arrayBuffer')
  await fireEvent.change(camera, { target: { files: [file] } })
  expect((await screen.findByRole('alert', {}, SLOW)).textContent).toContain('没存上')
  expect(asked).toHaveBeenCalled()

  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(real)
  await fireEvent.click(screen.getByRole('button', { name: '再存一次' }))
  await waitFor(() => expect(location.pathname).toMatch(/^\/i\/write\//), SLOW)
  expect(screen.queryByRole('alert')).toBeNull()
})

test('what was deleted on the roll is not there again for who comes back before it is gone', async () => {
  for (const n of [1, 2]) {
    const draft = newDraft(ME, { compound_id: 'k1', visit_id: 'v1' })
    const bytes = new Uint8Array(n).buffer
    const about = { owner_id: draft.id, owner_kind: 'finding', kind: 'O', stage: 'before' } as const
    const picture = {
      bytes,
      mime: 'image/jpeg',
      width: 4,
      height: 3,
      sha256: `s${n}`,
      original_sha256: `o${n}`,
      thumb: bytes,
      original: null,
    }
    const taken = {
      user_id: ME,
      position: null,
      captured_at: `2026-11-20T01:0${n}:00Z`,
      source: 'camera',
    } as const
    await putPhoto(draft, draftPhoto(picture, { ...about, ...taken }), picture)
  }
  const first = render(Frame, { screen: 'roll', id: 'v1' })
  await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(2), SLOW)
  await fireEvent.click(screen.getAllByRole('button', { name: '删掉' })[0]!)
  await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(1), SLOW)
  first.unmount()

  render(Frame, { screen: 'roll', id: 'v1' })
  await screen.findByRole('listitem', {}, SLOW)
  expect(screen.getAllByRole('listitem')).toHaveLength(1)
})
