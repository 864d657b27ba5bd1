/**
 * Capture as fast as walking, in a browser against the running program: what was photographed is on the server as the
 * hand left it, and every screen of the path can be read in the sun, at twice the type, and by TalkBack.
 */
import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { PASSWORD, person, uuid7, type Person } from './api'
import { photographs, sha256, type File } from './photos'
import { answered, report, type Place } from './supervisor.kit'

interface Compound {
  id: string
  name: string
  centre: { lon: number; lat: number }
}
interface CaseDoc {
  id: string
  place: string
  text: string
  item_code: string
  flags: string[]
  photos_expected: number
  photos_stored: number
  photos: { id: string; sha256: string; original_sha256: string | null; flags: string[] }[]
}

const BASE = (): string => process.env['BASE_URL']!
const SENT = { timeout: 90_000 }
const SAVED = '已保存在本机'

let pictures: File[]
let official: Person

test.use({
  permissions: ['geolocation', 'camera'],
  hasTouch: true,
  isMobile: true,
  geolocation: { longitude: 119.62, latitude: 38.94, accuracy: 6 },
})
test.beforeAll(async () => {
  pictures = await photographs()
  official = await person(BASE(), 'district01')
})

async function signIn(page: Page, username: string): Promise<void> {
  await page.goto('/')
  await page.getByLabel('账号').fill(username)
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL('**/i/today')
  await page.goto('/i/ready')
  await expect(page.getByText(/\d+ 个小区和检查表都在本机/)).toBeVisible(SENT)
}

/** Signed in and arrived at the `nth` compound of one's area; the address of the visit. */
async function arrive(page: Page, username: string, nth = 0): Promise<{ visit: string; compound: Compound }> {
  const { items } = await (
    await person(BASE(), username)
  ).get<{ items: { compounds: Compound[] } }>('/sync/changes')
  const compound = items.compounds[nth]!
  const { lon, lat } = compound.centre
  await page.context().setGeolocation({ longitude: lon, latitude: lat, accuracy: 6 })
  await signIn(page, username)
  await page.goto('/i/adhoc')
  await page.getByLabel('查找小区').fill(compound.name)
  await page.getByRole('button').filter({ hasText: compound.name }).first().click()
  await expect(page.getByText('已到场')).toBeVisible()
  return { visit: page.url(), compound }
}

interface Pulled {
  items: {
    visits: { compound_id: string; state: string; lacking: string[] }[]
    findings: { id: string; actions: string[] }[]
  }
  cursor: string
  more: boolean
}

/** Everything that changed for somebody since `from`, and where the next pull goes on. */
async function pull(who: Person, from = ''): Promise<Pulled['items'] & { cursor: string }> {
  const all: Pulled['items'] = { visits: [], findings: [] }
  let cursor = from
  for (let more = true; more;) {
    const page: Pulled = await who.get(`/sync/changes${cursor && `?cursor=${encodeURIComponent(cursor)}`}`)
    all.visits.push(...page.items.visits)
    all.findings.push(...page.items.findings)
    ;({ cursor, more } = page)
  }
  return { ...all, cursor }
}

async function shootFirst(page: Page, file: string): Promise<void> {
  await page.getByLabel('拍隐患').setInputFiles(file)
  await expect(page.locator('.hero img')).toBeVisible()
}

async function write(page: Page, words: string): Promise<void> {
  await page.getByRole('textbox', { name: '现场情况' }).fill(words)
}

async function saved(page: Page): Promise<void> {
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText(SAVED).first()).toBeVisible()
}

/** The cases of a compound that say `words`, once all their photos are on the server. */
async function casesOf(compound: Compound, words: string): Promise<CaseDoc[]> {
  const { items } = await official.get<{ items: CaseDoc[] }>(`/findings?compound_id=${compound.id}&limit=200`)
  const mine = items.filter((item) => item.text === words)
  return Promise.all(mine.map((item) => official.get<CaseDoc>(`/findings/${item.id}`)))
}
async function whole(compound: Compound, words: string, photos: number): Promise<CaseDoc> {
  await expect
    .poll(async () => (await casesOf(compound, words)).map((each) => each.photos_stored), SENT)
    .toEqual([photos])
  return (await casesOf(compound, words))[0]!
}

