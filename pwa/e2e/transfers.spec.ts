/** 移送: the office hands a case over, the department answers for it, and each sees the other's part. */
import { writeFileSync } from 'node:fs'
import { expect, test, type Page } from '@playwright/test'
import { person, type Person } from './api'
import { png } from './png'
import { desk, noViolations, placeOf, report, stateOf, type Desk, type Place } from './supervisor.kit'

test.describe.configure({ mode: 'serial' })
const BASE = (): string => process.env['BASE_URL']!
let inspector: Person
let official: Person
let brigade: Person
let place: Place
let office: Desk
let department: Desk

const spot = (n: number): string => `移送试验 ${n} 号楼`
const confirmed = async (n: number): Promise<string> => {
  const id = await report(inspector, place, 'FP-06', spot(n))
  await official.act('confirm_finding', { finding_id: id })
  return id
}
async function handedOver(n: number): Promise<{ finding: string; transfer: string }> {
  const finding = await confirmed(n)
  const { items } = await official.get<{ items: { id: string; name: string }[] }>('/users/departments')
  const organisation_id = items.find((unit) => unit.name.includes('消防'))!.id
  const told = await official.act('transfer_finding', {
    finding_id: finding,
    organisation_id,
    reason: '属消防职权',
  })
  const sent = await official.get<{ items: { id: string }[] }>(`/transfers?finding_id=${finding}`)
  expect(told['state']).toBe('transferred')
  return { finding, transfer: sent.items[0]!.id }
}
async function fits(page: Page): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(over).toBeLessThanOrEqual(0)
}

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  inspector = await person(BASE(), 'inspector01')
  official = await person(BASE(), 'street01')
  brigade = await person(BASE(), 'dept01')
  place = await placeOf(BASE())
  office = await desk(browser, BASE(), 'street01')
  department = await desk(browser, BASE(), 'dept01', 1440, '**/s/transfers**')
})

test.afterAll(async () => {
  await office.context.close()
  await department.context.close()
  expect([...office.errors, ...department.errors]).toEqual([])
})

test('a department starts at what it was handed: in the demo there is something in every state', async () => {
  const { page } = department
  await expect(page.getByRole('heading', { name: '收到的移送', level: 1 })).toBeVisible()
  for (const state of ['待回执', '已受理', '已反馈', '已退回', '已办结', '超期未回'])
    await expect(page.locator('main li').getByText(state, { exact: true }).first()).toBeAttached()
  await expect(page.getByRole('link', { name: '收件箱' })).toHaveCount(0)
  await page.getByRole('button', { name: '只看这些' }).click()
  await expect(page.locator('main li').getByText('待回执', { exact: true })).toHaveCount(0)
  await expect(page.locator('main li').getByText('超期未回', { exact: true }).first()).toBeVisible()
  await noViolations(page)
})

test('the office hands a case over from its page: the catalogue names the department, the letter is there', async () => {
  const { page } = office
  const id = await confirmed(1)
  await page.goto(`/s/case/${id}`)
  await page.getByRole('button', { name: '移送', exact: true }).click()
  await expect(page.getByText('检查清单里这一项归消防救援管。')).toBeVisible()
  await expect(
    page.getByLabel('受移送', { exact: false }).or(page.locator('select')).first(),
  ).not.toHaveValue('')
  await page.getByRole('button', { name: /需要执法权/ }).click()
  await noViolations(page)
  await page.locator('.sheet').getByRole('button', { name: '移送', exact: true }).click()
  await expect.poll(() => stateOf(official, id), { timeout: 20_000 }).toBe('transferred')
  const section = page.getByRole('region', { name: '移送情况' })
  await expect(section.getByText('待回执')).toBeVisible({ timeout: 20_000 })
  await section.getByRole('link').click()
  await expect(page.getByRole('link', { name: '打开移送函' })).toBeVisible()
  const letter = await page.getByRole('link', { name: '打开移送函' }).getAttribute('href')
  expect((await official.bytes(letter!.replace(/^\/api/, ''))).subarray(0, 5).toString()).toBe('%PDF-')
  await noViolations(page)
})

