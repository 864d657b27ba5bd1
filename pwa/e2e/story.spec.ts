/**
 * The whole story, as the district lives it: a round without a network, a phone that dies, photographs that arrive, a
 * notice, an answer, a re-check, a second order. What is asserted is what the server holds, not what a page claims.
 */
import { expect, test, type Page } from '@playwright/test'
import { PASSWORD, person, type NoticeDoc, type Person } from './api'
import { Mast, Phone } from './phone'
import { photographs, sha256, type File } from './photos'
import { desk, noViolations, type Desk } from './supervisor.kit'

test.describe.configure({ mode: 'serial' })

interface PhotoDoc {
  id: string
  kind: string
  stage: string
  sha256: string
  original_sha256: string | null
  state: string
}
interface CaseDoc {
  id: string
  item_code: string
  place: string
  state: string
  visit_id: string | null
  position: { lon: number; lat: number } | null
  accuracy_m: number | null
  captured_at: string
  received_at: string
  photos_expected: number
  photos_stored: number
  failed_reviews: number
  photos: PhotoDoc[]
  ledger: { seq: number; act: string; at: string; actor: { name: string } | null; hash: string }[]
  ledger_intact: boolean
}
interface VisitDoc {
  compound_id: string
  inspector_id: string
  state: string
}
interface Compound {
  id: string
  name: string
  centre: { lon: number; lat: number }
}

const BASE = (): string => process.env['BASE_URL']!
const HOME = '汀禾苑'
const LANE = {
  code: 'FP-01',
  group: '消防通道',
  line: '机动车占用、堵塞消防车通道',
  name: '机动车占用消防车通道',
}
const HALL = {
  code: 'EB-03',
  group: '电动自行车',
  line: '门厅、走道、楼梯间为电动自行车充电',
  name: '门厅给电动自行车充电',
}
/** Tells the cases of this run from all others. */
const SPOT = `物业中心门外 ${new Date().toISOString().slice(11, 19)}`
const NUMBER = /^青禾办物改〔\d{4}〕第(\d+)号$/
/** An act of the office can be taken back for eight seconds before it is sent. */
const HELD = { timeout: 16_000 }
const DELIVERY = { timeout: 60_000 }

let official: Person
let mast: Mast
let phone: Phone
let office: Desk
let compound: Compound
/** A server that has seen this story before has no stop left there. */
let planned: boolean
let pictures: [File, File, File, File]
/** What the office had before anything of this was found. */
let before: { total: number; triage: number }
const id: Record<string, string> = {}
let number = ''
let noticeId = ''

const caseOf = (code: string): Promise<CaseDoc> => official.get<CaseDoc>(`/findings/${id[code]}`)
const noticeOf = (key: string): Promise<NoticeDoc> => official.get<NoticeDoc>(`/notices/${key}`)
const openTotal = async (): Promise<number> => (await official.get<{ total: number }>('/map/counts')).total

/** The cases of this run that the server knows. */
async function arrived(): Promise<CaseDoc[]> {
  const page = await official.get<{ items: CaseDoc[] }>(`/findings?compound_id=${compound.id}&limit=100`)
  return page.items.filter((finding) => finding.place === SPOT)
}

test.beforeAll(async () => {
  const inspector = await person(BASE(), 'inspector01')
  official = await person(BASE(), 'street01')
  pictures = await photographs()
  const { items } = await inspector.get<{ items: { compounds: Compound[]; visits: VisitDoc[] } }>(
    '/sync/changes',
  )
  compound = items.compounds.find((each) => each.name === HOME)!
  const { id: me } = inspector.me.user
  planned = items.visits.some(
    (visit) => visit.compound_id === compound.id && visit.inspector_id === me && visit.state === 'planned',
  )
  mast = await Mast.before(BASE())
  const { lon, lat } = compound.centre
  phone = await Phone.unpack(mast, { longitude: lon, latitude: lat, accuracy: 6 })
})

test.afterAll(async () => {
  await phone?.putAway()
  await office?.context.close()
  await mast?.close()
  expect(phone?.errors).toEqual([])
  expect(office?.errors).toEqual([])
})

/** Stands at the compound: at the stop of the day's round. */
async function checkIn(page: Page): Promise<void> {
  await page.getByRole('link').filter({ hasText: HOME }).first().click()
  await page.getByRole('button', { name: '到场签到' }).click()
  await expect(page.getByText('已到场')).toBeVisible()
}

