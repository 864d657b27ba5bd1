import { expect, test, type Page } from '@playwright/test'
import { person, uuid7, type Person } from './api'
import { desk, noViolations, placeOf, report, type Desk, type Place } from './supervisor.kit'

test.describe.configure({ mode: 'serial' })

const BASE = (): string => process.env['BASE_URL']!
let office: Desk
let district: Person
let place: Place
let order: string
let plain: string
let noticeId: string

/** No violation and nothing wider than the window, on a phone and on a desk; pictures where they are asked for. */
async function looks(page: Page, name: string): Promise<void> {
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: width === 360 ? 780 : 900 })
    await noViolations(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} at ${width}`).toBe(width)
    const folder = process.env['PICTURES']
    if (folder) await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true })
  }
}

test.beforeAll(async ({ browser }) => {
  const inspector = await person(BASE(), 'inspector01')
  district = await person(BASE(), 'district01')
  place = await placeOf(BASE())
  order = await report(inspector, place, 'IC-04', '5号楼2单元')
  plain = await report(inspector, place, 'FP-02', '北门')
  for (const finding_id of [order, plain]) await district.act('confirm_finding', { finding_id })
  office = await desk(browser, BASE(), 'district01')
})

test.afterAll(async () => {
  await office.context.close()
  expect(office.errors).toEqual([])
})

test('the form says which papers may go out, why another may not, and shows the steps', async () => {
  const { page } = office
  await page.goto(`/s/issue?f=${plain}`)
  const types = page.getByRole('group', { name: '发哪一种' })
  await expect(types.getByRole('radio', { name: /限期整改通知书/ })).toBeChecked()
  await expect(types.getByRole('radio', { name: /现场整改通知单/ })).toBeDisabled()
  await expect(types.getByRole('radio', { name: /责令限期改正通知书/ })).toBeDisabled()
  await expect(types).toContainText('有紧急的问题，不能只发现场单')
  await expect(types).toContainText('本单位没有登记职权')
  await page.goto(`/s/issue?f=${order}`)
  await types.getByRole('radio', { name: /责令限期改正通知书/ }).check()
  await expect(page.getByRole('heading', { name: '签发责令限期改正通知书' })).toBeVisible()
  await expect(page.getByRole('region', { name: '分步期限' })).toContainText('立即停止')
  await expect(page.getByText('先选两名执法人员')).toBeVisible()
  const officers = page.getByRole('group', { name: '两名执法人员' })
  await officers.getByRole('checkbox').nth(0).check()
  await expect(page.getByText('先选两名执法人员')).toBeVisible()
  await officers.getByRole('checkbox').nth(1).check()
  await looks(page, 'issue-order')
  await page.getByRole('button', { name: '签发', exact: true }).click()
  await page
    .getByRole('dialog', { name: '签发责令限期改正通知书？' })
    .getByRole('button', { name: '签发' })
    .click()
  await expect(page.getByRole('heading', { name: /责改〔\d{4}〕第\d+号/ })).toBeVisible()
  const href = await page.getByRole('link', { name: '看通知书' }).getAttribute('href')
  noticeId = href!.split('/').pop()!
})

test('a correction is asked for with a reason, supersedes the paper, and each names the other', async () => {
  const { page } = office
  await page.goto(`/s/notices/${noticeId}`)
  const number = (await page.getByRole('heading', { level: 1 }).textContent())!
  await page.getByRole('button', { name: '更正' }).click()
  const form = page.getByRole('dialog', { name: /^更正 / })
  await form.getByRole('button', { name: '签发更正件' }).click()
  await expect(form).toContainText('要写为什么更正。')
  await form.getByLabel('为什么更正').fill('要求写漏了')
  await form.getByRole('button', { name: '签发更正件' }).click()
  await expect(form.getByRole('alert')).toHaveText('还没有改动。')
  const due = await form.getByLabel('期限').inputValue()
  await form.getByLabel('期限').fill('2020-01-01T10:00')
  await expect(form).toContainText('不能早于纸面的')
  await form.getByLabel('期限').fill(due)
  await expect(form).toContainText('责令改正的依据按检查项目录')
  await form.getByLabel('整改要求').fill('立即停止拆改，恢复承重墙，并请有资质的单位鉴定。')
  await looks(page, 'correct')
  await form.getByRole('button', { name: '签发更正件' }).click()
  await expect(form).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${number}（更正）`)
  const papers = page.getByRole('region', { name: '文书' })
  await expect(papers.getByRole('link', { name: `取代 ${number}`, exact: true })).toBeVisible()
  await expect(papers.getByRole('link', { name: `被 ${number}（更正） 取代` })).toBeVisible()
  await expect(papers).toContainText('要求写漏了')
  await looks(page, 'corrected')
})