test('photo first, item second, then saved: what was drawn on it is on the copy, the original is named by its hash', async ({
  page,
}) => {
  const { compound } = await arrive(page, 'community030')
  const words = `画过 ${Date.now()}`
  await shootFirst(page, pictures[0]!.path)
  await page.getByRole('searchbox').fill('xfc')
  await expect(page.getByRole('radio', { checked: true })).toContainText('FP-01')

  await page.getByRole('button', { name: '在照片上画' }).click()
  const sheet = page.getByRole('img', { name: '还没有画' })
  const box = (await sheet.boundingBox())!
  await page.getByRole('radio', { name: '打码' }).click()
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.5, { steps: 3 })
  await page.mouse.up()
  await expect(page.getByRole('img', { name: '画了 1 笔' })).toBeVisible()
  await page.getByRole('button', { name: '画好了' }).click()
  await expect(page.getByRole('dialog')).toBeHidden()
  await write(page, words)
  await saved(page)

  const found = await whole(compound, words, 1)
  const [photo] = found.photos
  expect(photo!.flags).toContain('annotated')
  expect(photo!.original_sha256).toBe(pictures[0]!.sha256)
  const bytes = await official.bytes(`/photos/${photo!.id}/content?size=original`)
  expect(sha256(bytes)).toBe(photo!.sha256)
})

test('a tap on 保存 while the photo is still being worked on is not lost', async ({ page }) => {
  await arrive(page, 'community031')
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 6 })
  await page.getByLabel('拍隐患').setInputFiles(pictures[0]!.path)
  await page.getByRole('radio').first().click()
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText(SAVED).first()).toBeVisible({ timeout: 30_000 })
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 })
})

test('pain 56 to 58: three photos in a row without a word, two are one finding, and the third belongs to it as well', async ({
  page,
}) => {
  const { compound, visit } = await arrive(page, 'community032')
  await page.goto(visit.replace('/visit/', '/roll/'))
  for (const [i, file] of pictures
    .filter((each) => !each.opaque)
    .slice(0, 3)
    .entries()) {
    await page.getByLabel('接着拍').setInputFiles(file.path)
    await expect(page.getByRole('link').filter({ hasText: '还没选是什么问题' })).toHaveCount(i + 1)
  }
  await page.getByRole('checkbox').nth(0).click()
  await page.getByRole('checkbox').nth(1).click()
  await page.getByRole('button', { name: '2 条并成一条' }).click()
  await expect(page.getByText('2 张')).toBeVisible()

  const words = `并成 ${Date.now()}`
  await page.getByRole('link').filter({ hasText: '2 张' }).click()
  await page.getByRole('searchbox').fill('飞线')
  await page.getByRole('region', { name: '在什么位置' }).getByRole('button', { expanded: false }).click()
  await page.getByRole('button', { name: '地下车库' }).click()
  await expect(page.getByRole('textbox', { name: '在什么位置' })).toHaveValue('地下车库B1层')
  await page.getByRole('button', { name: '下一层' }).click()
  await write(page, words)
  await saved(page)

  await page.goto(visit.replace('/visit/', '/roll/'))
  await page.getByRole('link').filter({ hasText: '1 张' }).click()
  await page.getByRole('searchbox').fill('飞线')
  const twin = page.getByRole('region', { name: '50 m 内有同样的问题，是这个吗？' })
  await expect(twin.locator('img')).toHaveCount(2)
  await twin.getByRole('button', { name: '是，照片加给它' }).click()
  await expect(page.getByText('照片已加到原来的问题').first()).toBeVisible()

  const found = await whole(compound, words, 3)
  expect(found.place).toBe('地下车库B2层')
})

test('a clean visit: the entrance, every line, arrival and departure, and nothing else is asked', async ({
  page,
}) => {
  const inspector = await person(BASE(), 'community033')
  const { cursor } = await pull(inspector)
  const { compound } = await arrive(page, 'community033')
  await page.getByLabel('拍门口').setInputFiles(pictures[2]!.path)
  await expect(page.getByRole('region', { name: '门口照' })).toContainText('已保存在本机')
  await page.getByRole('button', { name: '离场' }).click()
  const sheet = page.getByRole('region', { name: '要离场了？' })
  await expect(sheet).toContainText('门口照')
  await expect(sheet).toContainText(/检查表还有 \d+ 项没答/)
  await expect(sheet).toContainText('离场有定位')
  await sheet.getByRole('button', { name: '接着查' }).click()

  const rest = page.locator('.group').filter({ hasText: /余 [1-9]/ })
  for (let left = await rest.count(); left > 0; left--) {
    await rest.first().click()
    for (const line of await page.getByRole('radio', { name: '合格', exact: true }).all()) await line.click()
    await expect(rest).toHaveCount(left - 1)
  }
  await page.getByRole('button', { name: '离场' }).click()
  await expect(sheet).toContainText('都查完了')
  await sheet.getByRole('button', { name: '离场' }).click()
  await expect(page.getByText('已离场，已保存在本机').first()).toBeVisible()

  await page.goto('/i/outbox')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('都送到局里了', SENT)
  const changed = await pull(inspector, cursor)
  expect(changed.visits.map((each) => [each.compound_id, each.state, each.lacking])).toEqual([
    [compound.id, 'left', []],
  ])
})

