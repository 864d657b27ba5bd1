/**
 * The camera's own file and short video, in a browser against the running program: they go last, what costs nothing else
 * goes over Wi-Fi only, and the phone lets its copy go against nothing but a receipt that it has verified.
 */
import { expect, test, type Page } from '@playwright/test'
import { PASSWORD, person, type Person } from './api'
import { photographs, sha256, type File } from './photos'
import { desk, noViolations } from './supervisor.kit'

interface Compound {
  id: string
  name: string
  centre: { lon: number; lat: number }
}
interface Photo {
  id: string
  kind: string
  sha256: string
  original_sha256: string | null
  original_size: number | null
  original_mime: string | null
  original_ms: number | null
  original_stored_at: string | null
}
interface CaseDoc {
  id: string
  text: string
  flags: string[]
  photos_stored: number
  photos: Photo[]
}

const BASE = (): string => process.env['BASE_URL']!
const SENT = { timeout: 90_000 }

let pictures: File[]
let official: Person

test.use({
  permissions: ['geolocation', 'camera', 'microphone'],
  hasTouch: true,
  isMobile: true,
})
test.beforeAll(async () => {
  pictures = await photographs()
  official = await person(BASE(), 'district01')
})

/** At the first compound of one's area, on a link that the browser calls `cellular` until it is told otherwise. */
async function arrive(page: Page, username: string): Promise<Compound> {
  await page.addInitScript(() => {
    const type = (): string => localStorage.getItem('test.link') ?? 'cellular'
    const link = { addEventListener: () => undefined, removeEventListener: () => undefined }
    Object.defineProperty(link, 'type', { get: type })
    Object.defineProperty(navigator, 'connection', { value: link })
  })
  const who = await person(BASE(), username)
  const { items } = await who.get<{ items: { compounds: Compound[] } }>('/sync/changes')
  const compound = items.compounds[0]!
  const { lon, lat } = compound.centre
  await page.context().setGeolocation({ longitude: lon, latitude: lat, accuracy: 6 })
  await page.goto('/')
  await page.getByLabel('账号').fill(username)
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL('**/i/today')
  await page.goto('/i/ready')
  await expect(page.getByText(/\d+ 个小区和检查表都在本机/)).toBeVisible(SENT)
  await page.goto('/i/adhoc')
  await page.getByLabel('查找小区').fill(compound.name)
  await page.getByRole('button').filter({ hasText: compound.name }).first().click()
  await expect(page.getByText('已到场')).toBeVisible()
  return compound
}

async function found(compound: Compound, words: string): Promise<CaseDoc | undefined> {
  const { items } = await official.get<{ items: CaseDoc[] }>(`/findings?compound_id=${compound.id}&limit=200`)
  const mine = items.find((item) => item.text === words)
  return mine && official.get<CaseDoc>(`/findings/${mine.id}`)
}

/** Bytes of originals that the phone still holds, and how their rows stand. */
function held(page: Page): Promise<{ blobs: number[]; states: string[]; receipts: string[] }> {
  return page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('xunjian')
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('no database'))
    })
    const all = <T>(store: string): Promise<T[]> =>
      new Promise((resolve) => {
        const request = db.transaction(store).objectStore(store).getAll() as IDBRequest<T[]>
        request.onsuccess = () => resolve(request.result)
      })
    type Row = { original?: { state: string; receipt?: { kind: string } } | null; user_id?: string }
    const photos = (await all<Row>('photos')).filter((row) => row.user_id && row.original)
    const blobs = (await all<{ key: string; bytes: ArrayBuffer }>('blobs')).filter((row) =>
      row.key.startsWith('original:'),
    )
    db.close()
    return {
      blobs: blobs.map((row) => row.bytes.byteLength),
      states: photos.map((row) => row.original!.state),
      receipts: photos.flatMap((row) => row.original!.receipt?.kind ?? []),
    }
  })
}