test('what voiding does is said before; the number stays as void, on the public page too', async () => {
  const { page } = office
  await page.getByRole('button', { name: '作废' }).click()
  const form = page.getByRole('dialog', { name: /^作废 / })
  await expect(form).toContainText('1 项回到「待签发」')
  await expect(form).toContainText('文号留着')
  await form.getByRole('button', { name: '作废', exact: true }).click()
  await expect(form).toContainText('要写理由。')
  await form.getByLabel('理由').fill('责任人写错了')
  await looks(page, 'void')
  await form.getByRole('button', { name: '作废', exact: true }).click()
  await expect(form).toHaveCount(0)
  await expect(page.getByRole('region', { name: '已作废' })).toContainText('责任人写错了')
  await expect(page.getByRole('button', { name: '更正' })).toHaveCount(0)
  await looks(page, 'voided')
  const { verify_url } = await district.get<{ verify_url: string }>(`/notices/${noticeId}`)
  const seen = await (await fetch(`${BASE()}${new URL(verify_url).pathname}`)).text()
  expect(seen).toContain('已经作废')
  expect(seen).toContain('责任人写错了')
  await page.getByRole('link', { name: '重新签发' }).click()
  await expect(page.getByRole('heading', { name: /^签发/ })).toBeVisible()
})

test('a refusal is told in the dialog: somebody voided it meanwhile', async () => {
  const { page } = office
  const notice_id = uuid7()
  await district.act('issue_notice', { notice_id, items: [{ finding_id: plain }] })
  await page.goto(`/s/notices/${notice_id}`)
  await page.getByRole('button', { name: '作废' }).click()
  const form = page.getByRole('dialog', { name: /^作废 / })
  await form.getByLabel('理由').fill('重复签发')
  await district.act('void_notice', { notice_id, reason: '同时作废' })
  await form.getByRole('button', { name: '作废', exact: true }).click()
  await expect(page.getByText(/情况已经变了|同时作废/).first()).toBeVisible()
})

test('powers and certificates are entered, ended once, and all of it stays to be read', async ({
  browser,
}) => {
  const admin = await desk(browser, BASE(), 'admin01', 1440, '**/a/people')
  const { page } = admin
  await page.goto('/a/powers')
  await page.getByRole('button', { name: '登记职权' }).click()
  const form = page.getByRole('dialog', { name: '登记职权' })
  await form.getByRole('button', { name: '登记', exact: true }).click()
  await expect(form.getByText('这一项要填。')).toHaveCount(5)
  await form.getByLabel('单位').selectOption({ label: '澄湖区住房和城乡建设局' })
  await form.getByLabel('类别').selectOption('PF')
  await form.getByLabel('法律依据').selectOption('中华人民共和国民法典')
  await form.getByLabel('从哪天起').fill('2021-01-01')
  await form.getByLabel('到哪天止').fill('2020-01-01')
  await form.getByLabel('依据文件').fill('探测文件')
  await expect(form).toContainText('要不早于起始日。')
  await form.getByLabel('到哪天止').fill('')
  await looks(page, 'power-form')
  await form.getByRole('button', { name: '登记', exact: true }).click()
  await expect(form).toHaveCount(0)
  const row = page.getByRole('listitem').filter({ hasText: '探测文件' })
  await expect(row).toContainText('现行')
  await row.getByRole('button', { name: /^终止/ }).click()
  const ending = page.getByRole('dialog', { name: /^终止/ })
  await ending.getByLabel('最后一天').fill('2019-01-01')
  await ending.getByRole('button', { name: '终止' }).click()
  await expect(ending).toContainText('不早于 2020-12-31。')
  await ending.getByLabel('最后一天').fill('2025-12-31')
  await ending.getByLabel('原因').fill('职权划转')
  await ending.getByRole('button', { name: '终止' }).click()
  await expect(row).toHaveCount(0)
  await page.getByRole('checkbox', { name: '连同已结束的' }).check()
  await expect(row).toContainText('终止：职权划转')
  await looks(page, 'powers')
  await page.getByRole('radio', { name: '执法证' }).check()
  await page.getByRole('button', { name: '登记执法证' }).click()
  const card = page.getByRole('dialog', { name: '登记执法证' })
  await card.getByLabel('单位').selectOption({ label: '澄湖区住房和城乡建设局' })
  await card.getByLabel('持证人').selectOption({ label: '许督02 district01' })
  await card.getByLabel('执法证号').fill('99990199999')
  await card.getByLabel('从哪天起').fill('2025-01-01')
  await card.getByRole('button', { name: '登记', exact: true }).click()
  await expect(card.getByRole('alert')).toHaveText('这个人在这段时间里已经有一张。先终止原来的。')
  await looks(page, 'certificate-form')
  await admin.context.close()
  expect(admin.errors).toEqual([])
})
