import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { freshNotice, PASSWORD, person, uuid7, type NoticeDoc, type Person } from './api'
import { png } from './png'

test.describe.configure({ mode: 'serial' })

const BASE = (): string => process.env['BASE_URL']!
let street: Person
let notice: NoticeDoc
let url: string
let phone: Page
const contexts: BrowserContext[] = []
const errors: string[] = []

const server = (): Promise<NoticeDoc> => street.get<NoticeDoc>(`/notices/${notice.id}`)

async function fresh(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: BASE(), viewport: { width: 360, height: 780 } })
  contexts.push(context)
  const page = await context.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  return page
}

async function looks(page: Page, name: string): Promise<void> {
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: width === 360 ? 780 : 900 })
    await page.waitForLoadState('networkidle')
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} at ${width}`).toBe(width)
    const folder = process.env['PICTURES']
    if (folder) await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true })
  }
}

test.beforeAll(async () => {
  test.setTimeout(180_000)
  const firm = await person(BASE(), 'firm01')
  street = await person(BASE(), 'street01')
  notice = await freshNotice(BASE(), firm.me.user.firm!.id)
})

test.afterAll(async () => {
  for (const context of contexts) await context.close()
  expect(errors).toEqual([])
})

test('the office makes a link and shows it once, as text and as a code', async ({ browser }) => {
  const page = await fresh(browser)
  await page.goto('/')
  await page.getByLabel('账号').fill('street01')
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL('**/s/map**')
  await page.goto(`/s/notices/${notice.id}`)
  const card = page.getByRole('region', { name: '一次性链接' })
  await expect(card.getByText('还没有发过链接。')).toBeVisible()
  await card.getByRole('button', { name: '发一条链接' }).click()
  await expect(card.getByRole('img', { name: '链接二维码' })).toBeVisible()
  url = (await card.locator('.url').innerText()).trim()
  expect(new URL(url).pathname).toMatch(/^\/l\/[\w-]{60,}$/)
  await looks(page, 'office-link')
  await expect(card.getByText(/没人用过/)).toBeVisible()
})

test('without an account: who are you, then the notice; it asks for a name and a number', async ({
  browser,
}) => {
  phone = await fresh(browser)
  await phone.goto(new URL(url).pathname)
  await expect(phone.getByRole('heading', { name: '整改通知书' })).toBeVisible()
  await expect(phone.getByText(notice.items[0]!.finding_id)).toHaveCount(0)
  await phone.getByRole('button', { name: '打开通知书' }).click()
  await expect(phone.getByText('写手机号或座机号。')).toBeVisible()
  await looks(phone, 'link-who')
  await phone.setViewportSize({ width: 360, height: 780 })
  await phone.getByLabel('姓名').fill('王某')
  await phone.getByLabel('电话').fill('13800010001')
  await phone.getByRole('button', { name: '打开通知书' }).click()
  await expect(phone.getByRole('heading', { name: /^1\./ })).toBeVisible()
  await expect(phone.getByRole('img', { name: /整改前照片 1$/ }).first()).toBeVisible()
  await looks(phone, 'link-notice')
})

test('signed for, then each item is answered with a photo; a reload keeps the door open', async () => {
  await phone.setViewportSize({ width: 360, height: 780 })
  await expect(phone.getByRole('button', { name: '送出回复' })).toHaveCount(0)
  await phone.getByRole('button', { name: '签收' }).click()
  const sheet = phone.getByRole('dialog', { name: '签收' })
  await sheet.getByLabel('职务').fill('店长')
  await sheet.getByRole('button', { name: '签收' }).click()
  await expect(phone.getByText(/王某 .* 签收/)).toBeVisible()
  await phone.reload()
  const forms = phone.getByRole('form', { name: '回复这一项' })
  await expect(forms).toHaveCount(2)
  const form = forms.first()
  await form.getByRole('button', { name: '送出回复' }).click()
  await expect(form.getByText('写一句说明，或附一张照片。')).toBeVisible()
  await form.getByLabel('整改说明').fill('石墩已清走。')
  await form
    .getByLabel('整改后：选照片')
    .setInputFiles({ name: 'after.png', mimeType: 'image/png', buffer: png(640, 480) })
  await expect(form.getByRole('button', { name: /去掉这张/ })).toHaveCount(1)
  await form.getByRole('button', { name: '送出回复' }).click()
  await expect(phone.getByText('已回复，等复查')).toBeVisible()
  await expect(forms).toHaveCount(1)
  const answered = (await server()).items.find((one) => one.state === 'answered')!
  expect(answered.responses[0]!.text).toBe('石墩已清走。')
  expect(answered.responses[0]!.photo_ids).toHaveLength(1)
  const { photos } = await street.get<{ photos: { stage: string; state: string }[] }>(
    `/findings/${answered.finding_id}`,
  )
  expect(photos.filter((photo) => photo.stage === 'after').map((photo) => photo.state)).toEqual(['stored'])
  await looks(phone, 'link-answered')
})

test('more is asked for: the words stand at the item, and it can be answered again', async () => {
  const { finding_id } = (await server()).items.find((one) => one.state === 'answered')!
  await street.act('ask_more', { finding_id, text: '少一张道闸的近景。' })
  await phone.reload()
  await expect(phone.getByText('少一张道闸的近景。')).toBeVisible()
  await expect(phone.getByRole('form', { name: '回复这一项' })).toHaveCount(2)
})

test('a forwarded link opens nothing, and says so', async ({ browser }) => {
  const other = await fresh(browser)
  await other.goto(new URL(url).pathname)
  await expect(other.getByRole('heading', { name: '链接已在别的手机上用了' })).toBeVisible()
  await looks(other, 'link-claimed')
})

test('a wrong, an ended and an overused link each say in plain words what is the matter', async ({
  browser,
}) => {
  const page = await fresh(browser)
  await page.goto('/l/not-a-link')
  await expect(page.getByRole('heading', { name: '链接不对' })).toBeVisible()
  const links = await street.get<{ items: { id: string; open: boolean }[] }>(`/notices/${notice.id}/links`)
  const link_id = links.items.find((one) => one.open)!.id
  await street.act('revoke_link', { link_id })
  await phone.reload()
  await expect(phone.getByRole('heading', { name: '链接已作废' })).toBeVisible()
  await looks(phone, 'link-revoked')
  const made = await street.act('make_link', { link_id: uuid7(), notice_id: notice.id })
  const token = new URL(String(made['url'])).pathname.split('/').pop()!
  await expect
    .poll(
      async () => {
        const asked = Array.from({ length: 30 }, () =>
          fetch(`${BASE()}/api/link`, { headers: { 'Notice-Link': token } }),
        )
        return (await Promise.all(asked)).some((answer) => answer.status === 429)
      },
      { timeout: 30_000 },
    )
    .toBe(true)
  await page.goto(`/l/${token}`)
  await expect(page.getByRole('heading', { name: '打开得太频繁' })).toBeVisible()
  await expect(page.getByRole('button', { name: '再试一次' })).toBeVisible()
})
