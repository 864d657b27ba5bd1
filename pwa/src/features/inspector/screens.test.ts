import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { closeDatabase, DB_NAME, write, type OutboxRow, type PhotoRow } from '../../db'
import type { CatalogueItem, ChecklistDoc } from '../../domain/documents'
import ItemPicker from './finding/ItemPicker.svelte'
import Frame from './screens.test-frame.svelte'
import Checklist from './visit/Checklist.svelte'

const ME = '0190d0b2-0000-7000-8000-000000000001'
vi.mock('../../app/session.svelte', () => ({
  session: {
    state: 'in',
    identity: {
      user_id: '0190d0b2-0000-7000-8000-000000000001',
      username: 'inspector01',
      display_name: '陈巡01',
      organisation: { id: 'o', name: '青禾街道办事处', kind: 'street' },
      scope: { path: 'x', name: '青禾街道' },
      demo: true,
      expires_at: '2030-01-01T00:00:00Z',
      clock_offset_ms: 0,
    },
  },
  sessionExpired: () => undefined,
  signOut: vi.fn(),
}))

async function wipe(): Promise<void> {
  await closeDatabase()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DB_NAME)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })
}
beforeEach(wipe)
afterEach(cleanup)

const item = (code: string, short_name: string, short_pinyin: string): CatalogueItem => ({
  code,
  group: 'FP',
  name: short_name,
  name_en: short_name,
  short_name,
  pinyin: short_pinyin,
  short_pinyin,
  severity: 'critical',
  parties: [],
  deadline: [],
  photos: [],
  requirement: '',
})
const ITEMS = [item('FP-01', '机动车占用消防车通道', 'jdczyxfctd'), item('EB-01', '飞线充电', 'fxcd')]

describe('choosing an item', () => {
  test('typing chooses the first hit and underlines what fits', async () => {
    const onchoose = vi.fn()
    render(ItemPicker, { items: ITEMS, used: {}, chosen: null, onchoose })
    await fireEvent.input(screen.getByRole('searchbox', { name: '是什么问题' }), { target: { value: 'fx' } })
    expect(onchoose).toHaveBeenLastCalledWith('EB-01')
    expect(screen.getByText('拼音首字母')).toBeTruthy()
    expect(document.querySelector('mark')!.textContent).toBe('飞线')
  })

  test('a chosen item stands alone until somebody wants another', async () => {
    render(ItemPicker, { items: ITEMS, used: {}, chosen: 'FP-01', onchoose: vi.fn() })
    expect(screen.getAllByRole('radio')).toHaveLength(1)
    expect(screen.getByRole('radio').getAttribute('aria-checked')).toBe('true')
    await fireEvent.click(screen.getByRole('radio'))
    expect(screen.getAllByRole('radio')).toHaveLength(2)
  })

  test('nothing fits: it says so', async () => {
    render(ItemPicker, { items: ITEMS, used: {}, chosen: null, onchoose: vi.fn() })
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'zzz' } })
    expect(screen.getByRole('status').textContent).toContain('没有对上的检查项')
  })
})

describe('the checklist', () => {
  const line = (code: string, text: string) => ({ code, text, text_en: text, items: [code] })
  const list: ChecklistDoc = {
    id: 'l',
    set_code: 'CK-WEEK',
    version: '1',
    name: '',
    items: [line('FP-01', '车占消防道'), line('FP-05', '楼道堆物'), line('ES-01', '垃圾')],
  }
  const groups = [
    { code: 'FP', name: '消防通道', short_name: '消防通道', name_en: 'Fire', walk: 1 },
    { code: 'ES', name: '环境卫生', short_name: '环境卫生', name_en: 'Clean', walk: 5 },
  ]

  test('groups say how much is left; failing opens the camera in the same tap', async () => {
    const onanswer = vi.fn()
    const onshoot = vi.fn()
    render(Checklist, { list, groups, answers: { 'ES-01': 'pass' }, found: new Map(), onanswer, onshoot })
    const group = screen.getByRole('button', { name: /消防通道.*余 2/ })
    expect(screen.getByRole('button', { name: /已答完 1 组/ })).toBeTruthy()
    await fireEvent.click(group)
    const camera = vi.spyOn(HTMLInputElement.prototype, 'click')
    const first = screen.getByRole('radiogroup', { name: '车占消防道，检查结果' })
    await fireEvent.click(within(first).getByRole('radio', { name: '不合格' }))
    expect(camera).toHaveBeenCalledOnce()
    expect(onanswer).toHaveBeenCalledWith(list.items[0], 'fail')
    await fireEvent.click(within(first).getByRole('radio', { name: '合格' }))
    expect(camera).toHaveBeenCalledOnce()
  })
})

