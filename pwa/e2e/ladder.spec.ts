/** The ladder, the calendar and the deliveries of the administrator; proposals, measures and messages of all. */
import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { PASSWORD, person, uuid7 } from './api'

test.describe.configure({ mode: 'serial' })

const BASE = (): string => process.env['BASE_URL']!
const FAILURE = { status: 503, contentType: 'application/problem+json' }
const PROBLEM = { type: '/problems/unavailable', code: 'unavailable', status: 503, title: '现在办不了' }
const STORY = Date.now().toString(36)
const contexts: BrowserContext[] = []
let admin: Page
let office: Page
let district: Page
let firm: Page

async function signedIn(browser: Browser, username: string): Promise<Page> {
  const context = await browser.newContext({
    baseURL: BASE(),
    viewport: { width: 1440, height: 900 },
    serviceWorkers: 'block',
  })
  contexts.push(context)
  const page = await context.newPage()
  await page.goto('/')
  await page.getByLabel('账号').fill(username)
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL(/\/[asf]\//)
  return page
}

/** At both widths and in both themes: nothing for axe, nothing wider than the window, headings one by one. */
async function sound(page: Page, path: string, name = path.replaceAll('/', '-').slice(1)): Promise<void> {
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: width === 360 ? 780 : 900 })
    if (!page.url().endsWith(path)) await page.goto(path)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await expect(page.locator('.skeleton')).toHaveCount(0)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const { violations } = await new AxeBuilder({ page }).analyze()
      const said = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
      expect(said, `${path} ${width} ${colorScheme}`).toEqual([])
      if (process.env['SHOTS'])
        await page.screenshot({ path: `${process.env['SHOTS']}/${name}-${width}-${colorScheme}.png` })
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${path} ${width}`).toBe(width)
    const levels = await page
      .locator('h1, h2, h3, h4')
      .evaluateAll((found) => found.filter((h) => h.checkVisibility()).map((h) => Number(h.tagName[1])))
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThan(2)
  }
  await page.emulateMedia({ colorScheme: null })
  await page.setViewportSize({ width: 1440, height: 900 })
}

test.beforeAll(async ({ browser }) => {
  admin = await signedIn(browser, 'admin01')
  office = await signedIn(browser, 'street01')
  district = await signedIn(browser, 'district01')
  firm = await signedIn(browser, 'firm01')
})

test.afterAll(async () => {
  for (const context of contexts) await context.close()
})

test('a step is added, refused in words, put right, tried on the past year, moved, and stored', async () => {
  await admin.goto('/a/ladder')
  const before = await admin.getByRole('heading', { level: 1 }).locator('xpath=..').innerText()
  await admin.getByRole('button', { name: '加一步' }).click()
  const form = admin.getByRole('dialog', { name: '新的一步' })
  await form.getByRole('button', { name: '改好了' }).click()
  await expect(form).toContainText('名称要填。')
  await form.getByLabel('名称').fill(`再次未过提醒 ${STORY}`)
  await form.getByLabel('级', { exact: true }).selectOption('5')
  await form.getByLabel('条件').selectOption('failed_again')
  await form.getByLabel('较重').check()
  await sound(admin, '/a/ladder', 'ladder-form')
  await form.getByRole('button', { name: '改好了' }).click()
  const row = admin.getByRole('listitem').filter({ hasText: STORY })
  await expect(row).toContainText('再次复查未过 7 日 → 提醒 · 签发人')
  await admin.getByLabel('改了什么').fill('先提醒')
  await admin.getByRole('button', { name: '存为新版' }).click()
  await expect(row).toContainText('这个条件没有提醒，只能建议。换一个「做什么」。')

  await row.getByRole('button', { name: `改「再次未过提醒 ${STORY}」` }).click()
  const again = admin.getByRole('dialog', { name: '改这一步' })
  await expect(again.getByRole('alert')).toContainText('没有提醒，只能建议')
  await again.getByLabel('做什么').selectOption('bulletin')
  await again.getByLabel('出什么文书').selectOption('bulletin')
  await again.getByLabel('办理期限').fill('5')
  await again.getByRole('button', { name: '改好了' }).click()
  await expect(row).toContainText('通报 · 签发人 · 通报 · 5 工作日内办')

  await admin.getByRole('button', { name: '试算', exact: true }).click()
  await expect(admin.getByText(/过去一年 \d+ 个案卷/)).toBeVisible({ timeout: 120_000 })
  const section = admin
    .locator('section')
    .filter({ has: admin.getByRole('heading', { name: /^5 / }) })
    .first()
  const names = (): Promise<string[]> => section.getByRole('listitem').locator('b').allInnerTexts()
  const [first] = await names()
  await row.getByRole('button', { name: /^上移/ }).click()
  expect((await names())[0]).toContain(STORY)
  await expect(admin.getByText('规则又改了，结果是改之前的。')).toBeVisible()
  await row.getByRole('button', { name: /^下移/ }).click()
  expect((await names())[0]).toBe(first)
  await sound(admin, '/a/ladder', 'ladder-edited')
  await admin.getByRole('button', { name: '存为新版' }).click()
  await expect(admin.getByText(/已存为第 \d+ 版/)).toBeVisible()
  expect(await admin.getByRole('heading', { level: 1 }).locator('xpath=..').innerText()).not.toBe(before)
})

test('a deleted step comes back by undo, an old version is shown as old, and the former rules return', async () => {
  await admin.goto('/a/ladder')
  const row = admin.getByRole('listitem').filter({ hasText: STORY })
  await row.getByRole('button', { name: /^改「/ }).click()
  await admin.getByRole('dialog').getByRole('button', { name: '删掉' }).click()
  await expect(row).toHaveCount(0)
  await admin.getByRole('button', { name: /^撤销/ }).click()
  await expect(row).toHaveCount(1)
  await expect(admin.getByLabel('改了什么')).toHaveCount(0)
  // Back to the version before, which is stored as the newest one: nobody else sees the step of this test.
  const versions = admin.getByRole('listitem').filter({ hasText: /第 \d+ 版 ·/ })
  await versions.nth(1).getByRole('button').click()
  await expect(admin.getByText(/不是现行的/)).toBeVisible()
  await expect(row).toHaveCount(0)
  await sound(admin, '/a/ladder', 'ladder-old')
})

test('the screens of the administrator', async () => {
  for (const path of ['/a/documents', '/a/ladder', '/a/calendar', '/a/deliveries', '/a/messages'])
    await sound(admin, path)
  await sound(admin, '/a/messages/settings')
})

test('a plan is tried before it is imported, and what cannot be read is refused', async () => {
  await admin.goto('/a/calendar')
  const file = (text: string) => ({
    name: 'plan.json',
    mimeType: 'application/json',
    buffer: Buffer.from(text),
  })
  await admin.getByLabel('选放假安排文件').setInputFiles(file('{'))
  await expect(admin.getByText('读不懂这个文件。')).toBeVisible()
  const year = new Date().getFullYear() + 1
  const days = [{ name: '元旦', date: `${year}-01-01`, isOffDay: true }]
  await admin.getByLabel('选放假安排文件').setInputFiles(file(JSON.stringify({ year, days })))
  await expect(admin.getByText(/会改 \d+ 天/)).toBeVisible()
})

test('a missing plan is said where deadlines are set, until it is closed', async () => {
  for (const [page, path, acts] of [
    [admin, '/a/people', true],
    [office, '/s/notices', false],
  ] as const) {
    let missing: number | null = 2031
    await page.route('**/api/calendars', async (route) => {
      const answer = await route.fetch()
      const body = { ...((await answer.json()) as object), missing }
      await route.fulfill({ response: answer, json: body })
    })
    await page.goto(path)
    const banner = page.getByRole('region', { name: '2031 年放假安排还没有导入' })
    await expect(banner).toContainText('暂定')
    await expect(banner.getByRole('link', { name: '去导入' })).toHaveCount(acts ? 1 : 0)
    await sound(page, path, `warning${path.replaceAll('/', '-')}`)
    await banner.getByRole('button', { name: '关闭' }).click()
    await expect(banner).toHaveCount(0)
    missing = null
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await expect(banner).toHaveCount(0)
    await page.unrouteAll({ behavior: 'wait' })
  }
})

test('deliveries: dead ones first, with their reason and another try', async () => {
  const asked: string[] = []
  const item = {
    id: uuid7(),
    kind: 'reminder.due',
    title: '整改期限将到',
    body: '汀禾苑 · FP-03',
    channel: 'email',
    attempts: 6,
    reason: 'Connection refused',
    created_at: new Date().toISOString(),
    recipient: { username: 'firm01', display_name: '刘某' },
  }
  await admin.route('**/api/messages/deliveries**', async (route) => {
    const url = new URL(route.request().url())
    if (route.request().method() === 'POST') {
      asked.push(url.pathname)
      return route.fulfill({ status: 204 })
    }
    asked.push(url.searchParams.get('state') ?? '')
    const counts = { queued: 2, dead: 1, dropped: 0, sent: 5 }
    return route.fulfill({ json: { items: url.searchParams.get('state') === 'dead' ? [item] : [], counts } })
  })
  await admin.goto('/a/deliveries')
  const row = admin.getByRole('row').filter({ hasText: '刘某' })
  await expect(row).toContainText('Connection refused')
  await sound(admin, '/a/deliveries', 'deliveries-dead')
  await row.getByRole('button').click()
  await expect.poll(() => asked.find((path) => path.endsWith(`${item.id}/resend`))).toBeTruthy()
  await admin
    .getByRole('radio', { name: /^排队|待发/ })
    .first()
    .check({ force: true })
  await expect.poll(() => asked.includes('queued')).toBe(true)
  await sound(admin, '/a/deliveries', 'deliveries-empty')
  await admin.unrouteAll({ behavior: 'wait' })
})

test('what cannot be loaded says so and is asked for again', async () => {
  const pages: [Page, string, string][] = [
    [admin, '/a/ladder', '**/api/escalation/ladder*'],
    [admin, '/a/calendar', '**/api/calendars'],
    [admin, '/a/deliveries', '**/api/messages/deliveries**'],
    [district, '/s/proposals', '**/api/escalation/proposals**'],
    [district, '/s/measures', '**/api/escalation/listings**'],
    [office, '/s/messages', '**/api/messages?**'],
  ]
  for (const [page, path, api] of pages) {
    await page.route(api, (route) => route.fulfill({ ...FAILURE, body: JSON.stringify(PROBLEM) }))
    await page.goto(path)
    await expect(page.getByText('unavailable'), path).toBeVisible()
    await sound(page, path, `error${path.replaceAll('/', '-')}`)
    await page.unrouteAll({ behavior: 'wait' })
    const retry = page.getByRole('button', { name: /重试|再试/ }).first()
    await retry.click()
    await expect(page.getByText('unavailable'), path).toHaveCount(0)
  }
})

test('an interview and a listing go from the call to their end, seen by both sides', async () => {
  const chief = await person(BASE(), 'district01')
  const handler = await person(BASE(), 'firm01')
  const { items } = await handler.get<{ items: { items: { finding_id: string; state: string }[] }[] }>(
    '/notices?limit=50',
  )
  const finding = items.flatMap((notice) => notice.items).find((one) => one.state === 'pending')!.finding_id
  const reason = `领导批示 ${STORY}`
  const listing_id = uuid7()
  await chief.act('call_interview', {
    interview_id: uuid7(),
    finding_ids: [finding],
    reason,
    planned_at: new Date(Date.now() + 86_400_000).toISOString(),
    place: '区住建局 302',
    attendees: ['项目经理'],
  })
  await chief.act('list_case', { listing_id, finding_ids: [finding], reason, days: 30 })
  for (const [page, path] of [
    [district, '/s/measures'],
    [firm, '/f/measures'],
  ] as const) {
    await page.goto(path)
    await expect(page.getByText(reason).first()).toBeVisible()
    await sound(page, path)
  }

  // The firm plans, reports and asks for acceptance; the office does not accept and later does.
  const mine = firm.getByRole('article').filter({ hasText: reason })
  await mine.getByRole('button', { name: '交方案' }).click()
  await firm.getByRole('dialog').getByLabel('正文').fill('两周内清完，专人值守')
  await firm.getByRole('dialog').getByRole('button', { name: '交方案' }).click()
  await expect(mine).toContainText('两周内清完')
  await handler.act('report_listing', {
    report_id: uuid7(),
    listing_id,
    percent: 60,
    text: '已清三个楼道',
    done: false,
  })
  await handler.act('report_listing', {
    report_id: uuid7(),
    listing_id,
    percent: 100,
    text: '全部清完',
    done: true,
  })
  await district.goto('/s/measures')
  const theirs = district.getByRole('article').filter({ hasText: reason })
  await expect(theirs).toContainText('待验收')
  await expect(theirs).toContainText('已清三个楼道')
  await sound(district, '/s/measures', 'measures-accepting')
  await theirs.getByRole('button', { name: '结论' }).click()
  await district.getByRole('dialog').getByLabel('正文').fill('现场核对无误')
  await district.getByRole('dialog').getByRole('button', { name: '验收合格，销号' }).click()
  await expect(theirs).toContainText('已销号')

  await district.getByText('约谈', { exact: true }).last().click()
  const talk = district.getByRole('article').filter({ hasText: reason })
  await talk.getByRole('button', { name: '记约谈记录' }).click()
  const form = district.getByRole('dialog')
  await form.getByLabel('谈话记录').fill('企业承诺限期整改')
  await form.getByLabel('承诺，每行一条：日期 内容').fill('三日内划线')
  await expect(form).toContainText('每行先写日期，再写内容。')
  await form.getByLabel('承诺，每行一条：日期 内容').fill('2030-12-20 完成划线')
  await sound(district, '/s/measures', 'interview-form')
  await form.getByRole('button', { name: '保存' }).click()
  await expect(talk).toContainText('完成划线')
  await talk.getByRole('button', { name: '已兑现', exact: true }).click()
  await expect(talk).toContainText('已兑现')
})

test('the screens of the office and the firm', async () => {
  await sound(office, '/s/messages')
  await sound(office, '/s/messages/settings')
  await sound(district, '/s/proposals')
  await sound(firm, '/f/messages')
})
