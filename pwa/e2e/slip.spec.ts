/**
 * A slip on the spot in a cellar: photographed, signed with a finger, shown with its code, the phone killed; with the
 * network back it is an official document, once, with the signature in it. And what the office was quicker with is said.
 */
import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { person, type Person } from './api'
import { Mast, Phone } from './phone'
import { photographs, type File } from './photos'

interface Compound {
  id: string
  name: string
  firm: { name: string } | null
  centre: { lon: number; lat: number }
}
interface NoticeDoc {
  id: string
  document_type: string
  number: string
  provisional_number: string | null
  state: string
  verify_url: string
  items: { finding_id: string; due_at: string }[]
  service: { served_at: string; method: string; acts: { signature_photo_id: string | null }[] }
}
interface FindingDoc {
  id: string
  text: string
  item_code: string
  state: string
  notice_id: string | null
}

const BASE = (): string => process.env['BASE_URL']!
const DELIVERY = { timeout: 60_000 }
let pictures: File[]
let official: Person
let mast: Mast
let phone: Phone
let compound: Compound

test.beforeAll(async () => {
  pictures = await photographs()
  official = await person(BASE(), 'district01')
})
test.beforeEach(async () => {
  mast = await Mast.before(BASE())
})
test.afterEach(async () => {
  await phone?.putAway()
  await mast.close()
})

/** A phone with its cookie on the disk, arrived at a compound that a firm looks after. */
async function arriveAs(username: string): Promise<void> {
  const { items } = await (
    await person(BASE(), username)
  ).get<{ items: { compounds: Compound[] } }>('/sync/changes')
  compound = items.compounds.find((each) => each.firm)!
  const { lon, lat } = compound.centre
  phone = await Phone.unpack(mast, { longitude: lon, latitude: lat, accuracy: 6 })
  await phone.signIn(username)
  await phone.page.goto(`${mast.url}/i/ready`)
  await expect(phone.page.getByText(/\d+ 个小区和检查表都在本机/)).toBeVisible(DELIVERY)
  await phone.close()
  await phone.reopen()
  const { page } = phone
  await page.goto(`${mast.url}/i/adhoc`)
  await page.getByLabel('查找小区').fill(compound.name)
  await page.getByRole('button').filter({ hasText: compound.name }).first().click()
  await expect(page.getByText('已到场')).toBeVisible()
}

async function find(page: Page, code: string, words: string): Promise<void> {
  const visit = page.url()
  await page.getByLabel('拍隐患').setInputFiles(pictures[0]!.path)
  await expect(page.locator('.hero img')).toBeVisible()
  await page.getByRole('searchbox').fill(code)
  await expect(page.getByRole('radio', { checked: true })).toContainText(code)
  await page.getByRole('textbox', { name: '现场情况' }).fill(words)
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('已保存在本机').first()).toBeVisible()
  await page.goto(visit)
}

async function sign(page: Page): Promise<void> {
  const box = page.getByRole('img', { name: '在框里签名，还没签名' })
  await box.scrollIntoViewIfNeeded()
  const { x, y, width, height } = (await box.boundingBox())!
  await page.mouse.move(x + width * 0.2, y + height * 0.6)
  await page.mouse.down()
  await page.mouse.move(x + width * 0.45, y + height * 0.3, { steps: 4 })
  await page.mouse.move(x + width * 0.8, y + height * 0.65, { steps: 4 })
  await page.mouse.up()
  await expect(page.getByRole('img', { name: '在框里签名，已签名' })).toBeVisible()
}

const mine = async (words: string): Promise<FindingDoc[]> => {
  const { items } = await official.get<{ items: FindingDoc[] }>(
    `/findings?compound_id=${compound.id}&limit=200`,
  )
  return items.filter((each) => each.text === words)
}

async function clean(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const told = violations.map(
    (each) => `${where}: ${each.id} ${each.nodes.map((node) => node.target.join(' ')).join(' | ')}`,
  )
  expect(told).toEqual([])
}

