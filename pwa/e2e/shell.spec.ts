import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'

/** Puts the last known person into the database, as a sign-in of yesterday would have left it. */
async function knownPerson(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('xunjian')
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    await new Promise<void>((resolve, reject) => {
      const tx = db.transaction('identity', 'readwrite')
      tx.objectStore('identity').put({
        key: 'me',
        user_id: '0190d0b2-0000-7000-8000-000000000001',
        username: 'inspector01',
        display_name: '陈巡01',
        role: 'inspector',
        permissions: ['finding:open'],
        organisation: { id: 'o', name: '青禾街道', kind: 'street' },
        firm: null,
        scope: null,
        device_id: null,
        demo: true,
        expires_at: '2030-01-01T00:00:00+08:00',
        seen_at: '2026-11-19T09:00:00+08:00',
        clock_offset_ms: 0,
      })
      tx.oncomplete = () => resolve()
      tx.onerror = () => reject(tx.error)
    })
    db.close()
  })
}

async function controlled(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
}

for (const width of [360, 768, 1440]) {
  test(`every component in both themes has no axe violation at ${width}`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.goto('/?gallery')
    await page.waitForSelector('.gallery')
    // The same screen stands there twice, once for each theme: landmarks are checked on real screens.
    const { violations } = await new AxeBuilder({ page })
      .disableRules([
        'landmark-unique',
        'landmark-no-duplicate-banner',
        'landmark-banner-is-top-level',
        'page-has-heading-one',
        'region',
      ])
      .analyze()
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([])
  })
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`sign-in, ${colorScheme}: no axe violation, targets of 48 px, nothing cut at 320 px`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width: 320, height: 640 })
    await page.goto('/')
    await page.getByRole('button', { name: '登录' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(colorScheme)
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((v) => v.id)).toEqual([])
    for (const target of await page.locator('button, input:not([type=checkbox]), label.checkbox').all()) {
      const box = await target.boundingBox()
      expect(box!.height, await target.evaluate((e) => e.outerHTML.slice(0, 80))).toBeGreaterThanOrEqual(45)
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    await page.addStyleTag({ content: 'html{font-size:200%}' })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
  })
}

test('the theme is one tap away and stays', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto('/')
  await page.getByRole('button', { name: '换成暗色' }).click()
  await page.reload()
  await page.getByRole('button', { name: '换成亮色' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
})

test('English on demand, kept on the device', async ({ page }) => {
  await page.goto('/')
  await page.getByRole('button', { name: '语言' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
})

test('without a network: sign-in says so; a known person is let in, from the cache', async ({
  page,
  context,
}) => {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto('/')
  await page.getByRole('button', { name: '登录' }).waitFor()
  await controlled(page)
  await context.setOffline(true)
  await page.getByLabel('账号').fill('inspector01')
  await page.getByLabel('密码', { exact: false }).first().fill('whatever')
  await page.getByRole('button', { name: '登录' }).click()
  await expect(page.getByRole('alert')).toHaveText('第一次登录要有网络。连上网再点「登录」。')
  await knownPerson(page)
  await page.goto('/')
  await expect(page.getByRole('navigation', { name: '主菜单' })).toBeVisible()
  await expect(page).toHaveURL(/\/i\/today$/)
  await page.goto('/i/outbox')
  await expect(page.getByRole('navigation', { name: '主菜单' })).toBeVisible()
  expect(complaints).toEqual([])
})

test('can be installed: manifest, icons, service worker', async ({ page, request }) => {
  await page.goto('/')
  const href = await page.locator('link[rel=manifest]').getAttribute('href')
  const manifest = (await (await request.get(href!)).json()) as {
    name: string
    lang: string
    display: string
    start_url: string
    icons: { src: string; sizes: string; purpose?: string }[]
  }
  expect([manifest.name, manifest.lang, manifest.display, manifest.start_url]).toEqual([
    '巡检',
    'zh-CN',
    'standalone',
    '/',
  ])
  expect(manifest.icons.some((icon) => icon.purpose === 'maskable')).toBe(true)
  for (const icon of manifest.icons) {
    const answer = await request.get(icon.src)
    expect(answer.ok()).toBe(true)
    const bytes = await answer.body()
    expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(icon.sizes)
  }
  await controlled(page)
})
