/**
 * Devices in the office's hands: what a phone still holds, the end of a lost one, whichever face it shows, and the file
 * of a dying one, read in twice.
 */
import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { PASSWORD, person, type Person } from './api'
import { Mast, Phone } from './phone'
import { photographs, type File } from './photos'

interface Compound {
  id: string
  name: string
  centre: { lon: number; lat: number }
}
interface DeviceDoc {
  id: string
  user: { username: string }
  unsent: number | null
  app_version: string
  revoked_at: string | null
  drained_at: string | null
  last_seen_at: string
}

const BASE = (): string => process.env['BASE_URL']!
const DELIVERY = { timeout: 60_000 }
const GONE = '这台设备已被停用。没发完的都已送出，本机的资料已清空。'
let pictures: File[]
let official: Person
let mast: Mast
let phone: Phone | undefined

test.beforeAll(async () => {
  pictures = await photographs()
  official = await person(BASE(), 'district01')
})
test.beforeEach(async () => {
  mast = await Mast.before(BASE())
  phone = undefined
})
test.afterEach(async () => {
  await phone?.putAway()
  await mast.close()
})

async function signIn(page: Page, username: string, base = BASE()): Promise<void> {
  await page.goto(base)
  await page.getByLabel('账号').fill(username)
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await expect(page.getByRole('button', { name: '登录' })).toBeHidden()
}

/** The office's browser on the list of devices, narrowed to one person's. */
async function desk(browser: Browser, whose: string): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await signIn(page, 'district01')
  await page.goto(`${BASE()}/s/devices`)
  await page.getByPlaceholder('设备名、姓名').fill(whose)
  return { page, context }
}

const devicesOf = async (username: string): Promise<DeviceDoc[]> => {
  const { items } = await official.get<{ items: DeviceDoc[] }>('/devices?limit=500')
  return items.filter((each) => each.user.username === username)
}

/** A phone at a compound; `words` are written on what it finds there. */
async function found(username: string, words: string, before?: () => Promise<void>): Promise<Compound> {
  const { items } = await (
    await person(BASE(), username)
  ).get<{ items: { compounds: Compound[] } }>('/sync/changes')
  const compound = items.compounds[0]!
  const { lon, lat } = compound.centre
  phone = await Phone.unpack(mast, { longitude: lon, latitude: lat, accuracy: 6 })
  await phone.signIn(username)
  const { page } = phone
  await page.goto(`${mast.url}/i/ready`)
  await expect(page.getByText(/\d+ 个小区和检查表都在本机/)).toBeVisible(DELIVERY)
  await page.goto(`${mast.url}/i/adhoc`)
  await page.getByLabel('查找小区').fill(compound.name)
  await page.getByRole('button').filter({ hasText: compound.name }).first().click()
  await expect(page.getByText('已到场')).toBeVisible()
  await before?.()
  await page.getByLabel('拍隐患').setInputFiles(pictures[0]!.path)
  await expect(page.locator('.hero img')).toBeVisible()
  await page.getByRole('searchbox').fill('xfc')
  await page.getByRole('textbox', { name: '现场情况' }).fill(words)
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('已保存在本机').first()).toBeVisible()
  return compound
}

const casesOf = async (compound: Compound, words: string): Promise<{ photos_stored: number }[]> => {
  const { items } = await official.get<{ items: { text: string; photos_stored: number }[] }>(
    `/findings?compound_id=${compound.id}&limit=200`,
  )
  return items.filter((each) => each.text === words)
}

/** How many rows of other people's work the phone still holds. */
const cached = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const open = indexedDB.open('xunjian')
        open.onerror = () => reject(open.error!)
        open.onsuccess = () => {
          const stores = ['compounds', 'findings', 'visits', 'catalogue', 'notices', 'identity']
          const tx = open.result.transaction(stores)
          const counts = stores.map((name) => tx.objectStore(name).count())
          tx.oncomplete = () => {
            open.result.close()
            resolve(counts.reduce((sum, each) => sum + each.result, 0))
          }
        }
      }),
  )