/** Stands there without being asked to: a visit of its own. */
async function dropIn(page: Page): Promise<void> {
  await page.goto(`${mast.url}/i/adhoc`)
  await page.getByLabel('查找小区').fill(HOME)
  await page.getByRole('button').filter({ hasText: HOME }).click()
  await expect(page.getByText('已到场')).toBeVisible()
}

/** Every line that is not a failure passes; one group of the list is open at a time. */
async function answerList(page: Page, failing: readonly string[]): Promise<void> {
  const list = page.getByRole('region', { name: /^检查表/ })
  const lines = list.getByRole('radiogroup')
  const groups = list.getByRole('button', { name: /余 \d+/ })
  await expect(groups.first()).toBeVisible()
  for (const group of await groups.locator('.name').allInnerTexts()) {
    await list.getByRole('button', { name: new RegExp(`^${group}`) }).click()
    await expect(lines.first()).toBeVisible()
    for (const name of await lines.evaluateAll(labels)) {
      if (failing.some((line) => name.startsWith(line))) continue
      const pass = lines
        .and(page.getByLabel(name, { exact: true }))
        .getByRole('radio', { name: '合格', exact: true })
      await pass.click()
      await expect(pass).toBeChecked()
    }
  }
}

const labels = (nodes: Element[]): string[] => nodes.map((node) => node.getAttribute('aria-label') ?? '')

/** Fails a line: overview, then close-up, its place, and saved. */
async function fail(what: typeof LANE, first: File, second: File): Promise<void> {
  const { page } = phone
  const list = page.getByRole('region', { name: /^检查表/ })
  const line = list.getByRole('radiogroup', { name: new RegExp(`^${what.line}`) })
  const group = list.getByRole('button', { name: new RegExp(`^${what.group}`) })
  if ((await group.getAttribute('aria-expanded')) === 'false') await group.click()
  await phone.shoot(line.getByRole('radio', { name: '不合格' }), first.path)
  await expect(page.getByRole('radio', { name: new RegExp(what.code) })).toBeChecked()
  await expect(page.getByRole('button', { name: /^已有 全景/ })).toBeVisible()
  await phone.shoot(page.getByRole('button', { name: '还差 近景' }), second.path)
  await expect(page.getByRole('button', { name: /^已有 近景/ })).toBeVisible()
  const place = page.getByRole('region', { name: '在什么位置' })
  await expect(place).toContainText('卫星定位 ±6 m · 在范围内')
  await place.getByRole('button', { expanded: false }).click()
  await page.getByRole('textbox', { name: '在什么位置' }).fill(SPOT)
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByRole('status').filter({ hasText: '已保存在本机' })).toBeVisible()
}