test('signed in a cellar, killed, and with the network an official document', async () => {
  await arriveAs('community036')
  const { page } = phone
  const words = `划线磨没了 ${Date.now()}`
  await find(page, 'FP-03', words)
  await page.getByRole('link', { name: /开现场整改通知单/ }).click()
  await expect(page.getByRole('heading', { level: 1, name: '现场整改通知单' })).toBeVisible()
  // Nothing is made without a name and a signature, and what is missing is said.
  await page.getByRole('button', { name: '生成单子' }).click()
  await expect(page.getByText('写清签收人是谁。')).toBeVisible()
  await expect(page.getByText('请对方在框里签名')).toBeVisible()
  await clean(page, 'write')
  await page.getByLabel('姓名').fill('刘某')
  await page.getByLabel('职务').fill('项目主管')
  await page
    .getByLabel(/整改期限/)
    .first()
    .selectOption('6')
  await sign(page)
  // The page may be killed while it is filled in.
  await page.reload()
  await expect(page.getByLabel('姓名')).toHaveValue('刘某')
  await expect(page.getByRole('img', { name: '在框里签名，已签名' })).toBeVisible()
  const before = Date.now()
  await page.getByRole('button', { name: '生成单子' }).click()
  const paper = page.getByRole('img', { name: /现场整改通知单 T-[0-9A-F]{6}-1，图片/ })
  await expect(paper).toBeVisible()
  await expect(page.getByText('编号以系统为准').first()).toBeVisible()
  expect(await paper.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(750)
  await clean(page, 'slip')
  const address = new URL(page.url()).pathname
  expect(mast.refused, 'all of it without a network').toBeGreaterThanOrEqual(0)

  await phone.die()
  await phone.reopen()
  await phone.page.goto(`${mast.url}${address}`)
  await expect(phone.page.getByRole('img', { name: /现场整改通知单 T-/ })).toBeVisible()
  await phone.findNetwork()

  await expect
    .poll(async () => (await mine(words)).map((each) => each.state), DELIVERY)
    .toEqual(['rectifying'])
  const [finding] = await mine(words)
  const notice = await official.get<NoticeDoc>(`/notices/${finding!.notice_id}`)
  expect(notice.document_type).toBe('N1')
  expect(notice.provisional_number).toMatch(/^T-[0-9A-F]{6}-1$/)
  expect(notice.service.method).toBe('direct')
  const served = Date.parse(notice.service.served_at)
  expect(Math.abs(served - before)).toBeLessThan(60_000)
  expect(Math.abs(Date.parse(notice.items[0]!.due_at) - served - 6 * 3_600_000)).toBeLessThan(2_000)
  await expect(phone.page.getByText(notice.number, { exact: true })).toBeVisible(DELIVERY)
  // The picture of the signature follows and is what was signed.
  const signature = notice.service.acts[0]!.signature_photo_id!
  await expect
    .poll(
      () =>
        official.bytes(`/photos/${signature}/content?size=original`).then(
          (b) => b.length,
          () => 0,
        ),
      DELIVERY,
    )
    .toBeGreaterThan(1_000)
  // What the code on the slip leads to.
  const page2 = await (await fetch(notice.verify_url.replace(/^https?:\/\/[^/]+/, BASE()))).text()
  expect(page2).toContain(notice.number)
  expect(page2).toContain(notice.provisional_number!)
  expect(phone.errors).toEqual([])
})

test('refused and left behind with a witness; what the office was quicker with is named, the rest is sent', async () => {
  await arriveAs('community037')
  const { page } = phone
  await phone.findNetwork()
  const [quick, slow] = [`先驳回 ${Date.now()}`, `还在 ${Date.now()}`]
  await find(page, 'FP-03', quick)
  await find(page, 'FP-05', slow)
  await expect.poll(async () => [...(await mine(quick)), ...(await mine(slow))].length, DELIVERY).toBe(2)
  await phone.loseNetwork()
  await page.getByRole('link', { name: /开现场整改通知单（可列 2 项）/ }).click()
  await page.getByRole('radio', { name: '拒绝签收' }).check()
  await page.getByRole('textbox', { name: '拒收的理由' }).fill('说要等经理')
  await page.getByRole('button', { name: '生成单子' }).click()
  await expect(page.getByRole('alert')).toHaveText('留置要有一张照片，或者一位见证人。')
  await clean(page, 'refused')
  await page.getByLabel('见证人姓名').fill('王某')
  await page.getByRole('button', { name: '生成单子' }).click()
  await expect(page.getByRole('img', { name: /现场整改通知单 T-/ })).toBeVisible()
  const [gone] = await mine(quick)
  await official.act('reject_finding', { finding_id: gone!.id, reason: '已经划好线' })

  await phone.findNetwork()
  await page.goto(`${mast.url}/i/outbox`)
  const stuck = page.getByRole('region', { name: /需处理/ })
  await expect(stuck).toContainText('已驳回', DELIVERY)
  await clean(page, 'stuck')
  await stuck.getByRole('button', { name: '去掉这几项，其余照送' }).click()
  await expect
    .poll(async () => (await mine(slow)).map((each) => each.state), DELIVERY)
    .toEqual(['rectifying'])
  expect((await mine(quick)).map((each) => each.state)).toEqual(['rejected'])
  const notice = await official.get<NoticeDoc>(`/notices/${(await mine(slow))[0]!.notice_id}`)
  expect([notice.service.method, notice.items.length]).toEqual(['left_in_place', 1])
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('都送到局里了', DELIVERY)
})
