import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { freshNotice, PASSWORD, person, uuid7, type NoticeDoc, type Person } from './api'
import { png } from './png'

test.describe.configure({ mode: 'serial' })

const BASE = (): string => process.env['BASE_URL']!
const DAY = 86_400_000
let firm: Person
let street: Person
let notice: NoticeDoc
let calm: string
let urgent: string
let firmPage: Page
let officePage: Page
const contexts: BrowserContext[] = []
const errors: string[] = []

interface Told {
  state: string
  service: {
    state: string
    method: string | null
    acts: { photo_ids: string[]; document_id: string | null }[]
  }
  items: {
    finding_id: string
    state: string
    due_at: string
    extensions: { state: string; granted_due_at: string | null }[]
    objection: { state: string; photo_ids: string[] } | null
  }[]
}
const told = (): Promise<Told> => street.get<Told>(`/notices/${notice.id}`)
const item = async (finding: string): Promise<Told['items'][number]> =>
  (await told()).items.find((one) => one.finding_id === finding)!

async function open(browser: Browser, username: string, home: string): Promise<Page> {
  const context = await browser.newContext({
    baseURL: BASE(),
    permissions: ['geolocation'],
    geolocation: { longitude: 119.62, latitude: 38.94, accuracy: 6 },
    viewport: { width: 1440, height: 900 },
  })
  contexts.push(context)
  const page = await context.newPage()
  page.on('pageerror', (error) => errors.push(`${username}: ${error.message}`))
  await page.goto('/')
  await page.getByLabel('账号').fill(username)
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL(`**${home}**`)
  return page
}

async function noViolations(page: Page): Promise<void> {
  // Behind a dialog the page is not there for anybody: its headings are looked at without one.
  const asked = (await page.locator('dialog[open]').count()) > 0
  const axe = new AxeBuilder({ page })
  const { violations } = await (asked ? axe.include('dialog[open]') : axe).analyze()
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([])
}

