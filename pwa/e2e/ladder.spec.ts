/** The administrator's rules, calendar and deliveries; the measures that the district takes and the firm answers. */
import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { freshNotice, PASSWORD, person, uuid7, type NoticeDoc, type Person } from './api'
import { report, type Place } from './supervisor.kit'

test.describe.configure({ mode: 'serial' })

const BASE = (): string => process.env['BASE_URL']!
const DAY = 86_400_000
test.setTimeout(240_000)
// What cannot be pressed within this time will not be: fail at the place, not at the end of the test.
test.use({ actionTimeout: 30_000 })
const STORY = Date.now().toString(36)
const contexts: BrowserContext[] = []
const errors: string[] = []
let admin: Page
let district: Page
let firm: Page
let street: Person
let handler: Person
let notice: NoticeDoc

async function signedIn(browser: Browser, username: string): Promise<Page> {
  const context = await browser.newContext({
    baseURL: BASE(),
    viewport: { width: 1440, height: 900 },
    serviceWorkers: 'block',
  })
  contexts.push(context)
  const page = await context.newPage()
  page.on('pageerror', (error) => errors.push(`${username}: ${error.message}`))
  await page.goto('/')
  await page.getByLabel('账号').fill(username)
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL(/\/[asf]\//)
  return page
}

/** A phone in the dark and a desk in the light: nothing for axe, nothing wider than the window, even with big type. */
async function sound(page: Page, name: string): Promise<void> {
  for (const [width, colorScheme] of [
    [360, 'dark'],
    [1440, 'light'],
  ] as const) {
    await page.setViewportSize({ width, height: width === 360 ? 780 : 900 })
    await page.emulateMedia({ colorScheme })
    const asked = (await page.locator('dialog[open]').count()) > 0
    const axe = new AxeBuilder({ page })
    const { violations } = await (asked ? axe.include('dialog[open]') : axe).analyze()
    const said = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
    expect(said, `${name} ${width}`).toEqual([])
    for (const size of width === 360 ? ['200%', ''] : ['']) {
      await page.evaluate((font) => (document.documentElement.style.fontSize = font), size)
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(over, `${name} ${width} ${size}`).toBeLessThanOrEqual(0)
      const folder = process.env['PICTURES']
      if (folder)
        await page.screenshot({ path: `${folder}/${name}-${width}${size && '-big'}.png`, fullPage: !asked })
    }
  }
  await page.emulateMedia({ colorScheme: null })
}

test.beforeAll(async ({ browser }) => {
  street = await person(BASE(), 'street01')
  handler = await person(BASE(), 'firm01')
  notice = await freshNotice(BASE(), handler.me.user.firm!.id)
  admin = await signedIn(browser, 'admin01')
  district = await signedIn(browser, 'district01')
  firm = await signedIn(browser, 'firm01')
})

test.afterAll(async () => {
  for (const context of contexts) await context.close()
  expect(errors).toEqual([])
})

test('a step is added, refused in words, put right, tried on the past year, moved, and stored', async () => {
  await admin.goto('/a/ladder')
  const head = admin.getByRole('heading', { level: 1 }).locator('xpath=..')
  await expect(head).toContainText('现行')
  const before = await head.innerText()
  await admin.getByRole('button', { name: '加一步' }).click()
  const form = admin.getByRole('dialog', { name: '新的一步' })
  await form.getByRole('button', { name: '改好了' }).click()
  await expect(form).toContainText('名称要填。')
  await form.getByLabel('名称').fill(`再次未过提醒 ${STORY}`)
  await form.getByLabel('级', { exact: true }).selectOption('5')
  await form.getByLabel('条件').selectOption('failed_again')
  await form.getByLabel('较重').check()
  await sound(admin, 'ladder-form')
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
  const section = admin.locator('section').filter({ has: admin.getByRole('heading', { name: /^5 / }) })
  const place = async (): Promise<number> => {
    const names = await section.first().getByRole('listitem').locator('b').allInnerTexts()
    return names.findIndex((name) => name.includes(STORY))
  }
  const second = await place()
  await row.getByRole('button', { name: /^上移/ }).click()
  expect(await place()).toBe(second - 1)
  await expect(admin.getByText('规则又改了，结果是改之前的。')).toBeVisible()
  await row.getByRole('button', { name: /^下移/ }).click()
  expect(await place()).toBe(second)
  await sound(admin, 'ladder-edited')
  await admin.getByRole('button', { name: '存为新版' }).click()
  await expect(admin.getByText(/已存为第 \d+ 版/)).toBeVisible()
  expect(await head.innerText()).not.toBe(before)
})

test('a deleted step comes back by undo; the version before is shown as old and becomes the next', async () => {
  const row = admin.getByRole('listitem').filter({ hasText: STORY })
  await row.getByRole('button', { name: /^改「/ }).click()
  await admin.getByRole('dialog').getByRole('button', { name: '删掉' }).click()
  await expect(row).toHaveCount(0)
  await admin.getByRole('button', { name: /^撤销/ }).click()
  await expect(row).toHaveCount(1)
  await expect(admin.getByLabel('改了什么')).toHaveCount(0)
  const versions = admin.getByRole('listitem').filter({ hasText: /第 \d+ 版 ·/ })
  await versions.nth(1).getByRole('button').click()
  await expect(admin.getByText(/不是现行的/)).toBeVisible()
  await expect(row).toHaveCount(0)
  await sound(admin, 'ladder-old')
  // What was in force before is in force again: nobody else meets the step of this test.
  await admin.getByLabel('改了什么').fill('改回去')
  await admin.getByRole('button', { name: '存为新版' }).click()
  await expect(admin.getByText(/不是现行的/)).toHaveCount(0)
  await expect(row).toHaveCount(0)
})

test('a plan is tried before it is imported; what is broken or contradicts itself is refused line by line', async () => {
  await admin.goto('/a/calendar')
  const choose = (document: unknown): Promise<void> =>
    admin.getByLabel('选文件').setInputFiles({
      name: 'plan.json',
      mimeType: 'application/json',
      buffer: Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)),
    })
  const year = new Date().getFullYear() + 2
  const day = (date: string, isOffDay: unknown): object => ({ name: '本地安排', date, isOffDay })
  await choose('{')
  await expect(admin.getByText('读不懂这个文件，它不是 JSON。')).toBeVisible()
  await choose([])
  await expect(admin.getByRole('alert').first()).toBeVisible()
  const twice = [day(`${year}-03-06`, true), day(`${year}-03-06`, false), day('1.4.', true), 7]
  await choose({ year, days: twice })
  await expect(admin.getByText('有 3 处错，没有导入。')).toBeVisible()
  await expect(admin.getByRole('listitem').filter({ hasText: '第 2 天' })).toContainText('重复')
  await expect(admin.getByRole('listitem').filter({ hasText: '第 3 天' })).toContainText('YYYY-MM-DD')
  await expect(admin.getByRole('button', { name: '导入', exact: true })).toHaveCount(0)
  await sound(admin, 'calendar-refused')

  const monday = [...Array(7).keys()]
    .map((n) => new Date(Date.UTC(year, 4, 8 + n)))
    .find((on) => on.getUTCDay() === 1)!
  await choose({ year, days: [day(monday.toISOString().slice(0, 10), true)] })
  await expect(admin.getByText(/^会改 \d 天，\d 天不再暂定。/)).toBeVisible()
  await expect(admin.getByText(/不是全年安排/)).toBeVisible()
  await admin.getByRole('button', { name: '导入', exact: true }).click()
  await expect(admin.getByText(`已导入 ${year} 年`).first()).toBeVisible()
  await admin.getByLabel('哪一年').selectOption(String(year))
  const listed = admin.getByRole('listitem').filter({ hasText: '本地安排' })
  await expect(listed).toContainText('放假')
  await expect(listed.getByText('暂定')).toHaveCount(0)
  await expect(admin.getByRole('listitem').filter({ hasText: '元旦' }).first()).toContainText('暂定')
  await sound(admin, 'calendar')
})