/** What the phone shows of the morning's work. */
async function expectAllThere(): Promise<void> {
  const { page } = phone
  await page.goto(`${mast.url}/i/outbox`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('3 项还没送到局里')
  await expect(page.getByRole('link', { name: /没有网络/ })).toContainText('待发 3')
  await expect(page.getByRole('link', { name: new RegExp(`${HOME} 检查表 20 项`) })).toBeVisible()
  for (const what of [LANE, HALL]) {
    await page.goto(`${mast.url}/i/outbox`)
    await page.getByRole('link', { name: new RegExp(what.name) }).click()
    await expect(page.getByText(SPOT).first()).toBeVisible()
    for (const kind of ['全景', '近景']) {
      await expect(page.getByRole('button', { name: new RegExp(`^放大，${kind}`) })).toHaveCount(1)
    }
  }
}

test('signs in, passes the gate, and the round of the day is on the phone', async () => {
  await phone.signIn('inspector01')
  const { page } = phone
  await page.getByRole('link', { name: '我的' }).click()
  await page.getByRole('link', { name: /看出发检查/ }).click()
  await expect(page.getByText(/\d+ 个小区和检查表都在本机/)).toBeVisible(DELIVERY)
  await expect(page.getByRole('status').filter({ hasText: /能?出发/ })).toBeVisible()
  await expect(page.getByText('手机时间准')).toBeVisible()
  await page.getByRole('button', { name: '开始巡查' }).click()
  await expect(page.getByText('周巡查').first()).toBeVisible()
  await expect(page.getByText(HOME, { exact: true }).first()).toBeVisible()
})

test('without a network: arrives, answers the list, fails two lines, two photographs each', async ({
  browser,
}) => {
  office = await desk(browser, BASE(), 'street01')
  const { triage } = await official.get<{ triage: number }>('/findings/inbox')
  before = { total: await openTotal(), triage: triage! }
  await phone.close()
  await phone.reopen()
  await (planned ? checkIn : dropIn)(phone.page)
  await expect(phone.page.getByRole('status').filter({ hasText: '已到场' })).toContainText('在小区范围内')
  await answerList(phone.page, [LANE.line, HALL.line])
  await fail(LANE, pictures[0], pictures[1])
  await fail(HALL, pictures[2], pictures[3])
})

test('the phone dies right after 已保存; switched on again without a network, everything is there', async () => {
  await phone.die()
  await phone.reopen()
  await expect(phone.page.getByRole('region', { name: '正在检查' })).toContainText(HOME)
  await phone.page.getByRole('link', { name: '继续检查' }).click()
  await expect(phone.page.getByRole('heading', { name: /检查表/ })).toContainText('20 / 20')
  await expect(phone.page.getByText('2 项不合格')).toBeVisible()
  await expectAllThere()
  expect(await arrived()).toEqual([])
})

test('the network returns: the server holds each finding once, and every byte of the photographs', async () => {
  await phone.findNetwork()
  await expect
    .poll(async () => (await arrived()).map((each) => each.item_code).sort(), DELIVERY)
    .toEqual([HALL.code, LANE.code])
  for (const finding of await arrived()) id[finding.item_code] = finding.id
  for (const [code, files] of [
    [LANE.code, pictures.slice(0, 2)],
    [HALL.code, pictures.slice(2)],
  ] as const) {
    const stored = async (): Promise<number[]> => {
      const { photos_stored, photos_expected } = await caseOf(code)
      return [photos_stored, photos_expected]
    }
    await expect.poll(stored, DELIVERY).toEqual([2, 2])
    const finding = await caseOf(code)
    expect(finding.visit_id).not.toBeNull()
    expect(finding.position!.lon).toBeCloseTo(compound.centre.lon, 6)
    expect(finding.position!.lat).toBeCloseTo(compound.centre.lat, 6)
    expect(finding.accuracy_m).toBe(6)
    expect(Date.parse(finding.captured_at)).toBeLessThan(Date.parse(finding.received_at))
    expect(finding.photos.map((photo) => photo.kind).sort()).toEqual(['C', 'O'])
    for (const photo of finding.photos) {
      const file = files[photo.kind === 'O' ? 0 : 1]!
      const bytes = await official.bytes(`/photos/${photo.id}/content?size=original`)
      expect(sha256(bytes)).toBe(photo.sha256)
      expect(photo.original_sha256 ?? photo.sha256).toBe(file.sha256)
      if (file.opaque) expect(photo.sha256).toBe(file.sha256)
    }
  }
  await expect(
    phone.page
      .getByText('都送到局里了')
      .or(phone.page.getByRole('link', { name: /待发/ }))
      .first(),
  ).toBeVisible()
  await phone.page.goto(`${mast.url}/i/outbox`)
  await expect(phone.page.getByRole('heading', { level: 1 })).toHaveText('都送到局里了', DELIVERY)
  await expect(phone.page.getByText('已确认 3 项')).toBeVisible()
})

test('the street sees both at its next poll, on the map list and in the inbox, and confirms them by key', async () => {
  const { page } = office
  await expect(page.getByRole('heading', { level: 1 })).toContainText(String(before.total + 2), HELD)
  const rows = page.getByRole('region', { name: '列表' }).locator('button[data-id]')
  await expect(rows.first()).toBeVisible()
  await page
    .getByRole('link', { name: /收件箱/ })
    .first()
    .click()
  await expect(page.getByRole('link', { name: new RegExp(`待确认.*${before.triage + 2}`) })).toBeVisible(HELD)
  for (const { code } of [LANE, HALL]) {
    await page.locator(`button[data-id="${id[code]}"]`).click()
    await expect(page.getByRole('list', { name: '机器核对' })).toContainText('2 / 2 张')
    await page.keyboard.press('c')
    await expect(page.locator(`button[data-id="${id[code]}"]`)).toHaveCount(0)
  }
  for (const { code } of [LANE, HALL]) {
    await expect.poll(async () => (await caseOf(code)).state, HELD).toBe('confirmed')
  }
})

test('one notice with both: an official number, a PDF, and a page that anybody may check it on', async ({
  browser,
}) => {
  const { page } = office
  await page.goto('/s/inbox/issue')
  await page.locator(`button[data-id="${id[LANE.code]}"]`).click()
  await expect(page.getByRole('button', { name: /^签发通知书/ })).toBeVisible()
  await page.keyboard.press('i')
  await page.getByRole('checkbox', { name: new RegExp(`${HALL.name}.*${SPOT}`) }).check()
  await expect(page.getByRole('region', { name: '通知书内容' }).locator('> ol > li')).toHaveCount(2)
  await page.getByRole('button', { name: '签发', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '签发', exact: true }).click()
  const title = page.getByRole('heading', { level: 1 })
  await expect(title).toHaveText(NUMBER)
  number = await title.innerText()
  const pdf = await page.request.get(
    (await page.getByRole('link', { name: '打开 PDF' }).getAttribute('href'))!,
  )
  expect((await pdf.body()).subarray(0, 5).toString()).toBe('%PDF-')
  const address = await page.getByRole('link', { name: '公开核验页' }).getAttribute('href')
  const stranger = await browser.newContext({ baseURL: BASE() })
  const open = await stranger.newPage()
  await open.goto(address!)
  await expect(open.locator('body')).toContainText(number)
  await noViolations(open)
  await stranger.close()
  await page.getByRole('link', { name: '看通知书' }).click()
  await expect(title).toHaveText(number)
  noticeId = new URL(page.url()).pathname.split('/').pop()!
  const notice = await noticeOf(noticeId)
  expect(notice.items.map((item) => item.finding_id).sort()).toEqual([id[LANE.code], id[HALL.code]].sort())
})

test('the firm signs for it and answers each item with words and a photograph', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: BASE(), serviceWorkers: 'block' })
  const page = await context.newPage()
  await page.goto('/')
  await page.getByLabel('账号').fill('firm01')
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL('**/f/items')
  const card = page.getByRole('region', { name: new RegExp(`第\\s?${NUMBER.exec(number)![1]}\\s?号`) })
  await expect(card.getByText('待签收')).toBeVisible()
  await card.getByRole('link').first().click()
  await page.getByRole('button', { name: '签收' }).click()
  const sheet = page.getByRole('dialog', { name: '签收通知书' })
  await sheet.getByLabel('签收人').fill('刘某')
  await sheet.getByLabel('职务').fill('项目经理')
  await sheet.getByRole('button', { name: '签收' }).click()
  await expect.poll(async () => (await noticeOf(noticeId)).state, DELIVERY).toBe('acknowledged')
  for (const [tab, file] of [
    ['第 1 项', pictures[2]],
    ['第 2 项', pictures[3]],
  ] as const) {
    await page.getByRole('tab', { name: tab }).click()
    // A resident's battery asks the firm for a report; that it is gone answers the item as well.
    const gone = page.getByRole('radio', { name: '已经整改好' })
    await expect(gone.or(page.getByLabel('整改说明')).first()).toBeVisible()
    if (await gone.isVisible()) await gone.check()
    await page.getByLabel('整改说明').fill(`${tab}已经改好，专人值守。`)
    await page.getByLabel('选照片').setInputFiles(file.path)
    await expect(page.getByRole('button', { name: '去掉这张' })).toHaveCount(1)
    await page.getByRole('button', { name: '送出回复' }).click()
    await expect(page.getByText('已回复，等复查')).toBeVisible(DELIVERY)
  }
  await expect.poll(async () => (await noticeOf(noticeId)).state, DELIVERY).toBe('replied')
  for (const item of (await noticeOf(noticeId)).items) {
    expect(item.responses[0]!.photo_ids).toHaveLength(1)
    const after = async (): Promise<string[]> =>
      (await caseOf(item.item_code)).photos
        .filter((photo) => photo.stage === 'after')
        .map((photo) => photo.state)
    await expect.poll(after, DELIVERY).toEqual(['stored'])
  }
  await context.close()
})