/** No violation and nothing wider than the window, on a phone and on a desk; with a picture where one is asked for. */
async function looks(page: Page, name: string, widths: readonly number[] = [360, 1440]): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: width === 360 ? 780 : 900 })
    await page.waitForLoadState('networkidle')
    await noViolations(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} at ${width}`).toBe(width)
    const folder = process.env['PICTURES']
    if (folder) await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true })
  }
}

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  firm = await person(BASE(), 'firm01')
  street = await person(BASE(), 'street01')
  notice = await freshNotice(BASE(), firm.me.user.firm!.id)
  urgent = notice.items.find((one) => one.item_code === 'FP-02')!.finding_id
  calm = notice.items.find((one) => one.item_code === 'EB-05')!.finding_id
  await firm.act('acknowledge_notice', { notice_id: notice.id, name: '刘某', title: '', phone: '' })
  firmPage = await open(browser, 'firm01', '/f/items')
})

test.afterAll(async () => {
  for (const context of contexts) await context.close()
  expect(errors).toEqual([])
})

test('the rule stands before the request: an urgent item cannot be extended', async () => {
  await firmPage.goto(`/f/notices/${notice.id}?item=${urgent}`)
  await expect(firmPage.getByText('紧急的项不能延期。')).toBeVisible({ timeout: 45_000 })
  await expect(firmPage.getByRole('button', { name: '申请延期' })).toHaveCount(0)
  await expect(firmPage.getByRole('button', { name: '提异议' })).toBeVisible()
})

test('the firm asks for more time; what is left out is named, and the request waits', async () => {
  await firmPage.goto(`/f/notices/${notice.id}?item=${calm}`)
  await expect(firmPage.getByText(/最晚可延到.*还可延 1 次/)).toBeVisible({ timeout: 45_000 })
  await looks(firmPage, 'firm-item')
  // The firm's face has another layout on a phone: it is chosen before the dialog opens.
  await firmPage.setViewportSize({ width: 360, height: 780 })
  await firmPage.getByRole('button', { name: '申请延期' }).click()
  const form = firmPage.getByRole('dialog', { name: '申请延期' })
  await form.getByRole('button', { name: '送出申请' }).click()
  await expect(form.getByText('这里要写。')).toHaveCount(3)
  await form.getByLabel('原因').selectOption('materials')
  await form.getByLabel('说明').fill('断电装置要订货，到货还要两周。')
  await form.getByLabel('延期期间的临时措施').fill('停用无断电功能的插座，专人夜间值守。')
  await form.getByLabel('延到').fill('2020-01-01T10:00')
  await form.getByRole('button', { name: '送出申请' }).click()
  await expect(form.getByText(/要晚于现在的期限/)).toBeVisible()
  const before = Date.parse((await item(calm)).due_at)
  const wanted = new Date(before + 5 * DAY + 8 * 3_600_000).toISOString().slice(0, 16)
  await form.getByLabel('延到').fill(wanted)
  await looks(firmPage, 'firm-extension', [360])
  await form.getByRole('button', { name: '送出申请' }).click()
  await expect(form).toHaveCount(0)
  await expect.poll(async () => (await item(calm)).extensions[0]?.state).toBe('pending')
  await expect(firmPage.getByText('等答复').first()).toBeVisible({ timeout: 45_000 })
  await expect(firmPage.getByRole('button', { name: '撤回申请' })).toBeVisible()
})

test('the issuer is told who decides; the level above grants, and the new date stands with the firm', async ({
  browser,
}) => {
  const own = await street.get<{ extensions: { notice_id: string; mine: boolean }[] }>('/notices/requests')
  expect(own.extensions.find((one) => one.notice_id === notice.id)?.mine).toBe(false)
  officePage = await open(browser, 'district01', '/s/map')
  await officePage.goto('/s/requests')
  const card = officePage.getByRole('article', { name: /^延期申请/ }).filter({ hasText: notice.number })
  await expect(card).toContainText('断电装置要订货')
  await looks(officePage, 'office-requests')
  await card.getByRole('button', { name: '同意延期' }).click()
  const form = officePage.getByRole('dialog', { name: '同意延期' })
  await form.getByLabel('答复').fill('情况属实，同意延期。')
  await looks(officePage, 'office-grant')
  await form.getByRole('button', { name: '同意延期' }).click()
  await expect(card).toHaveCount(0)
  const granted = (await item(calm)).extensions[0]!
  expect(granted.state).toBe('granted')
  expect(Date.parse((await item(calm)).due_at)).toBe(Date.parse(granted.granted_due_at!))
  await expect(firmPage.getByText('已同意', { exact: true })).toBeVisible({ timeout: 45_000 })
  const day = new Date(Date.parse(granted.granted_due_at!) + 8 * 3_600_000)
  const date = `${day.getUTCMonth() + 1}月${day.getUTCDate()}日`
  await expect(firmPage.getByText(new RegExp(`期限改为.*${date}`))).toBeVisible()
  await expect(firmPage.getByText('情况属实，同意延期。')).toBeVisible()
  await expect(firmPage.getByText('延期次数已用完。')).toBeVisible()
  await expect(firmPage.getByText(/^同意延期到/)).toBeVisible()
})

test('the firm objects with a photo; the issuing unit sees it and refuses with words', async () => {
  await firmPage.goto(`/f/notices/${notice.id}?item=${urgent}`)
  await firmPage.getByRole('button', { name: '提异议' }).click()
  const form = firmPage.getByRole('dialog', { name: '提异议' })
  await form.getByLabel('理由').fill('该处道闸由消防救援站管理。')
  await form
    .getByLabel('照片：选照片')
    .setInputFiles({ name: 'o.png', mimeType: 'image/png', buffer: png(640, 480) })
  await expect(form.getByRole('button', { name: /去掉这张/ })).toHaveCount(1)
  await form.getByRole('button', { name: '送出异议' }).click()
  await expect(form).toHaveCount(0)
  const filed = await item(urgent)
  expect(filed.objection?.state).toBe('pending')
  expect(filed.objection?.photo_ids).toHaveLength(1)
  const answer = { objection_id: (filed.objection as unknown as { id: string }).id, upheld: false }
  await street.act('decide_objection', { ...answer, text: '事实清楚，异议不成立。' })
  await firmPage.reload()
  await expect(firmPage.getByText('未同意', { exact: true })).toBeVisible({ timeout: 45_000 })
  await expect(firmPage.getByText('事实清楚，异议不成立。')).toBeVisible()
})

test('more is asked for, and the firm reads what', async () => {
  await firm.act('answer_item', {
    response_id: uuid7(),
    notice_id: notice.id,
    finding_id: calm,
    text: '已配灭火器。',
    photos: [],
  })
  await street.act('ask_more', { finding_id: calm, text: '少一张断电装置的近景。' })
  await firmPage.goto(`/f/notices/${notice.id}?item=${calm}`)
  await expect(firmPage.getByText('少一张断电装置的近景。')).toBeVisible({ timeout: 45_000 })
  await expect(firmPage.getByText('要补充', { exact: true })).toBeVisible()
})

test('served by hand: name, relation, a signature on the screen, position; the proof is printed', async ({
  browser,
}) => {
  test.setTimeout(180_000)
  const fresh = await freshNotice(BASE(), firm.me.user.firm!.id)
  const page = await open(browser, 'street01', '/s/map')
  await page.goto(`/s/notices/${fresh.id}`)
  const card = page.getByRole('region', { name: '送达', exact: true })
  await expect(card.getByText('未送达')).toBeVisible()
  await looks(page, 'office-notice')
  await page.setViewportSize({ width: 360, height: 780 })
  await card.getByRole('button', { name: '办理送达' }).click()
  const form = page.getByRole('dialog', { name: '办理送达' })
  await form.getByRole('button', { name: '记录送达' }).click()
  await expect(form.getByText('收件人还没签名。')).toBeVisible()
  await form.getByLabel('收件人', { exact: false }).first().fill('刘某')
  await form.getByLabel('职务').fill('项目经理')
  await form.getByLabel('与企业的关系').selectOption('principal')
  await form.getByLabel('地点').fill('物业服务中心')
  const canvas = form.locator('canvas')
  await page.waitForLoadState('networkidle')
  // Hovering waits until nothing moves any more, and scrolls the point into sight.
  await canvas.hover({ position: { x: 40, y: 40 } })
  const box = (await canvas.boundingBox())!
  await page.mouse.down()
  for (const x of [80, 120, 160, 200]) await page.mouse.move(box.x + x, box.y + 40 + (x % 80), { steps: 4 })
  await page.mouse.up()
  await expect(form.getByText('已签名')).toBeVisible()
  await looks(page, 'office-serve')
  await expect(form.getByText(/定位 ±6 m/)).toBeVisible()
  await form.getByRole('button', { name: '记录送达' }).click()
  await expect(form).toHaveCount(0)
  await expect(card.getByText('已送达').first()).toBeVisible()
  await expect(card.getByText(/刘某 项目经理 · 负责人/)).toBeVisible()
  const after = await street.get<Told>(`/notices/${fresh.id}`)
  expect([after.service.state, after.service.method, after.state]).toEqual([
    'served',
    'direct',
    'acknowledged',
  ])
  expect(after.service.acts[0]!.photo_ids).toHaveLength(1)
  await card.getByRole('button', { name: '出送达回证' }).click()
  const receipt = card.getByRole('link', { name: '送达回证 PDF' })
  await expect(receipt).toBeVisible({ timeout: 30_000 })
  const printed = (await street.get<Told>(`/notices/${fresh.id}`)).service.acts[0]!.document_id!
  expect((await street.bytes(`/documents/${printed}/file`)).subarray(0, 5).toString()).toBe('%PDF-')
  await looks(page, 'office-served')
})
