import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { freshNotice, PASSWORD, person, uuid7, type NoticeDoc, type Person } from './api'
import { png } from './png'

test.describe.configure({ mode: 'serial' })

const BASE = (): string => process.env['BASE_URL']!
let official: Person
let firm: Person
let notice: NoticeDoc
let context: BrowserContext
let page: Page
const errors: string[] = []

async function signIn(browser: Browser): Promise<void> {
  context = await browser.newContext({
    baseURL: BASE(),
    permissions: ['camera', 'geolocation'],
    geolocation: { longitude: 119.62, latitude: 38.94, accuracy: 6 },
  })
  page = await context.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto('/')
  await page.getByLabel('账号').fill('firm01')
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL('**/f/items')
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
}

const server = (): Promise<NoticeDoc> => firm.get<NoticeDoc>(`/notices/${notice.id}`)
const itemOf = async (n: number): Promise<NoticeDoc['items'][number]> => (await server()).items[n]!

async function noViolations(): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([])
}

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  firm = await person(BASE(), 'firm01')
  official = await person(BASE(), 'street01')
  notice = await freshNotice(BASE(), firm.me.user.firm!.id)
  await signIn(browser)
})

test.afterAll(async () => {
  await context.close()
  expect(errors).toEqual([])
})

test('a new notice stands on top and waits for a signature', async () => {
  const card = page.getByRole('region', { name: notice.compound.name }).first()
  await expect(card.getByText('待签收')).toBeVisible()
  await noViolations()
  await card.getByRole('link').first().click()
  await expect(page.getByRole('button', { name: '签收' })).toBeVisible()
  await expect(page.getByLabel('整改说明')).toHaveCount(0)
})

test('signing says what it means, asks for a name, and starts the clock on the server', async () => {
  await page.getByRole('button', { name: '签收' }).click()
  const sheet = page.getByRole('dialog', { name: '签收通知书' })
  await expect(sheet).toContainText('期限从送到局里的那一刻起算')
  await sheet.getByLabel('签收人').fill(' ')
  await sheet.getByRole('button', { name: '签收' }).click()
  await expect(sheet).toContainText('写上签收人的姓名')
  await sheet.getByLabel('签收人').fill('刘某')
  await sheet.getByLabel('职务').fill('项目经理')
  await sheet.getByRole('button', { name: '签收' }).click()
  await expect(sheet).toHaveCount(0)
  await expect.poll(async () => (await server()).state).toBe('acknowledged')
  await expect(page.getByText('已签收').first()).toBeVisible()
  await noViolations()
})

test('the live view carries the outline; a photo taken there is on the disk at once', async () => {
  const take = page.getByRole('button', { name: /^拍整改后照片/ })
  await expect(page.getByText('站在原处，对齐白色轮廓')).toBeVisible()
  const ghost = page.getByRole('button', { name: '淡影' })
  await expect(ghost).toHaveAttribute('aria-pressed', 'true')
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.finder canvas')
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data
    return pixels?.some((value, i) => i % 4 === 3 && value > 0)
  })
  await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0)
  await take.click()
  await expect(take).toContainText('1 / ')
  await page.reload()
  await expect(page.getByRole('button', { name: /^拍整改后照片|^送出回复/ }).first()).toBeVisible()
  await expect(page.getByRole('button', { name: '去掉这张' })).toHaveCount(1)
})

test('without a network: words and photos survive a reload, the answer waits and is not called sent', async () => {
  await context.setOffline(true)
  await page.getByLabel('整改说明').fill('石墩已清走，道闸常开。')
  await page.getByLabel('选照片').setInputFiles({
    name: 'after.png',
    mimeType: 'image/png',
    buffer: png(640, 480),
  })
  await expect(page.getByRole('button', { name: '去掉这张' })).toHaveCount(2)
  await page.reload()
  await expect(page.getByLabel('整改说明')).toHaveValue('石墩已清走，道闸常开。')
  await expect(page.getByRole('button', { name: '去掉这张' })).toHaveCount(2)
  await page.getByRole('button', { name: '送出回复' }).first().click()
  await expect(page.getByText('送到局里才算回复')).toBeVisible()
  await expect(page.getByRole('link', { name: /没有网络/ })).toContainText('待发 1')
  await noViolations()
  expect((await itemOf(0)).state).toBe('pending')
})

test('the network returns: the server has words and bytes, and the phone says so only then', async () => {
  await context.setOffline(false)
  await expect.poll(async () => (await itemOf(0)).state, { timeout: 30_000 }).toBe('answered')
  const [response] = (await itemOf(0)).responses
  expect(response!.text).toBe('石墩已清走，道闸常开。')
  expect(response!.photo_ids).toHaveLength(2)
  const stored = async (): Promise<string[]> => {
    const fresh = await official.get<{ photos: { state: string; stage: string }[] }>(
      `/findings/${(await itemOf(0)).finding_id}`,
    )
    return fresh.photos.filter((photo) => photo.stage === 'after').map((photo) => photo.state)
  }
  await expect.poll(stored, { timeout: 30_000 }).toEqual(['stored', 'stored'])
  await page.goto('/f/outbox')
  await expect(page.getByText('都送到局里了。')).toBeVisible()
  await expect(page.getByText('已确认 2 件')).toBeVisible()
  await noViolations()
})

test('a failed re-check comes back with its words, and can be answered again', async () => {
  const { finding_id } = await itemOf(0)
  const reviewer = await person(BASE(), 'district-inspector01')
  await reviewer.act('review_finding', {
    review_id: uuid7(),
    finding_id,
    passed: false,
    text: '道闸又锁上了，钥匙不在。',
    reviewed_at: new Date().toISOString(),
    photos: [],
  })
  await page.goto(`/f/notices/${notice.id}?item=${finding_id}`)
  await expect(page.getByRole('paragraph').filter({ hasText: '复查没过' })).toBeVisible({ timeout: 45_000 })
  await expect(page.getByText('道闸又锁上了，钥匙不在。').first()).toBeVisible()
  await expect(page.getByLabel('整改说明')).toHaveValue('')
  await page.getByLabel('整改说明').fill('道闸已拆除。')
  await page.getByRole('button', { name: '送出回复' }).first().click()
  await expect.poll(async () => (await itemOf(0)).responses.length, { timeout: 30_000 }).toBe(2)
  expect((await itemOf(0)).state).toBe('answered')
  await expect(page.getByText('已回复，等复查').first()).toBeVisible()
})

test('nobody else can read it: another firm gets the page of what is not there', async () => {
  const stranger = await person(BASE(), 'firm02')
  await expect(stranger.get(`/notices/${notice.id}`)).rejects.toThrow('404')
})

for (const width of [320, 360, 768, 1440]) {
  test(`no violation in either theme at ${width}, nothing wider than the window, also with letters twice as large`, async () => {
    await page.setViewportSize({ width, height: 800 })
    for (const path of ['/f/items', '/f/notices', `/f/notices/${notice.id}`, '/f/outbox', '/f/me']) {
      await page.goto(path)
      await page.locator('h1').first().waitFor()
      await page.waitForLoadState('networkidle')
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await noViolations()
      }
      const wide = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth)
      expect(await wide(), path).toBe(width)
      if (width > 320) continue
      await page.addStyleTag({ content: 'html{font-size:200%}' })
      expect(await wide(), `${path} at 200 %`).toBe(width)
    }
  })
}
