import { expect, test, type Page } from '@playwright/test'
import { person, uuid7, type Person } from './api'
import {
  answered,
  desk,
  noViolations,
  placeOf,
  report,
  stateOf,
  type Desk,
  type Place,
} from './supervisor.kit'

test.describe.configure({ mode: 'serial' })

const BASE = (): string => process.env['BASE_URL']!
const HOLD_MS = 8_000
/** Tells this run's reports from those of a run before on the same server. */
const RUN = String(Date.now()).slice(-5)
let inspector: Person
let official: Person
let firm: Person
let place: Place
let office: Desk
let page: Page

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  inspector = await person(BASE(), 'inspector01')
  official = await person(BASE(), 'street01')
  firm = await person(BASE(), 'firm01')
  place = await placeOf(BASE())
  office = await desk(browser, BASE(), 'street01')
  page = office.page
})

test.afterAll(async () => {
  await office.context.close()
  expect(office.errors).toEqual([])
})

/** Opens a report in 待确认 and waits until it can be decided. */
async function triage(id: string): Promise<void> {
  await page.goto(`/s/inbox/triage?f=${id}`)
  await expect(page.getByRole('button', { name: '确认', exact: true })).toBeVisible()
}
const toast = () => page.getByRole('status').filter({ hasText: '撤销' })

test('the inbox counts what the server counts, and shows what the machine checked', async () => {
  const id = await report(inspector, place, 'FP-02', '3号楼北侧')
  await triage(id)
  const counts = await official.get<Record<string, number>>('/findings/inbox')
  await expect(page.getByRole('link', { name: new RegExp(`待确认.*${counts['triage']}`) })).toBeVisible({
    timeout: 12_000,
  })
  const facts = page.getByRole('list', { name: '机器核对' })
  await expect(facts).toContainText('在小区范围内，精度 ±6 m')
  await expect(facts).toContainText('原图指纹一致，2 / 2 张')
  await noViolations(page)
  await page.evaluate(() => (document.documentElement.dataset.theme = 'dark'))
  await noViolations(page)
  await page.evaluate(() => (document.documentElement.dataset.theme = 'light'))
})

test('confirmed by one key, taken back by another: the server never hears of it', async () => {
  const id = await report(inspector, place, 'FP-03', '东门')
  await triage(id)
  await page.keyboard.press('c')
  await expect(toast()).toBeVisible()
  await expect(page.locator(`button[data-id="${id}"]`)).toHaveCount(0)
  await page.keyboard.press('z')
  await expect(page.locator(`button[data-id="${id}"]`)).toBeVisible()
  await page.waitForTimeout(HOLD_MS + 1_500)
  expect(await stateOf(official, id)).toBe('submitted')
})

test('left alone it goes out after eight seconds, and the next opens itself', async () => {
  const id = await report(inspector, place, 'FP-05', '2号楼楼梯')
  await triage(id)
  await page.keyboard.press('c')
  await expect(page).not.toHaveURL(new RegExp(id))
  await expect.poll(() => stateOf(official, id), { timeout: HOLD_MS + 6_000 }).toBe('confirmed')
})

test('a page that is closed in between sends it on its way out', async () => {
  const id = await report(inspector, place, 'FP-07', '1号楼防火门')
  await triage(id)
  await page.keyboard.press('c')
  await expect(toast()).toBeVisible()
  await page.goto('about:blank')
  await expect.poll(() => stateOf(official, id), { timeout: 5_000 }).toBe('confirmed')
})

test('without a network the act waits on the disk and is sent once when it returns', async () => {
  const id = await report(inspector, place, 'EB-05', '西门充电棚')
  await triage(id)
  await office.context.setOffline(true)
  await page.keyboard.press('c')
  await page.waitForTimeout(HOLD_MS + 1_000)
  expect(await stateOf(official, id)).toBe('submitted')
  await office.context.setOffline(false)
  await expect.poll(() => stateOf(official, id), { timeout: 10_000 }).toBe('confirmed')
  const { ledger } = await official.get<{ ledger: { act: string }[] }>(`/findings/${id}`)
  expect(ledger.filter((line) => line.act === 'finding.confirm')).toHaveLength(1)
})

test('reasons are one key away; sent back and rejected say why in the case file', async () => {
  const back = await report(inspector, place, 'ES-01', '南门')
  await triage(back)
  await page.keyboard.press('r')
  await page.keyboard.press('2')
  await noViolations(page)
  await page.keyboard.press('Enter')
  await expect(toast()).toContainText('已退回')
  const no = await report(inspector, place, 'ES-02', '北门')
  await triage(no)
  await page.keyboard.press('x')
  await expect(page.getByRole('region', { name: '驳回：为什么' })).toBeVisible()
  await page.getByRole('button', { name: '驳回', exact: true }).last().click()
  await expect(page.getByText('写一句，或者点一句常用的。')).toBeVisible()
  await page.getByRole('button', { name: '现场已经改好' }).click()
  await page.getByRole('button', { name: '驳回', exact: true }).last().click()
  await expect.poll(() => stateOf(official, back), { timeout: HOLD_MS + 6_000 }).toBe('returned')
  await expect.poll(() => stateOf(official, no), { timeout: HOLD_MS + 6_000 }).toBe('rejected')
  const { ledger } = await official.get<{ ledger: { act: string; data: { reason?: string } }[] }>(
    `/findings/${back}`,
  )
  expect(ledger.find((line) => line.act === 'finding.return')?.data.reason).toBe('缺全景，认不出位置')
})