test('the department reads the case, downloads the evidence and accepts', async () => {
  const { page } = department
  const { finding, transfer } = await handedOver(2)
  await page.goto(`/s/transfers/${transfer}`)
  await expect(page.getByText('现场如照片')).toBeVisible()
  await expect(page.locator('main img').first()).toBeVisible()
  const link = page.getByRole('link', { name: '下载材料包' })
  await expect(link).toBeVisible({ timeout: 60_000 })
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
  expect(download.suggestedFilename()).toMatch(/^移送材料-.*\.zip$/)
  await page.getByRole('button', { name: '受理', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: '受理这一件' })
  await dialog.getByLabel('承办人', { exact: false }).first().fill(' ')
  await dialog.getByRole('button', { name: '受理' }).click()
  await expect(dialog).toContainText('写上承办人的姓名')
  await dialog.getByLabel('承办人', { exact: false }).first().fill('秦队01')
  await noViolations(page)
  await dialog.getByRole('button', { name: '受理' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(page.locator('header').getByText('已受理')).toBeVisible()
  expect(await stateOf(brigade, finding)).toBe('transferred')
})

test('the result goes back with photos, and the office concludes', async ({}, info) => {
  const { page } = department
  const { finding, transfer } = await handedOver(3)
  await brigade.act('answer_transfer', { transfer_id: transfer, accepted: true, handler: '秦队01' })
  await page.goto(`/s/transfers/${transfer}`)
  await page.getByRole('button', { name: '反馈结果' }).click()
  const dialog = page.getByRole('dialog', { name: '反馈办理结果' })
  const file = info.outputPath('after.png')
  writeFileSync(file, png(640, 480))
  await dialog.locator('input[type=file]').setInputFiles(file)
  await expect(dialog.getByRole('img', { name: '第 1 张' })).toBeVisible()
  await dialog.getByLabel('办理结果', { exact: false }).first().fill('已责令打开出口')
  await noViolations(page)
  await dialog.getByRole('button', { name: '反馈结果' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(page.locator('header').getByText('已反馈')).toBeVisible()
  const photos = async (): Promise<{ stage: string; state: string }[]> =>
    (await official.get<{ photos: { stage: string; state: string }[] }>(`/findings/${finding}`)).photos
  expect((await photos()).filter((one) => one.stage === 'transfer').map((one) => one.state)).toEqual([
    'stored',
  ])
  await office.page.goto(`/s/transfers/${transfer}`)
  await expect(office.page.getByText('反馈办理结果：已责令打开出口')).toBeVisible()
  await office.page.getByRole('button', { name: '办结' }).click()
  const conclude = office.page.getByRole('dialog', { name: '办结这一件' })
  await conclude.getByLabel('办结的意见', { exact: false }).first().fill('已消除')
  await conclude.getByRole('button', { name: '办结' }).click()
  await expect.poll(() => stateOf(official, finding)).toBe('closed')
})

test('what is declined goes back, and its case and evidence are gone from the department', async () => {
  const { page } = department
  const { finding, transfer } = await handedOver(4)
  await page.goto(`/s/transfers/${transfer}`)
  await page.getByRole('button', { name: '退回', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: '退回这一件' })
  await dialog.getByRole('button', { name: '退回' }).click()
  await expect(dialog).toContainText('写明为什么退回')
  await dialog.getByLabel('退回的理由', { exact: false }).first().fill('不属消防职权')
  await dialog.getByRole('button', { name: '退回' }).click()
  await expect(page.getByText('贵单位已退回这一件')).toBeVisible()
  await expect(page.getByRole('link', { name: '看案卷' })).toHaveCount(0)
  await expect(page.getByRole('link', { name: '下载材料包' })).toHaveCount(0)
  expect(await stateOf(official, finding)).toBe('confirmed')
  await page.goto(`/s/case/${finding}`)
  await expect(
    page.getByRole('heading', { name: '打不开' }).or(page.getByText('没有找到')).first(),
  ).toBeVisible()
  await office.page.goto('/s/transfers?state=declined')
  await expect(
    office.page
      .locator('main li')
      .filter({ hasText: spot(4).slice(0, 4) })
      .first(),
  ).toBeVisible()
})

for (const [width, colorScheme] of [
  [360, 'dark'],
  [1440, 'light'],
] as const) {
  test(`lists and pages at ${width} px, ${colorScheme}: nothing cut, no fault that axe knows`, async ({
    browser,
  }) => {
    test.setTimeout(120_000)
    const { transfer } = await handedOver(width === 360 ? 5 : 6)
    for (const [username, home] of [
      ['dept01', '**/s/transfers**'],
      ['street01', '**/s/map**'],
    ] as const) {
      const small = await desk(browser, BASE(), username, width, home)
      await small.page.emulateMedia({ colorScheme })
      for (const path of ['/s/transfers', '/s/transfers?state=late', `/s/transfers/${transfer}`]) {
        await small.page.goto(path)
        await expect(small.page.getByRole('heading', { level: 1 })).toBeVisible()
        await expect(small.page.locator('main li').first()).toBeVisible()
        await fits(small.page)
        await noViolations(small.page)
        const name = `${username}-${width}-${colorScheme}-${path.replace(transfer, 'one').replace(/\W+/g, '-')}`
        if (process.env['PICTURES']) {
          await small.page.waitForLoadState('networkidle')
          await small.page.screenshot({ path: `${process.env['PICTURES']}/${name}.png`, fullPage: true })
        }
      }
      await small.context.close()
    }
  })
}