/** A case that a firm has answered, found by somebody else than who will look at it again. */
async function answeredCase(): Promise<string> {
  const finder = await person(BASE(), 'inspector13')
  const street = await person(BASE(), 'street04')
  const { items } = await finder.get<{ items: { compounds: Place[] } }>('/sync/changes')
  for (let n = 2; n < 40; n++) {
    const firm = await person(BASE(), `firm${String(n).padStart(2, '0')}`)
    const place = items.compounds.find((each) => each.firm?.id === firm.me.user.firm!.id)
    if (!place) continue
    const finding_id = await report(finder, place, 'FP-03', `复查的地方 ${Date.now()}`)
    await street.act('confirm_finding', { finding_id, note: '' })
    const notice_id = uuid7()
    await street.act('issue_notice', { notice_id, items: [{ finding_id }] })
    await answered(firm, notice_id)
    return finding_id
  }
  throw new Error('no firm of forty looks after a compound of this street')
}

test('a re-check is taken through the live camera, the earlier photo over it as strong as one likes', async ({
  page,
}) => {
  const wanted = await answeredCase()
  await signIn(page, 'inspector14')
  await page.goto(`/i/review/${wanted}`)
  await page.getByRole('button', { name: '拍复查照片' }).click()
  const view = page.getByRole('dialog', { name: '拍复查照片' })
  await expect(view.locator('video')).toBeVisible()
  const strength = view.getByRole('slider', { name: '淡影深浅' })
  if (await strength.isVisible()) {
    await strength.fill('80')
    await expect(view.locator('.over')).toHaveCSS('opacity', '0.8')
  } else await expect(view).toContainText('整改前的照片没存在手机上')
  await view.getByRole('button', { name: '拍下来' }).click()
  await expect(view).toBeHidden()
  await expect(page.getByRole('button', { name: /已有 整改后/ })).toBeVisible(SENT)
})

for (const scheme of ['light', 'dark'] as const) {
  test(`${scheme}: no fault that axe knows, every control has a name, nothing is cut at twice the type`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    const { visit } = await arrive(page, scheme === 'light' ? 'community034' : 'community035')
    await judge(page, 'visit')
    await shootFirst(page, pictures[0]!.path)
    await page.getByRole('searchbox').fill('xfc')
    await page.getByRole('region', { name: '在什么位置' }).getByRole('button', { expanded: false }).click()
    await judge(page, 'write')
    await page.getByRole('button', { name: '在照片上画' }).click()
    await judge(page, 'sketch')
    await page.getByRole('button', { name: '关闭' }).last().click()
    await page.goto(visit.replace('/visit/', '/roll/'))
    await expect(page.getByLabel('接着拍')).toBeAttached()
    await judge(page, 'roll')
    await page.goto(visit)
    await page.getByRole('button', { name: '离场' }).click()
    await judge(page, 'leaving')
  })
}

async function judge(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(
    violations.map(
      (each) => `${where}: ${each.id} ${each.nodes.map((node) => node.target.join(' ')).join(' | ')}`,
    ),
  ).toEqual([])
  const nameless = await page.evaluate(() =>
    [
      ...document.querySelectorAll(
        'button, a[href], input:not([type=hidden]):not([aria-hidden]), textarea, select',
      ),
    ]
      .filter((each) => (each as HTMLElement).offsetParent !== null)
      .filter((each) => {
        const label = each.getAttribute('aria-label') ?? each.getAttribute('aria-labelledby')
        const own =
          (each.textContent ?? '').trim() || (each as HTMLInputElement).labels?.[0]?.textContent?.trim()
        return !label && !own && !each.getAttribute('title')
      })
      .map((each) => each.outerHTML.slice(0, 120)),
  )
  expect(nameless, where).toEqual([])
  const style = await page.addStyleTag({ content: 'html { font-size: 200% !important }' })
  const cut = await page.evaluate(() => document.scrollingElement!.scrollWidth - innerWidth)
  expect(cut, `${where} at 200 %: pixels beyond the edge`).toBeLessThanOrEqual(0)
  await style.evaluate((node) => (node as HTMLElement).remove())
}