test('a likely duplicate is pointed at, compared side by side, and merged', async () => {
  const older = await report(inspector, place, 'FP-08', '5号楼楼道')
  const newer = await report(inspector, place, 'FP-08', '5号楼楼道')
  await triage(newer)
  await expect(page.getByRole('region', { name: '像是同一处？' })).toContainText('同一检查项')
  await page.keyboard.press(' ')
  await expect(page.getByRole('dialog', { name: '像是同一处？' })).toBeVisible()
  await noViolations(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('d')
  const sheet = page.getByRole('region', { name: '并入哪个案卷' })
  await sheet.locator(`input[value="${older}"]`).check()
  await sheet.getByRole('button', { name: '并入已有' }).click()
  await expect.poll(() => stateOf(official, newer), { timeout: HOLD_MS + 6_000 }).toBe('duplicate')
})

test('what is not ours is handed to a department', async () => {
  const id = await report(inspector, place, 'IC-02', '6号楼楼顶')
  await triage(id)
  await page.keyboard.press('t')
  const sheet = page.getByRole('region', { name: '移送哪个部门' })
  await sheet.getByLabel('部门').selectOption({ index: 1 })
  await sheet.getByRole('button', { name: '需要执法权' }).click()
  await sheet.getByRole('button', { name: '移送', exact: true }).click()
  await expect.poll(() => stateOf(official, id), { timeout: HOLD_MS + 6_000 }).toBe('transferred')
})

let noticeId = ''
let failing = ''

test('two items of one compound become one notice: dates move with the term, the number is official', async () => {
  const first = await report(inspector, place, 'FP-03', '北门')
  const second = await report(inspector, place, 'PF-01', `中心广场${RUN}`)
  for (const finding_id of [first, second]) await official.act('confirm_finding', { finding_id })
  failing = second
  await page.goto(`/s/inbox/issue?f=${first}`)
  await expect(page.getByRole('button', { name: '签发通知书' })).toBeVisible()
  await page.keyboard.press('i')
  await expect(page.getByRole('heading', { name: '签发限期整改通知书' })).toBeVisible()
  await page.getByRole('checkbox', { name: new RegExp(RUN) }).check()
  await expect(page).toHaveURL(new RegExp(second))
  const lines = page.getByRole('region', { name: '通知书内容' }).locator('> ol > li')
  await expect(lines).toHaveCount(2)
  await noViolations(page)
  const line = lines.filter({ hasText: 'FP-03' })
  await line.getByRole('button', { name: '改' }).click()
  await line.getByLabel('单位').selectOption('workday')
  await line.getByLabel('数').fill('5')
  const query = new URLSearchParams({ finding_id: first, term: `${first}:5:workday` })
  const asked = await official.get<{ items: { due_at: string }[] }>(`/notices/proposal?${query}`)
  const due = new Date(Date.parse(asked.items[0]!.due_at) + 8 * 3_600_000)
  await expect(line).toContainText(`${due.getUTCMonth() + 1}月${due.getUTCDate()}日`)
  await line.getByLabel('整改要求').fill('划线、标名、立牌')
  await page.getByRole('button', { name: '签发', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('只能更正或作废')
  await noViolations(page)
  await dialog.getByRole('button', { name: '签发', exact: true }).click()
  await expect(page.getByRole('heading', { name: /〔\d{4}〕第\d+号/ })).toBeVisible()
  const number = await page.getByRole('heading', { name: /〔/ }).innerText()
  const pdf = await page.request.get(
    (await page.getByRole('link', { name: '打开 PDF' }).getAttribute('href'))!,
  )
  expect([pdf.status(), pdf.headers()['content-type']]).toEqual([200, 'application/pdf'])
  const open = await page.request.get(
    (await page.getByRole('link', { name: '公开核验页' }).getAttribute('href'))!,
  )
  expect(await open.text()).toContain(number)
  await page.getByRole('link', { name: '看通知书' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(number)
  noticeId = new URL(page.url()).pathname.split('/').pop()!
  const notice = await official.get<{
    items: { finding_id: string; requirement: string; term: number; unit: string }[]
  }>(`/notices/${noticeId}`)
  expect(notice.items.find((item) => item.finding_id === first)).toMatchObject({
    requirement: '划线、标名、立牌',
    term: 5,
    unit: 'workday',
  })
  await noViolations(page)
})

test('an answer is sent to be re-checked by somebody else than the finder', async () => {
  await answered(firm, noticeId)
  await page.goto(`/s/inbox/review?f=${failing}`)
  await expect(page.getByText('整改回复，附 1 张照片').first()).toBeVisible()
  await page.keyboard.press('v')
  const sheet = page.getByRole('region', { name: '派谁去复查' })
  await expect(sheet.getByLabel(/陈巡01/)).toBeDisabled()
  await sheet.getByLabel(/李巡02/).check()
  await noViolations(page)
  await sheet.getByRole('button', { name: '派人复查' }).click()
  await expect.poll(() => stateOf(official, failing), { timeout: HOLD_MS + 6_000 }).toBe('reviewing')
})

test('what failed again gets a second order, and the case file tells all of it', async () => {
  const other = await person(BASE(), 'inspector02')
  const reviewed_at = new Date().toISOString()
  await other.act('review_finding', {
    review_id: uuid7(),
    finding_id: failing,
    passed: false,
    text: '没有改',
    reviewed_at,
    photos: [],
  })
  await page.goto(`/s/inbox/second_order?f=${failing}`)
  await page.getByRole('button', { name: '再次整改', exact: true }).click()
  await expect(page.getByRole('heading', { name: '签发再次整改通知书' })).toBeVisible()
  await page.getByRole('button', { name: '签发再次整改', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: '签发再次整改' }).click()
  await expect(page.getByRole('heading', { name: /〔\d{4}〕第\d+号/ })).toBeVisible()
  await page.goto(`/s/case/${failing}`)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  for (const act of [
    '再次责成',
    '复查未过',
    '派 李巡02 复查',
    '整改回复',
    '企业签收',
    '签发 〔',
    '确认',
    '发现',
  ]) {
    await expect(page.getByRole('listitem').filter({ hasText: act }).first()).toBeVisible()
  }
  await expect(page.getByText('环环相扣，已核验')).toBeVisible()
  await noViolations(page)
})

test('found by its words; single keys can be switched off', async () => {
  await page.goto('/s/inbox/triage')
  await expect(page.getByRole('searchbox')).toBeVisible()
  await page.keyboard.press('/')
  await page.keyboard.type(place.name)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/s\/search\?q=/)
  await expect(page.getByRole('link', { name: new RegExp(place.name) }).first()).toBeVisible()
  await noViolations(page)
  await page.getByRole('button', { name: '账号菜单' }).click()
  await page.getByLabel('单键操作').uncheck()
  await noViolations(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.getByRole('button', { name: '账号菜单' }).click()
  await page.getByLabel('单键操作').check()
  await page.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: '全部按键' })).toBeVisible()
  await noViolations(page)
})

for (const width of [360, 768]) {
  test(`at ${width} px everything is reached and nothing is cut`, async ({ browser }) => {
    const phone = await desk(browser, BASE(), 'street01', width)
    for (const path of [
      '/s/map',
      '/s/inbox',
      '/s/notices',
      '/s/search?q=3',
      '/s/me',
      `/s/case/${failing}`,
      `/s/notices/${noticeId}`,
    ]) {
      await phone.page.goto(path)
      await expect(
        phone.page
          .getByRole('heading', { level: 1 })
          .or(phone.page.getByRole('heading', { level: 2 }))
          .first(),
      ).toBeVisible()
      await phone.page.waitForTimeout(600)
      const cut = await phone.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(cut, path).toBeLessThanOrEqual(0)
      await noViolations(phone.page)
    }
    await phone.page.goto('/s/inbox')
    await phone.page.locator('button[data-id]').first().click()
    await expect(phone.page.getByRole('button', { name: '确认', exact: true })).toBeVisible()
    await noViolations(phone.page)
    await phone.page.goto('/s/map')
    await phone.page.locator('button[data-id]').first().click()
    await expect(phone.page.getByText('环环相扣，已核验')).toBeVisible()
    await noViolations(phone.page)
    expect(phone.errors).toEqual([])
    await phone.context.close()
  })
}

test('without the right there is no button, only who it waits for', async ({ browser }) => {
  const id = await report(inspector, place, 'FP-03', '南门岗亭')
  const legal = await desk(browser, BASE(), 'legal01')
  await legal.page.goto(`/s/inbox/triage?f=${id}`)
  await expect(legal.page.getByText('现在不用你办：等确认。')).toBeVisible()
  await legal.page.keyboard.press('c')
  await expect(legal.page.getByRole('button', { name: '确认', exact: true })).toHaveCount(0)
  await legal.page.goto('/s/notices')
  await expect(legal.page.getByRole('link', { name: /〔\d{4}〕/ }).first()).toBeVisible()
  await noViolations(legal.page)
  expect(legal.errors).toEqual([])
  await legal.context.close()
})
