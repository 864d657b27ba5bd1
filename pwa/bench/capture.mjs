/**
 * The figures of the phone, in Chromium slowed four times: `node bench/capture.mjs` (`pwa/dist` must be built; BASE_URL
 * names a running server with the demo district, else one is started). One JSON object a line:
 * `{name, value, unit, ceiling, ratio, goal}`, `ceiling` and `goal` being the most it may be, `ratio` value over ceiling.
 * Ends with 1 when a goal is missed.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { atLeast, launch, missed, PASSWORD, PHONE, PWA, row, serve, USER } from './kit.mjs'
import { lighthouse, violations } from './quality.mjs'

const SLOWER = 4
const ROUNDS = Number(process.env.ROUNDS ?? 5)
const PHOTO = { width: 4000, height: 3000 }

/** What a first visit loads, gzipped: the page, its entry and what that imports statically. */
async function shellSize() {
  const dist = join(PWA, 'dist')
  const html = await readFile(join(dist, 'index.html'), 'utf8')
  const first = new Set(
    [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((hit) => hit[1]),
  )
  const present = new Set((await readdir(join(dist, 'assets'))).map((name) => `assets/${name}`))
  let total = gzipSync(html).length
  for (const name of first) {
    if (!present.has(name)) continue
    const code = await readFile(join(dist, name))
    total += gzipSync(code).length
    if (!name.endsWith('.js')) continue
    for (const hit of code.toString().matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
      first.add(`assets/${hit[1]}`)
  }
  return total / 1024
}

/** Twelve megapixels with some structure in them, as a phone's camera gives. */
async function photograph(page) {
  const base64 = await page.evaluate(async ({ width, height }) => {
    const canvas = new OffscreenCanvas(width, height)
    const context = canvas.getContext('2d')
    for (let i = 0; i < 4000; i++) {
      context.fillStyle = `hsl(${(i * 47) % 360} 40% ${20 + ((i * 13) % 60)}%)`
      context.fillRect(
        (i * 7919) % width,
        (i * 104729) % height,
        20 + ((i * 31) % 400),
        20 + ((i * 17) % 300),
      )
    }
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })
    const bytes = new Uint8Array(await blob.arrayBuffer())
    let text = ''
    for (let i = 0; i < bytes.length; i += 0x8000)
      text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
    return btoa(text)
  }, PHOTO)
  return { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') }
}

async function slow(context, page) {
  const cdp = await context.newCDPSession(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
}

/** Milliseconds from the tap on 保存 to 已保存在本机, by the page's own clock. */
const saveTime = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const button = [...document.querySelectorAll('footer button')].find(
          (each) => each.textContent.trim() === '保存',
        )
        const began = performance.now()
        const seen = () =>
          document.querySelector('[role=status]') && document.body.innerText.includes('已保存在本机')
        const watch = new MutationObserver(() => {
          if (!seen()) return
          watch.disconnect()
          resolve(performance.now() - began)
        })
        watch.observe(document.body, { subtree: true, childList: true, characterData: true })
        setTimeout(() => reject(new Error('not saved within 20 s')), 20_000)
        button.click()
      }),
  )

async function arrive(page, context, url) {
  await page.goto(url)
  await page.getByLabel('账号').fill(USER)
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL('**/i/today')
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await page.goto(`${url}/i/ready`)
  await page.getByText(/\d+ 个小区和检查表都在本机/).waitFor({ timeout: 120_000 })
  const compound = await page.evaluate(async () => {
    const { items } = await (await fetch('/api/sync/changes')).json()
    return items.compounds[0]
  })
  const { lon, lat } = compound.centre
  await context.setGeolocation({ longitude: lon, latitude: lat, accuracy: 6 })
  await page.goto(`${url}/i/adhoc`)
  await page.getByLabel('查找小区').fill(compound.name)
  await page.getByRole('button').filter({ hasText: compound.name }).first().click()
  await page.getByText('已到场').waitFor()
  return page.url()
}

