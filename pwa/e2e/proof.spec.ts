/** Service by post and by announcement, and the firm's own duty where a resident is responsible (三联单). */
import { readFileSync } from 'node:fs'
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { freshNotice, PASSWORD, person, uuid7, type NoticeDoc, type Person } from './api'
import { png } from './png'
import { noViolations, report, type Place } from './supervisor.kit'

test.use({ actionTimeout: 30_000 })

const BASE = (): string => process.env['BASE_URL']!
const picture = { name: 'p.png', mimeType: 'image/png', buffer: png(640, 480) }
const contexts: BrowserContext[] = []

async function signedIn(open: () => Promise<BrowserContext>, username: string): Promise<Page> {
  const context = await open()
  contexts.push(context)
  const page = await context.newPage()
  await page.goto('/')
  await page.getByLabel('账号').fill(username)
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL(/\/[sf]\//)
  return page
}

/** On a phone with type at twice the size nothing is wider than the window; axe finds nothing. */
async function sound(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 360, height: 780 })
  for (const size of ['200%', '']) {
    await page.evaluate((font) => (document.documentElement.style.fontSize = font), size)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(over, `${name} ${size}`).toBeLessThanOrEqual(0)
    const folder = process.env['PICTURES']
    if (folder) await page.screenshot({ path: `${folder}/${name}${size && '-big'}.png` })
  }
  await noViolations(page)
}

test.afterAll(async () => {
  for (const context of contexts) await context.close()
})

test('by post: pending until somebody says what came of it; what failed is announced instead', async ({
  browser,
}) => {
  const firm = await person(BASE(), 'firm01')
  const street: Person = await person(BASE(), 'street01')
  const notice = await freshNotice(BASE(), firm.me.user.firm!.id)
  const page = await signedIn(
    () => browser.newContext({ baseURL: BASE(), serviceWorkers: 'block' }),
    'street01',
  )
  await page.goto(`/s/notices/${notice.id}`)
  const card = page.getByRole('region', { name: '送达', exact: true })
  await card.getByRole('button', { name: '办理送达' }).click()
  const form = page.getByRole('dialog', { name: '办理送达' })
  await form.getByLabel('送达方式').selectOption('post')
  await form.getByRole('button', { name: '记录送达' }).click()
  await expect(form.getByText('这里要填。')).toHaveCount(1)
  // A receipt chosen and the form given up: the next attempt begins without it.
  await form.getByLabel('回执照片：选照片').setInputFiles(picture)
  await expect(form.getByRole('button', { name: /去掉这张/ })).toHaveCount(1)
  await page.keyboard.press('Escape')
  await expect(form).toHaveCount(0)
  await card.getByRole('button', { name: '办理送达' }).click()
  await form.getByLabel('送达方式').selectOption('post')
  await expect(form.getByRole('button', { name: /去掉这张/ })).toHaveCount(0)
  await form.getByLabel('邮件单号').fill('EMS 1029 3847 5601')
  await sound(page, 'serve-post')
  await form.getByRole('button', { name: '记录送达' }).click()
  await expect(form).toHaveCount(0)
  await expect(card.getByText('等结果')).toBeVisible()

  await card.getByRole('button', { name: '补送达结果' }).click()
  const finish = page.getByRole('dialog', { name: '补送达结果' })
  await finish.getByRole('button', { name: '补送达结果' }).click()
  await expect(finish.getByText('这里要填。')).toHaveCount(2)
  await finish.getByRole('radio', { name: '退回或没送成' }).check({ force: true })
  await finish.getByLabel('没送成的原因').fill('查无此单位，退回')
  await sound(page, 'serve-finish')
  await finish.getByRole('button', { name: '补送达结果' }).click()
  await expect(card.getByText('没送成', { exact: true })).toBeVisible()
  await expect(card.getByText(/查无此单位/)).toBeVisible()

  await card.getByRole('button', { name: '办理送达' }).click()
  await form.getByLabel('送达方式').selectOption('announcement')
  await form.getByLabel('为什么用公告').fill('邮寄退回，下落不明')
  await expect(form.getByText(/^满 30 日，.*视为送达/)).toBeVisible()
  await form.getByRole('button', { name: '记录送达' }).click()
  await expect(form).toHaveCount(0)
  await expect(card.getByText(/ 视为送达$/)).toBeVisible()
  const told = await street.get<{ service: { state: string; method: string; served_at: string } }>(
    `/notices/${notice.id}`,
  )
  const days = (Date.parse(told.service.served_at) - Date.now()) / 86_400_000
  expect([told.service.state, told.service.method]).toEqual(['under_way', 'announcement'])
  expect(days).toBeGreaterThan(29)
  expect(days).toBeLessThan(31)
  await sound(page, 'serve-announced')
})