test('the list says what a phone holds; revoked, it delivers that, and then forgets', async ({ browser }) => {
  const words = `丢了的手机 ${Date.now()}`
  const compound = await found('community038', words, async () => {
    // Commands get through, bytes do not: so the office hears of something unsent.
    await phone!.page.route('**/api/photos/**', (route) => route.abort())
  })
  await expect.poll(async () => (await casesOf(compound, words)).length, DELIVERY).toBe(1)
  const { page, context } = await desk(browser, 'community038')
  const row = page.getByRole('row').filter({ hasText: 'Chrome' }).first()
  await expect(row).toContainText('0.1.0')
  await expect(row).toContainText(/刚刚|秒前|分钟前/)
  await expect
    .poll(async () => Math.max(...(await devicesOf('community038')).map((each) => each.unsent ?? 0)))
    .toBeGreaterThan(0)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map((each) => each.id)).toEqual([])

  await row.getByRole('button', { name: /^停用/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: '停用' }).click()
  await expect(row).toContainText('等它送完剩下的')
  await phone!.page.unroute('**/api/photos/**')
  await phone!.page.reload()
  await expect(phone!.page.getByText(GONE)).toBeVisible(DELIVERY)
  expect(await casesOf(compound, words)).toMatchObject([{ photos_stored: 1 }])
  expect(await cached(phone!.page)).toBe(0)
  await page.reload()
  await page.getByPlaceholder('设备名、姓名').fill('community038')
  await expect(page.getByRole('row').filter({ hasText: '已送完，已清空' }).first()).toBeVisible(DELIVERY)
  await context.close()
})

for (const [username, face] of [
  ['street05', '/s/inbox'],
  ['firm09', '/f/items'],
] as const) {
  test(`${face}: a revoked device forgets there too, without being asked`, async ({ browser }) => {
    const admin = await person(BASE(), 'admin01')
    const { items } = await admin.get<{ items: DeviceDoc[] }>('/devices?limit=500')
    const known = new Set(items.map((each) => each.id))
    const context = await browser.newContext({ viewport: { width: 360, height: 780 } })
    const page = await context.newPage()
    await signIn(page, username)
    await page.goto(`${BASE()}${face}`)
    await expect(page.getByRole('heading').first()).toBeAttached()
    await revokeNewest(username, known)
    await expect(page.getByText(GONE)).toBeVisible(DELIVERY)
    expect(await cached(page)).toBe(0)
    await context.close()
  })
}

/** Revokes the newest device of an account, as the administrator. */
async function revokeNewest(username: string, known: ReadonlySet<string>): Promise<void> {
  const admin = await person(BASE(), 'admin01')
  const { items } = await admin.get<{ items: DeviceDoc[] }>('/devices?limit=500')
  const mine = items.find((each) => each.user.username === username && !known.has(each.id))!
  await admin.post(`/devices/${mine.id}/revocation`)
}

test('the file of a dying phone is tried, read in, and read in again with nothing twice', async ({
  browser,
}) => {
  const words = `快坏的手机 ${Date.now()}`
  const compound = await found('community039', words, () => phone!.loseNetwork())
  const dying = phone!.page
  await dying.goto(`${mast.url}/i/outbox`)
  await dying.getByRole('button', { name: '导出未发' }).click()
  await dying.getByRole('textbox', { name: '口令' }).fill('三号楼 2026 冬')
  const download = dying.waitForEvent('download')
  await dying.getByRole('dialog').getByRole('button', { name: '导出' }).click()
  const path = await (await download).path()
  await phone!.die()

  const { page, context } = await desk(browser, 'community039')
  await page.getByRole('button', { name: '补收手机文件' }).click()
  const dialog = page.getByRole('dialog')
  const pick = (): Promise<void> =>
    dialog.getByLabel('选文件（.xjbox）').setInputFiles({
      name: '未发.xjbox',
      mimeType: 'application/octet-stream',
      buffer: read,
    })
  const { readFile } = await import('node:fs/promises')
  const read = await readFile(path)
  await pick()
  await dialog.getByRole('textbox', { name: '口令' }).fill('不是这个口令')
  await dialog.getByRole('button', { name: '先试一遍' }).click()
  await expect(dialog.getByText(/口令/).last()).toBeVisible()
  await dialog.getByRole('textbox', { name: '口令' }).fill('三号楼 2026 冬')
  await dialog.getByRole('button', { name: '先试一遍' }).click()
  await expect(dialog).toContainText('只试了一遍，什么也没存。')
  expect(await casesOf(compound, words), 'trying stores nothing').toEqual([])
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map((each) => each.id)).toEqual([])
  await dialog.getByRole('button', { name: '补收', exact: true }).click()
  await expect(dialog).toContainText('已经存好。')
  await expect.poll(() => casesOf(compound, words)).toMatchObject([{ photos_stored: 1 }])
  await pick()
  await dialog.getByRole('button', { name: '先试一遍' }).click()
  await expect(dialog).toContainText(/0 项可收，\d+ 项早已收到，0 项收不了/)
  expect(await casesOf(compound, words)).toHaveLength(1)
  await context.close()
})
