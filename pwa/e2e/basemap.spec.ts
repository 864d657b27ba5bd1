/** The map without a network: the district's base map from the phone's own cache, the round and own findings on top. */
import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { person } from './api'
import { Mast, Phone } from './phone'
import { photographs } from './photos'

interface Compound {
  id: string
  name: string
  centre: { lon: number; lat: number }
}

const BASE = (): string => process.env['BASE_URL']!
const FETCHED = { timeout: 90_000 }
let mast: Mast
let phone: Phone | undefined

test.afterEach(async () => {
  await phone?.putAway()
  await mast?.close()
})

test('fetched piece by piece over a link that breaks, and drawn in a cellar', async () => {
  const [picture] = await photographs()
  const who = await person(BASE(), 'community040')
  const { items } = await who.get<{ items: { compounds: Compound[] } }>('/sync/changes')
  const compound = items.compounds[0]!
  const { lon, lat } = compound.centre
  mast = await Mast.before(BASE())
  phone = await Phone.unpack(mast, { longitude: lon, latitude: lat, accuracy: 6 })
  const { page } = phone
  // The first piece is cut off twice: the rest comes all the same, and nothing is fetched again.
  const ranges: string[] = []
  let cuts = 0
  await page.route('**/api/map/basemaps/*.pmtiles', async (route) => {
    ranges.push(route.request().headers()['range'] ?? '')
    if (cuts++ < 2) return route.abort('connectionreset')
    return route.continue()
  })
  await phone.signIn('community040')
  await page.goto(`${mast.url}/i/ready`)
  await expect(page.getByText(/个小区的范围图、底图 [\d.]+ [KM]B 在本机/)).toBeVisible(FETCHED)
  const whole = ranges.slice(2)
  expect(new Set(whole).size, 'no piece twice').toBe(whole.length)
  expect(ranges[0]).toMatch(/^bytes=0-\d+$/)

  await phone.loseNetwork()
  await page.goto(`${mast.url}/i/adhoc`)
  await page.getByLabel('查找小区').fill(compound.name)
  await page.getByRole('button').filter({ hasText: compound.name }).first().click()
  await expect(page.getByText('已到场')).toBeVisible()
  await page.getByLabel('拍隐患').setInputFiles(picture!.path)
  await expect(page.locator('.hero img')).toBeVisible()
  await page.getByRole('searchbox').fill('xfc')
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('已保存在本机').first()).toBeVisible()

  await page.goto(`${mast.url}/i/map`)
  await expect(page.locator('canvas.maplibregl-canvas')).toBeVisible(FETCHED)
  const map = page.locator('[data-drawn]')
  const drawn = async (): Promise<Record<string, number>> =>
    JSON.parse((await map.getAttribute('data-drawn')) ?? '{}') as Record<string, number>
  // Ground from the file, outlines, buildings, the order of the round, one's own pin and place from the database.
  for (const layer of ['road_minor', 'compounds', 'buildings', 'stops', 'pins', 'me']) {
    await expect
      .poll(async () => (await drawn())[layer] ?? 0, { ...FETCHED, message: layer })
      .toBeGreaterThan(0)
  }
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(
    violations.map((each) => `${each.id} ${each.nodes.map((node) => node.target.join(' ')).join()}`),
  ).toEqual([])
  await page.getByRole('button', { name: '缩小' }).click()
  await expect(map).toBeVisible()
  expect(phone.errors).toEqual([])
})