test('a local day off: what ends on it is listed with old and new, moves later once confirmed, never earlier', async () => {
  const inspector = await person(BASE(), 'inspector01')
  const place = await street.get<Place>(`/places/compounds/${notice.compound.id}`)
  const finding_id = await report(inspector, place, 'EB-05', `日历 ${STORY}`)
  await street.act('confirm_finding', { finding_id })
  const notice_id = uuid7()
  // So far away that no other test looks at the day.
  await street.act('issue_notice', { notice_id, items: [{ finding_id, term: 43, unit: 'day' }] })
  const due = async (): Promise<number> => {
    const told = await street.get<{ items: { due_at: string }[] }>(`/notices/${notice_id}`)
    return Date.parse(told.items[0]!.due_at)
  }
  const printed = await due()
  const on = new Date(printed + 8 * 3_600_000).toISOString().slice(0, 10)
  await admin.goto('/a/calendar')
  await admin.getByRole('button', { name: '加上' }).click()
  await expect(admin.getByText('这一项要填。')).toHaveCount(2)
  await admin.getByLabel('日期').fill(on)
  await admin.getByLabel('名称').fill(`停工 ${STORY}`)
  await admin.getByRole('button', { name: '加上' }).click()
  const { number } = await street.get<NoticeDoc>(`/notices/${notice_id}`)
  const line = admin.getByRole('listitem').filter({ hasText: number })
  await expect(line).toContainText('顺延')
  await sound(admin, 'calendar-recount')
  expect(await due()).toBe(printed)
  await admin.getByRole('button', { name: /^确认 \d+ 条/ }).click()
  await expect(line).toHaveCount(0)
  const moved = await due()
  expect(moved).toBeGreaterThanOrEqual(printed + DAY)
  const local = admin.getByRole('listitem').filter({ hasText: `停工 ${STORY}` })
  await local.getByRole('button', { name: /^撤掉/ }).click()
  await expect(local).toHaveCount(0)
  await expect(line).toHaveCount(0)
  expect(await due()).toBe(moved)
})