test('another inspector re-checks without a network: one passes, one fails', async () => {
  const other = await Phone.unpack(mast, {
    longitude: compound.centre.lon,
    latitude: compound.centre.lat,
    accuracy: 8,
  })
  try {
    await other.signIn('inspector02')
    const { page } = other
    await page.goto(`${mast.url}/i/ready`)
    await expect(page.getByText(/\d+ 个小区和检查表都在本机/)).toBeVisible(DELIVERY)
    await page.getByRole('button', { name: '开始巡查' }).click()
    await other.loseNetwork()
    await dropIn(page)
    const visit = page.url()
    for (const [what, verdict, words, file] of [
      [LANE, /^通过/, '通道已清空', pictures[3]],
      [HALL, /^未通过/, '门厅里还在充电', pictures[2]],
    ] as const) {
      await page.goto(visit)
      const row = page.locator('.finding').filter({ hasText: what.name }).filter({ hasText: SPOT })
      await row.getByRole('link', { name: '复查', exact: true }).click()
      await other.shoot(page.getByLabel('用手机相机拍'), file.path)
      await expect(page.getByRole('button', { name: /^已有 整改后/ })).toBeVisible()
      await page.getByRole('radio', { name: verdict }).check()
      await page.getByLabel('说明').fill(words)
      await page.getByRole('button', { name: '保存' }).click()
      await expect(page.getByText('复查已保存在本机')).toBeVisible()
    }
    expect([(await caseOf(LANE.code)).state, (await caseOf(HALL.code)).state]).not.toContain('closed')
    await other.findNetwork()
    await expect.poll(async () => (await caseOf(LANE.code)).state, DELIVERY).toBe('closed')
    await expect.poll(async () => (await caseOf(HALL.code)).failed_reviews, DELIVERY).toBe(1)
    await page.goto(`${mast.url}/i/outbox`)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('都送到局里了', DELIVERY)
    for (const { code } of [LANE, HALL]) {
      const photos = (await caseOf(code)).photos.filter((photo) => photo.stage === 'review')
      expect(photos.map((photo) => photo.state)).toEqual(['stored'])
    }
    expect(other.errors).toEqual([])
  } finally {
    await other.putAway()
  }
})

