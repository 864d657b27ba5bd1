import AxeBuilder from '@axe-core/playwright'
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { PASSWORD, person, uuid7 } from './api'

test.describe.configure({ mode: 'serial' })

const BASE = (): string => process.env['BASE_URL']!
const NAME = `probe${Date.now().toString(36)}`
const SECRET = 'a long enough secret'
const DEVICE = uuid7()
let context: BrowserContext
let page: Page

async function noViolations(): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([])
}

/** Signs in through the API with any password; `ok`, or the code of the refusal. */
async function signIn(username: string, password: string): Promise<string> {
  const answer = await fetch(`${BASE()}/api/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin' },
    body: JSON.stringify({
      username,
      password,
      device: { id: DEVICE, label: '探测机', app_version: '0.1.0' },
    }),
  })
  return answer.ok ? 'ok' : ((await answer.json()) as { code: string }).code
}

test.beforeAll(async ({ browser }) => {
  context = await browser.newContext({ baseURL: BASE(), viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  await page.goto('/')
  await page.getByLabel('账号').fill('admin01')
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL('**/a/people')
})

test.afterAll(() => context.close())

test('a new account is told what is missing, then signs in', async () => {
  await page.getByRole('button', { name: '新开账号' }).click()
  const form = page.getByRole('dialog', { name: '新开账号' })
  await form.getByLabel('姓名').fill('探某')
  await form.getByLabel('账号').fill(NAME)
  await form.getByLabel('密码').fill('short')
  await form.getByRole('button', { name: '开账号' }).click()
  await expect(form).toContainText('至少 10 个字符。')
  await form.getByLabel('密码').fill(SECRET)
  await form.getByLabel('角色').selectOption('observer')
  await form.getByLabel('单位').selectOption({ label: '青禾街道办事处' })
  // The scope follows the organisation.
  await expect(form.getByLabel('范围')).not.toHaveValue('')
  await noViolations()
  await form.getByRole('button', { name: '开账号' }).click()
  await expect(form).toHaveCount(0)
  expect(await signIn(NAME, SECRET)).toBe('ok')
})

test('a name that is taken is refused with a sentence, and the form keeps what was typed', async () => {
  await page.getByRole('button', { name: '新开账号' }).click()
  const form = page.getByRole('dialog', { name: '新开账号' })
  await form.getByLabel('姓名').fill('探某')
  await form.getByLabel('账号').fill(NAME)
  await form.getByLabel('密码').fill(SECRET)
  await form.getByLabel('角色').selectOption('firm_handler')
  await form.getByLabel('单位').selectOption({ index: 1 })
  await expect(form.getByLabel('范围')).toHaveCount(0)
  await form.getByRole('button', { name: '开账号' }).click()
  await expect(form.getByRole('alert')).toHaveText('这个账号名已有人用。换一个。')
  await expect(form.getByLabel('账号')).toHaveValue(NAME)
  await form.getByRole('button', { name: '不做了' }).click()
})

test('a lost device is shut out at once', async () => {
  await page.goto('/a/devices')
  await page.getByRole('searchbox').fill(NAME)
  const row = page.getByRole('row').filter({ hasText: '探测机' })
  await expect(row).toContainText('探某')
  await noViolations()
  await row.getByRole('button').click()
  const dialog = page.getByRole('dialog', { name: '停用「探测机」' })
  await expect(dialog).toContainText('没发完的内容留在设备里')
  await dialog.getByRole('button', { name: '停用' }).click()
  await expect(row).toContainText('停用')
  await expect(row.getByRole('button')).toHaveCount(0)
  expect(await signIn(NAME, SECRET)).toBe('accounts.device_revoked')
})

test('an account that is switched off cannot sign in', async () => {
  await page.goto('/a/people')
  await page.getByRole('searchbox').fill(NAME)
  await page.getByRole('button', { name: NAME }).click()
  await page.getByRole('dialog').getByRole('button', { name: '停用账号' }).click()
  await expect(page.getByRole('button', { name: NAME })).toContainText('已停用')
  await noViolations()
  expect(await signIn(NAME, SECRET)).toMatch(/^accounts\.(account_closed|bad_credentials)$/)
})

test('a file with faults is told row by row and cannot be imported; a good one can', async () => {
  const admin = await person(BASE(), 'admin01')
  const { items } = await admin.get<{ items: { code: string; name: string; level: string }[] }>(
    '/places/areas?level=street',
  )
  const rows = items.map((area) => `${area.code},${area.name}`)
  const file = (lines: string[]) => ({
    name: 'areas.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`\ufeffcode,name\n${lines.join('\n')}\n`),
  })
  await page.goto('/a/imports')
  await page.getByLabel('选文件').setInputFiles(file([...rows, '99990,少一位']))
  await page.getByRole('button', { name: '先试一遍' }).click()
  const fault = page.getByRole('row').nth(1)
  await expect(fault).toContainText(String(rows.length + 2))
  await expect(fault).toContainText('区划代码')
  await expect(page.getByText('有 1 处错误，一行也不会导入')).toBeVisible()
  await expect(page.getByRole('button', { name: '导入', exact: true })).toHaveCount(0)
  await noViolations()
  await page.getByLabel('选文件').setInputFiles(file(rows))
  await page.getByRole('button', { name: '先试一遍' }).click()
  await expect(page.getByText('没有错误，可以导入。')).toBeVisible()
  await page.getByRole('button', { name: '导入', exact: true }).click()
  await expect(page.getByText('已导入：新增 0，改动 0。')).toBeVisible()
})

for (const width of [360, 768, 1440]) {
  test(`no violation in either theme at ${width}, nothing wider than the window`, async () => {
    await page.setViewportSize({ width, height: 800 })
    for (const path of ['/a/people', '/a/devices', '/a/imports', '/a/me']) {
      await page.goto(path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await noViolations()
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    }
  })
}