async function save(page: Page, words: string): Promise<void> {
  await page.getByRole('textbox', { name: '现场情况' }).fill(words)
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('已保存在本机').first()).toBeVisible({ timeout: 30_000 })
}

test('the original of a critical hazard goes last, over Wi-Fi, and stays here until a genuine receipt has come', async ({
  page,
  browser,
}) => {
  const compound = await arrive(page, 'community034')
  const words = `原图 ${Date.now()}`
  await page.getByLabel('拍隐患').setInputFiles(pictures[0]!.path)
  await expect(page.locator('.hero img')).toBeVisible()
  await page.getByRole('searchbox').fill('xfc')
  await expect(page.getByRole('radio', { checked: true })).toContainText('FP-01')
  await save(page, words)

  await expect.poll(async () => (await found(compound, words))?.photos_stored, SENT).toBe(1)
  const { id, photos } = (await found(compound, words))!
  const photo = photos[0]!
  expect([photo.original_sha256, photo.original_stored_at]).toEqual([pictures[0]!.sha256, null])
  expect(photo.original_size).toBeGreaterThan(0)
  await page.goto('/i/outbox')
  await expect(page.getByText('原图 1 张（留证）')).toBeVisible()
  await expect(page.getByText('等 Wi-Fi')).toBeVisible()
  expect(await held(page)).toEqual({ blobs: [photo.original_size], states: ['queued'], receipts: [] })

  const office = await desk(browser, BASE(), 'district01')
  await office.page.goto(`/s/case/${id}`)
  await expect(office.page.getByText('未上传：还在手机上，等 Wi-Fi')).toBeVisible()

  // A portal that says yes to everything, and signs with a key of its own.
  let forged = 0
  await page.context().route('**/api/photos/*/original', async (route) => {
    if (route.request().method() !== 'PATCH' || forged > 0) return route.continue()
    forged += 1
    const receipt = {
      kind: 'original',
      id: photo.id,
      sha256: photo.original_sha256,
      key_id: '0000000000000000',
    }
    const signed = { ...receipt, received_at: '2026-11-20T01:00:00.000Z', signature: 'AAAA' }
    await route.fulfill({
      status: 200,
      contentType: 'application/json',
      body: JSON.stringify({ receipt: signed }),
    })
  })
  await page.evaluate(() => localStorage.setItem('test.link', 'wifi'))
  await page.reload()
  await expect.poll(() => forged, SENT).toBe(1)
  expect((await held(page)).blobs).toEqual([photo.original_size])
  await expect
    .poll(async () => (await found(compound, words))!.photos[0]!.original_stored_at, { timeout: 110_000 })
    .not.toBeNull()
  expect(sha256(await official.bytes(`/photos/${photo.id}/original`))).toBe(pictures[0]!.sha256)
  expect(sha256(await official.bytes(`/photos/${photo.id}/content?size=original`))).toBe(photo.sha256)
  await expect
    .poll(() => held(page), SENT)
    .toEqual({ blobs: [], states: ['confirmed'], receipts: ['original'] })

  await office.page.reload()
  await expect(office.page.getByText('已存证').first()).toBeVisible()
  await expect(office.page.getByRole('link', { name: '下载原图' })).toBeVisible()
  await noViolations(office.page)
  expect(office.errors).toEqual([])
  await office.context.close()
})