test('a missing plan is said where deadlines are set, until it is closed', async () => {
  for (const [page, path, acts] of [
    [admin, '/a/people', true],
    [district, '/s/notices', false],
  ] as const) {
    await page.route('**/api/calendars', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), missing: 2031 } })
    })
    await page.goto(path)
    const banner = page.getByRole('region', { name: '2031 年放假安排还没有导入' })
    await expect(banner).toContainText('暂定')
    await expect(banner.getByRole('link', { name: '去导入' })).toHaveCount(acts ? 1 : 0)
    await banner.getByRole('button', { name: '关闭' }).click()
    await expect(banner).toHaveCount(0)
    await page.unrouteAll({ behavior: 'wait' })
  }
})

test('deliveries: the dead with their reason and another try, the waiting with the hour of the next', async () => {
  const asked: string[] = []
  const item = (attempts: number): object => ({
    id: uuid7(),
    kind: 'reminder.due',
    title: '整改期限将到',
    body: '汀禾苑 · FP-03',
    channel: 'email',
    attempts,
    next_at: attempts < 6 ? new Date(Date.now() + 600_000).toISOString() : null,
    reason: 'Connection refused',
    created_at: new Date().toISOString(),
    recipient: { username: 'firm01', display_name: '刘某' },
  })
  const dead = [item(6), item(6)]
  await admin.route('**/api/messages/deliveries**', async (route) => {
    const url = new URL(route.request().url())
    if (route.request().method() === 'POST') {
      asked.push(url.pathname.split('/').at(-2)!)
      return route.fulfill({ status: 204 })
    }
    const state = url.searchParams.get('state')
    const counts = { queued: 1, dead: 2, dropped: 0, sent: 5 }
    const items = state === 'dead' ? dead : state === 'queued' ? [item(2)] : []
    return route.fulfill({ json: { items, counts, next: null } })
  })
  await admin.setViewportSize({ width: 360, height: 780 })
  await admin.goto('/a/deliveries')
  const row = admin.getByRole('listitem').filter({ hasText: '刘某' }).first()
  await expect(row).toContainText('Connection refused')
  await expect(row).toContainText('试过 6 次')
  await sound(admin, 'deliveries-dead')
  await row.getByRole('button', { name: '再发一次' }).click()
  await expect.poll(() => asked.length).toBe(1)
  await expect(admin.getByText('1 条已放回待发')).toBeVisible()
  await admin.getByRole('button', { name: '这 2 条都再发' }).click()
  await expect.poll(() => asked.length).toBe(3)
  await admin.getByRole('radio', { name: /^待发/ }).check({ force: true })
  await expect(admin.getByText(/^下次 /)).toBeVisible()
  await admin.getByRole('radio', { name: /^没处发/ }).check({ force: true })
  await expect(admin.getByText('没有这样的消息。')).toBeVisible()
  await admin.unrouteAll({ behavior: 'wait' })
})