test('the first is written off and the map counts one less; the second gets a second order', async () => {
  const { page } = office
  await page.goto('/s/map')
  await expect(page.getByRole('heading', { level: 1 })).toContainText(String(before.total + 1))
  expect(await openTotal()).toBe(before.total + 1)
  await page.goto(`/s/inbox/second_order?f=${id[HALL.code]}`)
  await page.getByRole('button', { name: '再次整改', exact: true }).click()
  await expect(page.getByRole('heading', { name: '签发再次整改通知书' })).toBeVisible()
  await page.getByRole('button', { name: '签发再次整改', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '签发再次整改' }).click()
  const title = page.getByRole('heading', { level: 1 })
  await expect(title).toHaveText(NUMBER)
  const second = await title.innerText()
  expect(Number(NUMBER.exec(second)![1])).toBe(Number(NUMBER.exec(number)![1]) + 1)
  await page.getByRole('link', { name: '看通知书' }).click()
  await expect(title).toHaveText(second)
  const notice = await noticeOf(new URL(page.url()).pathname.split('/').pop()!)
  expect(notice).toMatchObject({ order_no: 2, previous_id: noticeId })
  expect(notice.items.map((item) => item.finding_id)).toEqual([id[HALL.code]])
  expect((await caseOf(HALL.code)).state).toBe('noticed')
})

test('every step stands in the ledger: who, when, what, in order, linked', async () => {
  const { page } = office
  const photo = 'photo.stored'
  const opened = 'notice.open'
  const start = [
    ...['open', photo, photo, 'confirm', 'issue_notice'],
    ...[opened, 'serve', 'acknowledge', 'answer', photo],
  ]
  for (const [what, end, words] of [
    [
      LANE,
      ['pass_review', photo],
      ['发现', '收到全景照片', '确认', '企业签收', '整改回复', '复查通过，销号'],
    ],
    [HALL, ['fail_review', photo, 'issue_second_order'], ['发现', '收到近景照片', '复查未过', '再次责成']],
  ] as const) {
    const { ledger, ledger_intact } = await caseOf(what.code)
    expect(ledger_intact).toBe(true)
    // A deadline of hours may run out between two steps; that is the clock's line, not a person's.
    const acts = ledger.map((line) => line.act).filter((act) => act !== 'finding.expire')
    expect(acts).toEqual([...start, ...end].map((act) => (act.includes('.') ? act : `finding.${act}`)))
    expect(ledger.map((line) => line.seq)).toEqual(ledger.map((_, i) => i + 1))
    expect(ledger.map((line) => line.at)).toEqual(ledger.map((line) => line.at).sort())
    expect(new Set(ledger.map((line) => line.hash)).size).toBe(ledger.length)
    await page.goto(`/s/case/${id[what.code]}`)
    const shown = page.getByRole('region', { name: `案卷 ${ledger.length} 条` })
    await expect(shown.getByText('环环相扣，已核验')).toBeVisible()
    await expect(shown.getByRole('listitem').last()).toContainText('发现')
    for (const word of words)
      await expect(shown.getByRole('listitem').filter({ hasText: word })).not.toHaveCount(0)
    await expect(shown).not.toContainText(/[a-z]+\.[a-z]+/)
  }
})