/** From the camera's file to 已保存, and how many taps that took: the item, 保存. */
async function capture(page, visit, photo) {
  await page.goto(visit)
  await page.getByLabel('拍隐患').waitFor({ state: 'attached' })
  const began = performance.now()
  let taps = 0
  await page.getByLabel('拍隐患').setInputFiles(photo)
  await page.getByRole('radio').first().click()
  taps += 1
  await page.locator('footer').getByRole('button', { name: '保存' }).and(page.locator(':enabled')).click()
  taps += 1
  await page.getByText('已保存在本机').waitFor()
  return { seconds: (performance.now() - began) / 1000, taps }
}

/** Three photos, all of them processed; then the tap on 保存. */
async function saveThree(page, visit, photo) {
  await page.goto(visit)
  await page.getByLabel('拍隐患').setInputFiles(photo)
  await page.getByRole('radio').first().click()
  for (const count of [2, 3]) {
    const camera = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: '再加' }).click()
    await (await camera).setFiles(photo)
    await page
      .locator('.slots .taken')
      .nth(count - 1)
      .waitFor({ timeout: 60_000 })
  }
  await page.waitForTimeout(1_000)
  return saveTime(page)
}

/**
 * Milliseconds from the start of an offline navigation to the frame with the list of today's compounds, by the page's
 * own clock (the driver's own words would be slowed four times as well); the service worker is asleep before.
 */
async function coldStart(context, awake, url) {
  const cdp = await context.newCDPSession(awake)
  await cdp.send('ServiceWorker.enable')
  await cdp.send('ServiceWorker.stopAllWorkers')
  await cdp.detach()
  const page = await context.newPage()
  await slow(context, page)
  await page.addInitScript(() => {
    const painted = () =>
      requestAnimationFrame(() => {
        const after = new MessageChannel()
        after.port1.onmessage = () => performance.mark('list')
        after.port2.postMessage(0)
      })
    new MutationObserver((_changes, watch) => {
      if (!document.querySelector('.stops li, .dock')) return
      watch.disconnect()
      painted()
    }).observe(document, { subtree: true, childList: true })
  })
  await page.goto(`${url}/i/today`, { waitUntil: 'commit' })
  await page.waitForTimeout(1_500)
  await page.waitForFunction(() => performance.getEntriesByName('list').length > 0)
  const took = await page.evaluate(() => performance.getEntriesByName('list')[0].startTime)
  await page.close()
  return took
}

const server = await serve()
const browser = await launch()
try {
  const context = await browser.newContext(PHONE)
  const page = await context.newPage()
  const visit = await arrive(page, context, server.url)
  const photo = await photograph(page)
  await context.setOffline(true)
  await slow(context, page)
  const captures = []
  const saves = []
  const starts = []
  for (let i = 0; i < ROUNDS; i++) {
    captures.push(await capture(page, visit, photo))
    saves.push(await saveThree(page, visit, photo))
    starts.push(await coldStart(context, page, server.url))
  }
  row(
    'photo taken to saved, offline, 4x slower',
    round(median(captures.map((each) => each.seconds))),
    's',
    10,
  )
  row('taps from photo to saved', Math.max(...captures.map((each) => each.taps)), 'taps', 3)
  row('saving a finding with 3 photos, 4x slower', Math.round(median(saves)), 'ms', 300)
  row('cold start offline to the list, 4x slower', Math.round(median(starts)), 'ms', 1500)
  row('shell without map, gzip', round(await shellSize()), 'KB', 60)
  await context.setOffline(false)
  row(
    'axe violations on the way of an inspector',
    await violations(context, server.url, visit),
    'violations',
    0,
  )
  for (const [name, score] of await lighthouse(server.url)) atLeast(`Lighthouse mobile, ${name}`, score, 95)
} finally {
  await browser.close()
  await server.stop()
}
process.exitCode = missed() ? 1 : 0

function round(value) {
  return Math.round(value * 10) / 10
}