test('what cannot be loaded says so and is asked for again', async () => {
  const problem = { type: '/problems/unavailable', code: 'unavailable', status: 503, title: '现在办不了' }
  const pages: [Page, string, string][] = [
    [admin, '/a/ladder', '**/api/escalation/ladder*'],
    [admin, '/a/calendar', '**/api/calendars'],
    [admin, '/a/calendar', '**/api/escalation/recount*'],
    [admin, '/a/deliveries', '**/api/messages/deliveries**'],
    [district, '/s/proposals', '**/api/escalation/proposals**'],
    [district, '/s/measures', '**/api/escalation/listings**'],
  ]
  for (const [page, path, api] of pages) {
    const contentType = 'application/problem+json'
    await page.route(api, (route) =>
      route.fulfill({ status: 503, contentType, body: JSON.stringify(problem) }),
    )
    await page.goto(path)
    const told = page.getByRole('alert').filter({ hasText: 'unavailable' })
    await expect(told, path).toHaveCount(1)
    await page.unrouteAll({ behavior: 'wait' })
    await told.getByRole('button', { name: '再试一次' }).click()
    await expect(told, path).toHaveCount(0)
  }
})

test('a listing: begun from the case, planned, reported, not accepted, reported again, written off', async () => {
  const reason = `领导批示 ${STORY}`
  const finding = notice.items[0]!.finding_id
  await district.setViewportSize({ width: 1440, height: 900 })
  await district.goto(`/s/case/${finding}`)
  await district.getByRole('button', { name: '督办约谈' }).click()
  const begin = district.getByRole('dialog', { name: '督办约谈' })
  await begin.getByLabel('期限（天）').fill('0')
  await begin.getByRole('button', { name: '挂牌督办' }).click()
  await expect(begin).toContainText('填 1 到 180 的整数。')
  await begin.getByLabel('事由').fill(reason)
  await begin.getByLabel('期限（天）').fill('30')
  await sound(district, 'measure-begin')
  await begin.getByRole('button', { name: '挂牌督办' }).click()
  await expect(begin).toHaveCount(0)
  const { items } = await handler.get<{ items: { id: string; reason: string }[] }>('/escalation/listings')
  const listing_id = items.find((one) => one.reason === reason)!.id

  await firm.goto(`/f/measures/${listing_id}`)
  const mine = firm.getByRole('article').filter({ hasText: reason })
  await expect(mine).toBeInViewport()
  await mine.getByRole('button', { name: '交方案' }).click()
  const dialog = firm.getByRole('dialog')
  await dialog.getByRole('button', { name: '交方案' }).click()
  await expect(dialog).toContainText('这一项要填。')
  await dialog.getByLabel('正文').fill('两周内清完，专人值守')
  await dialog.getByRole('button', { name: '交方案' }).click()
  await expect(mine).toContainText('两周内清完')
  await mine.getByRole('button', { name: '报周报' }).click()
  await dialog.getByLabel('完成百分比').fill('130')
  await dialog.getByLabel('正文').fill('已清三个楼道')
  await dialog.getByRole('button', { name: '报周报' }).click()
  await expect(dialog).toContainText('填 0 到 100 的整数。')
  await dialog.getByLabel('完成百分比').fill('60')
  await dialog.getByRole('button', { name: '报周报' }).click()
  await expect(mine).toContainText('已清三个楼道')
  await sound(firm, 'firm-listing')
  await handler.act('report_listing', {
    report_id: uuid7(),
    listing_id,
    percent: 100,
    text: '全部清完',
    done: true,
  })

  const verdict = async (text: string, verb: string): Promise<void> => {
    await district.goto(`/s/measures/${listing_id}`)
    await theirs.getByRole('button', { name: '结论' }).click()
    await district.getByRole('dialog').getByLabel('正文').fill(text)
    await district.getByRole('dialog').getByRole('button', { name: verb }).click()
    await expect(theirs).toContainText(text)
  }
  const theirs = district.getByRole('article').filter({ hasText: reason })
  await district.goto(`/s/measures/${listing_id}`)
  await expect(theirs).toContainText('待验收')
  await expect(theirs).toContainText('全部清完')
  await sound(district, 'office-listing')
  await verdict('二号楼还有杂物', '不合格，延续')
  await expect(theirs).toContainText('已延续 1 次')
  await handler.act('report_listing', {
    report_id: uuid7(),
    listing_id,
    percent: 100,
    text: '二号楼也清了',
    done: true,
  })
  await verdict('现场核对无误', '验收合格，销号')
  await expect(theirs).toContainText('已销号')
})

