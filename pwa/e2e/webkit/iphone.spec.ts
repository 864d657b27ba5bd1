/**
 * The same app in WebKit, which a third of the phones have: the round, the camera and the outbox without a network,
 * and what the server holds in the end. No position is granted here, so the pin by hand is tried as well.
 */
import { expect, test } from '@playwright/test'
import { person, type Person } from '../api'
import { Mast } from '../phone'
import { photographs, sha256, type File } from '../photos'
import { WebKit } from './browser'

const WHO = 'community011'
const DELIVERY = { timeout: 90_000 }

interface CaseDoc {
  id: string
  place: string
  photos_expected: number
  photos_stored: number
  photos: { id: string; sha256: string; original_sha256: string | null; state: string }[]
}

let official: Person
let mast: Mast
let phone: WebKit
let pictures: File[]

test.describe.configure({ mode: 'serial' })
test.skip(!WebKit.here(), 'needs the packages webkit2gtk-driver and xvfb (make install-test)')
test.beforeAll(async () => {
  official = await person(process.env['BASE_URL']!, 'district01')
  pictures = await photographs()
  mast = await Mast.before(process.env['BASE_URL']!)
  phone = await WebKit.open()
})
test.afterEach(async ({}, info) => {
  if (info.status !== info.expectedStatus)
    await info.attach('screen', { body: await phone.picture(), contentType: 'image/png' })
})
test.afterAll(async () => {
  await phone?.close()
  await mast?.close()
})

const places = ['一号楼前', '二号楼前'].map((place) => `${place} ${Date.now()}`)
let compound: { id: string; name: string }

test('signs in, and the day is on the phone', async () => {
  const { items } = await (
    await person(process.env['BASE_URL']!, WHO)
  ).get<{ items: { compounds: { id: string; name: string }[] } }>('/sync/changes')
  compound = items.compounds[0]!
  await phone.go(mast.url)
  await phone.type('账号', WHO)
  await phone.type('密码', 'xunjian-demo')
  await phone.press('登录')
  await expect.poll(() => phone.driver.getCurrentUrl(), DELIVERY).toContain('/i/today')
  await expect.poll(() => phone.evaluate('return !!navigator.serviceWorker.controller'), DELIVERY).toBe(true)
  await phone.go(`${mast.url}/i/ready`)
  await phone.find('个小区和检查表都在本机')
})

test('without a network: arrives, photographs two hazards, one with a file that no browser decodes', async () => {
  mast.cut()
  await phone.go(`${mast.url}/i/adhoc`)
  await phone.type('查找小区', compound.name)
  // The list may be drawn anew under the finger while letters still arrive; who missed it taps again.
  await expect
    .poll(
      async () => {
        const at = await phone.driver.getCurrentUrl()
        if (at.includes('/i/adhoc')) await phone.press(compound.name)
        return at
      },
      { timeout: 60_000, intervals: [8_000] },
    )
    .toContain('/i/visit/')
  await phone.find('已到场')
  const visit = await phone.driver.getCurrentUrl()
  const opaque = pictures.find((file) => file.opaque) ?? pictures[1]!
  for (const [i, file] of [pictures[0]!, opaque].entries()) {
    await phone.go(visit)
    await phone.type('拍隐患', file.path)
    await phone.type('是什么问题', 'xfc')
    await phone.press('在什么位置')
    await (await phone.box('在什么位置')).sendKeys(places[i]!)
    await phone.press('保存')
    await phone.find('已保存在本机')
  }
  // A page that is thrown out of memory and opened again finds everything on the disk.
  await phone.go(visit)
  for (const place of places) await phone.find(place.split(' ')[0]!)
})

test('the network returns: each finding is there once, byte by byte what was saved', async () => {
  mast.mend()
  const found = async (): Promise<CaseDoc[]> => {
    const { items } = await official.get<{ items: CaseDoc[] }>(
      `/findings?compound_id=${compound.id}&limit=200`,
    )
    const mine = items.filter((each) => places.includes(each.place))
    return Promise.all(mine.map((each) => official.get<CaseDoc>(`/findings/${each.id}`)))
  }
  const summary = async (): Promise<string[]> =>
    (await found()).map((each) => `${each.place} ${each.photos_stored}/${each.photos_expected}`).sort()
  await expect.poll(summary, DELIVERY).toEqual([...places].sort().map((place) => `${place} 1/1`))
  for (const photo of (await found()).flatMap((each) => each.photos)) {
    expect(sha256(await official.bytes(`/photos/${photo.id}/content?size=original`))).toBe(photo.sha256)
  }
  await phone.go(`${mast.url}/i/outbox`)
  await phone.find('都送到局里了')
})