const AT = new Date().toISOString()
let seq = 0
const command = (id: string, more: Partial<OutboxRow> = {}): OutboxRow =>
  ({
    id,
    seq: ++seq,
    user_id: ME,
    command: 'open_finding',
    subject_id: id,
    body: { finding_id: id, item_code: 'XX-00' },
    created_at: AT,
    attempts: 1,
    next_try_at: null,
    state: 'queued',
    problem: null,
    title: '飞线充电',
    ...more,
  }) as OutboxRow
const photo = (id: string, command_id: string, more: Partial<PhotoRow> = {}): PhotoRow =>
  ({
    id,
    owner_id: command_id,
    owner_kind: 'finding',
    kind: 'O',
    sha256: id,
    size: 100,
    media_type: 'image/jpeg',
    width: 1,
    height: 1,
    captured_at: AT,
    position: null,
    sent: 0,
    state: 'queued',
    problem: null,
    user_id: ME,
    command_id,
    ...more,
  }) as PhotoRow
async function put(rows: OutboxRow[], photos: PhotoRow[] = []): Promise<void> {
  await write(['outbox', 'photos'], async (tx) => {
    for (const row of rows) await tx.objectStore('outbox').put(row)
    for (const row of photos) await tx.objectStore('photos').put(row)
  })
}

describe('the outbox', () => {
  test('counts things, not rows; half is called half; what is done is folded', async () => {
    await put(
      [command('a', { state: 'confirmed' }), command('b'), command('c', { state: 'confirmed' })],
      [
        photo('p1', 'a', { state: 'confirmed' }),
        photo('p2', 'a'),
        photo('p3', 'b'),
        photo('p4', 'c', { state: 'confirmed' }),
      ],
    )
    render(Frame, { screen: 'outbox' })
    await waitFor(() =>
      expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('2 项还没送到局里'),
    )
    expect(screen.getByText('已收到 1/2')).toBeTruthy()
    expect(screen.getByRole('button', { name: /已确认 1 项/ }).getAttribute('aria-expanded')).toBe('false')
    expect(screen.getByText(/今天记下 3，已确认 1/)).toBeTruthy()
    expect(screen.getByRole('button', { name: '导出未发' })).toBeTruthy()
  })

  test('a refused photo says which, what is safe, and offers ways out', async () => {
    await put(
      [command('a', { state: 'confirmed' })],
      [
        photo('p1', 'a', { state: 'confirmed' }),
        photo('p2', 'a', { state: 'attention', problem: { code: 'photo.undecodable', status: 422 } }),
      ],
    )
    render(Frame, { screen: 'outbox' })
    const stuck = await screen.findByRole('region', { name: /需处理/ })
    expect(within(stuck).getByText('第 2 张照片读不出来')).toBeTruthy()
    expect(within(stuck).getByText('手机里的文件坏了，其余内容已送到。')).toBeTruthy()
    expect(within(stuck).getByLabelText('重拍这张')).toBeTruthy()
    expect(within(stuck).getByRole('button', { name: '导出' })).toBeTruthy()
  })

  test('what waits for a refused thing says so, and is not called refused itself', async () => {
    await put([
      command('v', {
        command: 'check_in',
        creates: 'v',
        title: '汀禾苑',
        state: 'attention',
        problem: { code: 'x', status: 404 },
      }),
      command('b', { uses: ['v'] }),
    ])
    render(Frame, { screen: 'outbox' })
    expect(await screen.findByText(/等「汀禾苑」先送到/)).toBeTruthy()
    expect(screen.getByText('待发', { selector: 'b' })).toBeTruthy()
  })

  test("another user's work is not counted", async () => {
    await put([command('a', { user_id: 'someone-else' })])
    render(Frame, { screen: 'outbox' })
    await waitFor(() => expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('都送到局里了'))
  })
})

describe('today', () => {
  test('before anything was pulled it does not call the day empty', async () => {
    render(Frame, { screen: 'today' })
    expect(await screen.findByText('今天的巡查还没取到手机上。')).toBeTruthy()
    await write(['cursor'], (tx) =>
      tx.objectStore('cursor').put({ feed: 'changes', user_id: ME, cursor: 'c', pulled_at: AT }),
    )
    expect(await screen.findByText('今天没有排给你的小区。')).toBeTruthy()
    expect(screen.getByRole('link', { name: /临时检查/ })).toBeTruthy()
  })
})