test('an interview: a firm is called, minutes and promises are taken, each promise is followed', async () => {
  const reason = `约谈 ${STORY}`
  const interview_id = uuid7()
  const chief = await person(BASE(), 'district01')
  const call = {
    interview_id,
    finding_ids: [notice.items[1]!.finding_id],
    reason,
    planned_at: new Date(Date.now() + DAY).toISOString(),
    place: '区住建局 302',
    attendees: ['项目经理'],
  }
  await chief.act('call_interview', call)
  await firm.setViewportSize({ width: 360, height: 780 })
  await firm.goto(`/f/measures/${interview_id}`)
  const mine = firm.getByRole('article').filter({ hasText: reason })
  await expect(mine).toContainText('参加人：项目经理')
  await sound(firm, 'firm-interview')
  await district.setViewportSize({ width: 1440, height: 900 })
  await district.goto(`/s/measures/${interview_id}`)
  const talk = district.getByRole('article').filter({ hasText: reason })
  await talk.getByRole('button', { name: '记约谈记录' }).click()
  const form = district.getByRole('dialog', { name: '记约谈记录' })
  await form.getByRole('button', { name: '保存' }).click()
  await expect(form.getByText('这一项要填。')).toHaveCount(2)
  const local = (at: number): string => new Date(at + 8 * 3_600_000).toISOString().slice(0, 16)
  await form.getByLabel('时间').fill(local(Date.now() + DAY))
  await expect(form).toContainText('还没到的时间不能记。')
  await form.getByLabel('时间').fill(local(Date.now() - 3_600_000))
  await form.getByLabel('谈话记录').fill('企业承诺限期整改')
  await form.getByLabel('承诺，每行一条：日期 内容').fill('三日内划线')
  await expect(form).toContainText('每行先写日期，再写内容。')
  await form.getByLabel('承诺，每行一条：日期 内容').fill('2030-12-20 完成划线\n2026-01-05 清完楼道')
  await sound(district, 'interview-form')
  await form.getByRole('button', { name: '保存' }).click()
  const promise = (text: string) => talk.getByRole('listitem').filter({ hasText: text })
  await promise('完成划线').getByRole('button', { name: '已兑现', exact: true }).click()
  await expect(promise('完成划线')).toContainText('已兑现')
  await promise('清完楼道').getByRole('button', { name: '未兑现' }).click()
  const why = district.getByRole('dialog', { name: '未兑现' })
  await why.getByLabel('没兑现的情况').fill('三号楼还有')
  await why.getByRole('button', { name: '未兑现' }).click()
  await expect(promise('清完楼道')).toContainText('三号楼还有')
  await firm.reload()
  await expect(mine).toContainText('三号楼还有')
  const second = uuid7()
  await chief.act('call_interview', { ...call, interview_id: second, reason: `再谈 ${STORY}` })
  await district.goto(`/s/measures/${second}`)
  const off = district.getByRole('article').filter({ hasText: `再谈 ${STORY}` })
  await off.getByRole('button', { name: '取消约谈' }).click()
  const ask = district.getByRole('dialog', { name: '取消约谈' })
  await ask.getByLabel('事由').fill('改为现场核查')
  await ask.getByRole('button', { name: '取消约谈' }).click()
  await expect(off).toContainText('已取消')
  await firm.goto('/f/messages')
  await expect(firm.getByText('约谈取消').first()).toBeVisible()
})