test('refused at the door: left in place before a witness, and a short video shows it', async ({
  browser,
}) => {
  const firm = await person(BASE(), 'firm01')
  const street = await person(BASE(), 'street01')
  const notice = await freshNotice(BASE(), firm.me.user.firm!.id)
  const page = await signedIn(
    () => browser.newContext({ baseURL: BASE(), serviceWorkers: 'block' }),
    'street01',
  )
  await page.goto(`/s/notices/${notice.id}`)
  const card = page.getByRole('region', { name: '送达', exact: true })
  await card.getByRole('button', { name: '办理送达' }).click()
  const form = page.getByRole('dialog', { name: '办理送达' })
  await form.getByLabel('送达方式').selectOption('left_in_place')
  await form.getByRole('button', { name: '记录送达' }).click()
  await expect(form.getByText('这里要填。').first()).toBeVisible()
  await form.getByLabel('拒收事由').fill('前台称无权签收，拒绝出示证件')
  await form.getByLabel('见证人', { exact: true }).fill('周某')
  await form.getByLabel('见证人单位和职务').fill('禾田社区居委会')
  await form.getByLabel('地点').fill('物业服务中心前台')
  const film = readFileSync(new URL('../../tests/golden/recorded.webm', import.meta.url))
  const chosen = form.getByLabel(/：录像$/)
  await chosen.setInputFiles({ name: 'f.webm', mimeType: 'video/webm', buffer: Buffer.from('no film') })
  await expect(page.getByText('这个文件不是视频，没有存。')).toBeVisible()
  await chosen.setInputFiles({ name: 'f.webm', mimeType: 'video/webm', buffer: film })
  await expect(form.getByRole('button', { name: /去掉这张/ })).toHaveCount(1)
  await sound(page, 'serve-left')
  await form.getByRole('button', { name: '记录送达' }).click()
  await expect(form).toHaveCount(0, { timeout: 45_000 })
  const shown = card.getByRole('link', { name: '播放送达录像 1' })
  await expect(shown).toBeVisible()
  const sent = await street.bytes((await shown.getAttribute('href'))!.replace('/api', ''))
  expect(sent.equals(film)).toBe(true)
  await expect(card.getByText('送达回证')).toBeVisible()
  await sound(page, 'serve-left-done')
})

test('a resident is responsible: found, dissuaded, reported, each with its hour and photo; then the form is printed', async ({
  browser,
}) => {
  test.setTimeout(180_000)
  const firm = await person(BASE(), 'firm01')
  const street = await person(BASE(), 'street01')
  const inspector = await person(BASE(), 'inspector01')
  const known = await freshNotice(BASE(), firm.me.user.firm!.id)
  const place = await street.get<Place>(`/places/compounds/${known.compound.id}`)
  const finding_id = await report(inspector, place, 'OR-05', '5 号楼 2 单元', { responsible: 'resident' })
  await street.act('confirm_finding', { finding_id })
  const notice_id = uuid7()
  await street.act('issue_notice', { notice_id, items: [{ finding_id }] })
  await firm.act('acknowledge_notice', { notice_id, name: '刘某', title: '', phone: '' })
  const page = await signedIn(
    () => browser.newContext({ baseURL: BASE(), viewport: { width: 360, height: 780 } }),
    'firm01',
  )
  await page.goto(`/f/notices/${notice_id}?item=${finding_id}`)
  const duty = page.getByRole('region', { name: '三联单' })
  await expect(duty).toBeVisible({ timeout: 45_000 })
  await duty.getByRole('button', { name: '保存这一联' }).click()
  await expect(duty.getByText('这里要写。')).toBeVisible()
  for (const [i, words] of ['业主在楼道堆放杂物', '已当面劝阻，业主不听', '已报社区和城管'].entries()) {
    const step = ['发现', '劝阻', '报告'][i]!
    await duty.getByLabel(['发现的情况', '怎样劝阻的', '怎样报告的'][i]!).fill(words)
    await duty.getByLabel(`${step}照片：选照片`).setInputFiles(picture)
    await expect(duty.getByRole('button', { name: /去掉这张/ })).toHaveCount(1)
    if (i === 0) await sound(page, 'duty-form')
    await duty.getByRole('button', { name: '保存这一联' }).click()
    await expect(duty.getByText(words)).toBeVisible({ timeout: 45_000 })
  }
  await duty.getByRole('button', { name: '出三联单 PDF' }).click()
  const link = duty.getByRole('link')
  await expect(link).toBeVisible({ timeout: 45_000 })
  await sound(page, 'duty-filed')
  const file = await firm.bytes((await link.getAttribute('href'))!.replace('/api', ''))
  expect(file.subarray(0, 5).toString()).toBe('%PDF-')
  const told = await firm.get<NoticeDoc>(`/notices/${notice_id}`)
  expect(told.items[0]!.state).toBe('answered')
})