test('fifteen seconds of video where the item asks for it: recorded, sent over any link after the photos, played at the office', async ({
  page,
  browser,
}) => {
  const compound = await arrive(page, 'community035')
  const words = `视频 ${Date.now()}`
  await page.getByLabel('拍隐患').setInputFiles(pictures[2]!.path)
  await expect(page.locator('.hero img')).toBeVisible()
  await page.getByRole('searchbox').fill('dtdgzyx')
  await expect(page.getByRole('radio', { checked: true })).toContainText('EL-05')
  await page.getByRole('button', { name: '还差 视频' }).click()
  const screen = page.getByRole('dialog', { name: '录视频' })
  await expect(screen.getByText('对着现场录')).toBeVisible()
  await noViolations(page)

  // What only calls itself a video is refused here already.
  await screen
    .locator('input[type=file]')
    .setInputFiles({ name: 'film.mp4', mimeType: 'video/mp4', buffer: Buffer.from('<html>no film</html>') })
  await expect(page.getByText('这个文件不是视频，没有存。')).toBeVisible()
  expect((await held(page)).blobs).toHaveLength(1)

  await page.getByRole('button', { name: '还差 视频' }).click()
  await screen.getByRole('button', { name: '开始录' }).click()
  await expect(screen.getByText(/还剩 1[0-4] 秒/)).toBeVisible()
  // Nobody stops it: at fifteen seconds it stops by itself.
  await expect(page.getByRole('button', { name: '已有 视频' })).toBeVisible({ timeout: 40_000 })
  await page.getByRole('button', { name: '播放视频' }).click()
  await expect
    .poll(() => page.locator('.hero video').evaluate((film: HTMLVideoElement) => film.currentTime))
    .toBeGreaterThan(0)
  await save(page, words)

  await expect.poll(async () => (await found(compound, words))?.photos_stored, SENT).toBe(2)
  await expect
    .poll(
      async () => (await found(compound, words))!.photos.filter((each) => each.original_stored_at).length,
      SENT,
    )
    .toBe(1)
  const { id, photos, flags } = (await found(compound, words))!
  const film = photos.find((each) => each.kind === 'V')!
  expect(flags).not.toContain('missing_photo_kind')
  expect(film.original_mime).toMatch(/^video\//)
  expect(film.original_ms).toBeGreaterThan(13_000)
  expect(film.original_ms).toBeLessThan(16_000)
  const bytes = await official.bytes(`/photos/${film.id}/original`)
  expect(sha256(bytes)).toBe(film.original_sha256)
  // The picture's own original still waits for Wi-Fi.
  await expect.poll(async () => (await held(page)).states.sort(), SENT).toEqual(['confirmed', 'queued'])

  const office = await desk(browser, BASE(), 'district01')
  await office.page.goto(`/s/case/${id}`)
  await office.page.getByRole('button', { name: /播放视频 1[45] 秒/ }).click()
  await expect
    .poll(() => office.page.locator('dialog video').evaluate((each: HTMLVideoElement) => each.currentTime))
    .toBeGreaterThan(0.2)
  await noViolations(office.page)
  expect(office.errors).toEqual([])
  await office.context.close()
})

test('an administrator says which severities; the rule is kept with its history, and phones learn it', async ({
  browser,
}) => {
  const inspector = await person(BASE(), 'inspector02')
  const asked = async (): Promise<string[]> =>
    (await inspector.get<{ keep_originals: string[] }>('/sync/changes')).keep_originals
  const context = await browser.newContext({ baseURL: BASE(), viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.goto('/')
  await page.getByLabel('账号').fill('admin01')
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL('**/a/people')
  await page.goto('/a/devices')
  await page.getByRole('link', { name: '原图规则' }).click()
  await expect(page.getByRole('button', { name: '保存' })).toBeDisabled()
  const general = page.getByRole('checkbox', { name: '一般' })
  const before = await general.isChecked()
  await general.click()
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('手机下次联网时生效')).toBeVisible()
  await expect(page.locator('li').filter({ hasText: '版' }).first()).toContainText(before ? '紧急' : '一般')
  expect((await asked()).includes('general')).toBe(!before)
  for (const [width, theme] of [
    [1440, 'light'],
    [360, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme: theme })
    await noViolations(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    if (process.env['SHOTS'])
      await page.screenshot({ path: `${process.env['SHOTS']}/originals-${width}.png` })
  }
  await general.click()
  await page.getByRole('button', { name: '保存' }).click()
  await expect.poll(async () => (await asked()).includes('general')).toBe(before)
  await context.close()
})
