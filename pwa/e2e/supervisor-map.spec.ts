import { expect, test, type Page } from '@playwright/test'
import { person, type Person } from './api'
import { desk, noViolations, placeOf, report, type Desk, type Place } from './supervisor.kit'

test.describe.configure({ mode: 'serial' })

const BASE = (): string => process.env['BASE_URL']!
let inspector: Person
let official: Person
let place: Place
let office: Desk
let page: Page
/** The box of the last question for counts. */
let asked = ''

interface Counts {
  total: number
  by_status: Record<string, number>
}

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  inspector = await person(BASE(), 'inspector01')
  official = await person(BASE(), 'street01')
  place = await placeOf(BASE())
  office = await desk(browser, BASE(), 'street01')
  page = office.page
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.pathname === '/api/map/counts') asked = url.searchParams.get('bbox') ?? ''
  })
})

test.afterAll(async () => {
  await office.context.close()
  expect(office.errors).toEqual([])
})

/** Opens the map at a view and waits until it has drawn. */
async function look(view: string, more = ''): Promise<void> {
  await page.goto(`/s/map?v=${view}${more}`)
  await expect(page.locator('canvas.maplibregl-canvas')).toBeVisible()
  await expect(page.getByText('项未销号 · 视野内')).toBeVisible()
  await page.waitForTimeout(2_500)
}
const at = (zoom: number): string => `${zoom},${place.centre.lon.toFixed(5)},${place.centre.lat.toFixed(5)}`
const shown = async (): Promise<number> =>
  Number((await page.getByRole('heading', { level: 1 }).innerText()).match(/\d+/)?.[0])
const view = (): string | null => new URL(page.url()).searchParams.get('v')
/** Share of the map's pixels that are near a colour (0–255 each). */
async function share([r, g, b]: readonly number[]): Promise<number> {
  const shot = await page.locator('.stage').screenshot()
  return page.evaluate(
    async ([bytes, red, green, blue]) => {
      const picture = await createImageBitmap(
        new Blob([Uint8Array.from(atob(bytes as string), (c) => c.charCodeAt(0))]),
      )
      const canvas = document.createElement('canvas')
      canvas.width = picture.width
      canvas.height = picture.height
      const context = canvas.getContext('2d')!
      context.drawImage(picture, 0, 0)
      const { data } = context.getImageData(0, 0, picture.width, picture.height)
      let n = 0
      for (let i = 0; i < data.length; i += 4)
        if (
          Math.abs(data[i]! - +red!) + Math.abs(data[i + 1]! - +green!) + Math.abs(data[i + 2]! - +blue!) <
          24
        )
          n++
      return n / (data.length / 4)
    },
    [shot.toString('base64'), r, g, b] as const,
  )
}

test('map and list are one set: the box of the view, the same filters, the same numbers', async () => {
  await look(at(15))
  const box = asked
  const counts = await official.get<Counts>(`/map/counts?bbox=${box}`)
  expect(await shown()).toBe(counts.total)
  const everything = await official.get<Counts>('/map/counts')
  expect(counts.total).toBeLessThan(everything.total)
  await page.getByRole('checkbox', { name: /一般/ }).uncheck()
  const grave = await official.get<Counts>(`/map/counts?bbox=${box}&severity=critical,major`)
  await expect.poll(shown).toBe(grave.total)
  await page.getByRole('button', { name: '清除 1' }).click()
  await expect.poll(shown).toBe(counts.total)
  await noViolations(page)
})

test('it is drawn in the colours of the theme, and moves nowhere when the theme changes', async () => {
  await look(at(16))
  const light = view()
  expect(await share([0xed, 0xf0, 0xec])).toBeGreaterThan(0.15)
  expect(await share([0x92, 0x17, 0x0f])).toBeGreaterThan(0.0005)
  await page.getByRole('button', { name: '账号菜单' }).click()
  await page.getByRole('button', { name: '换成暗色' }).click()
  await page.keyboard.press('Escape')
  await page.waitForTimeout(2_000)
  expect(await share([0x16, 0x1e, 0x1c])).toBeGreaterThan(0.15)
  expect(await share([0xff, 0xa4, 0x97])).toBeGreaterThan(0.0005)
  expect(view()).toBe(light)
  await noViolations(page)
  await page.getByRole('button', { name: '账号菜单' }).click()
  await page.getByRole('button', { name: '换成亮色' }).click()
})

test('what an inspector reports is here with the next poll, and the map does not jump', async () => {
  await look(at(17), '&category=GR')
  const before = await shown()
  const where = view()
  const id = await report(inspector, place, 'GR-01', '南门内')
  await expect.poll(shown, { timeout: 14_000 }).toBe(before + 1)
  await expect(page.locator(`[data-id="${id}"]`)).toHaveCount(1, { timeout: 14_000 })
  expect(view()).toBe(where)
})

test('J and K walk the list, the case opens beside the map, escape closes it', async () => {
  await look(at(15))
  await page.keyboard.press('j')
  await expect(page.getByText('环环相扣，已核验')).toBeVisible()
  await expect(page.getByText(/^1 \/ \d+$/)).toBeVisible()
  await page.keyboard.press('j')
  await expect(page.getByText(/^2 \/ \d+$/)).toBeVisible()
  await noViolations(page)
  await page.keyboard.press('k')
  await expect(page.getByText(/^1 \/ \d+$/)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText('环环相扣，已核验')).toHaveCount(0)
})

test('a pin that is touched opens its case', async () => {
  // Far enough in that single glyphs stand alone.
  const page_ = await official.get<{
    items: { id: string; pin_id: number; position: { lon: number; lat: number } | null }[]
  }>(
    `/map/findings?bbox=${place.centre.lon - 0.02},${place.centre.lat - 0.02},${place.centre.lon + 0.02},${place.centre.lat + 0.02}&limit=200`,
  )
  // What was reported without a position is in the list, and has no glyph to touch.
  const placed = page_.items.flatMap(({ position, ...one }) => (position ? [{ ...one, position }] : []))
  const alone = placed.find((one) =>
    placed.every(
      (other) =>
        other === one ||
        Math.hypot(other.position.lon - one.position.lon, other.position.lat - one.position.lat) > 0.0012,
    ),
  )!
  await look(`18,${alone.position.lon.toFixed(6)},${alone.position.lat.toFixed(6)}`)
  const box = (await page.locator('.stage').boundingBox())!
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
  await expect(page).toHaveURL(new RegExp(`case=${alone.id}`))
})

test('without a network the map says since when it stands still', async () => {
  await look(at(14))
  await office.context.setOffline(true)
  await page.getByRole('button', { name: '拉近' }).click()
  await expect(page.getByText(/图停在 \d\d:\d\d/)).toBeVisible()
  await office.context.setOffline(false)
})
