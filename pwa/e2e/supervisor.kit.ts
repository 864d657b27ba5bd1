/** Hands for the office's tests: reports to decide on, answers to re-check, and a browser that is signed in. */
import { createHash } from 'node:crypto'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { PASSWORD, person, uuid7, type Person } from './api'
import { png } from './png'

export interface Shot {
  declaration: Record<string, unknown>
  bytes: Buffer
}

export function shoot(kind: string): Shot {
  const bytes = png(640, 480)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const captured_at = new Date().toISOString()
  const declaration = {
    photo_id: uuid7(),
    kind,
    sha256,
    size: bytes.length,
    mime: 'image/png',
    source: 'camera',
    captured_at,
  }
  return { bytes, declaration }
}

export interface Place {
  id: string
  name: string
  firm: { id: string; name: string } | null
  centre: { lon: number; lat: number }
}

/** A compound of firm01, whose street is that of street01. */
export async function placeOf(base: string): Promise<Place> {
  const [firm, official] = [await person(base, 'firm01'), await person(base, 'street01')]
  const id = firm.me.user.firm!.id
  const page = await official.get<{ items: { compound: { id: string }; firm: { id: string } }[] }>(
    '/notices?limit=100',
  )
  const notice = page.items.find((one) => one.firm.id === id)
  if (!notice) throw new Error('the firm has no compound here')
  return official.get<Place>(`/places/compounds/${notice.compound.id}`)
}

/** A hazard at the middle of `place`, two photos with it, all of them delivered. Answers its id. */
export async function report(
  inspector: Person,
  place: Place,
  item_code: string,
  spot: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  const finding_id = uuid7()
  const shots = [shoot('O'), shoot('C')]
  const captured_at = new Date().toISOString()
  await inspector.act('open_finding', {
    finding_id,
    compound_id: place.id,
    item_code,
    text: '现场如照片',
    place: spot,
    position: { ...place.centre, accuracy_m: 6, captured_at, source: 'gnss', crs: 'wgs84' },
    photos: shots.map((shot) => shot.declaration),
    ...more,
  })
  for (const shot of shots) await inspector.upload(shot.declaration['photo_id'] as string, shot.bytes)
  return finding_id
}

/** The firm acknowledges a notice and answers every line of it. */
export async function answered(firm: Person, noticeId: string): Promise<void> {
  await firm.act('acknowledge_notice', {
    notice_id: noticeId,
    name: '刘某',
    title: '项目主管',
    phone: '199****0002',
  })
  const notice = await firm.get<{ items: { finding_id: string }[] }>(`/notices/${noticeId}`)
  for (const { finding_id } of notice.items) {
    const shot = shoot('A')
    await firm.act('answer_item', {
      response_id: uuid7(),
      notice_id: noticeId,
      finding_id,
      text: '已经改好',
      photos: [shot.declaration],
    })
    await firm.upload(shot.declaration['photo_id'] as string, shot.bytes)
  }
}

export interface Desk {
  context: BrowserContext
  page: Page
  errors: string[]
}

/** A desk of 1440 × 900 at which `username` has signed in. */
export async function desk(
  browser: Browser,
  base: string,
  username: string,
  width = 1440,
  home = '**/s/map**',
): Promise<Desk> {
  const viewport = { width, height: width < 700 ? 780 : 900 }
  const context = await browser.newContext({ baseURL: base, viewport, serviceWorkers: 'block' })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  // What a boundary of the app caught never reaches the window; it is written to the console. A blocked service
  // worker registers as nothing, whose `waiting` workbox then fails to read: that is this browser's doing.
  page.on('console', (line) => {
    if (line.type() === 'error' && !/Failed to load resource|net::ERR|reading 'waiting'/.test(line.text()))
      errors.push(line.text())
  })
  await page.goto('/')
  await page.getByLabel('账号').fill(username)
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL(home)
  return { context, page, errors }
}

/** axe finds nothing on the page as it stands. */
export async function noViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([])
}

/** The state of a finding as the server has it. */
export async function stateOf(who: Person, findingId: string): Promise<string> {
  return (await who.get<{ state: string }>(`/findings/${findingId}`)).state
}
