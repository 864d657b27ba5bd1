/**
 * The hands on the phones: real Chromium, told line by line on standard input what to do (JSON: id, phone, act, …),
 * answering line by line on standard output (id, ok, value or error). It decides nothing and knows no faults but those
 * that only a browser can have; what is done when is the business of the bench.
 */
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { lendHands, meddle } from './page.mjs'

const { chromium } = createRequire(new URL('../../pwa/package.json', import.meta.url))('@playwright/test')
const ARGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  '--disable-extensions', '--disable-default-apps', '--mute-audio', '--disable-breakpad', '--no-default-browser-check',
]
const phones = new Map()

/** What a finger draws: a blurred box across the middle of the picture. */
async function draw(page) {
  await page.getByRole('button', { name: '在照片上画' }).click()
  const sheet = page.getByRole('img', { name: '还没有画' })
  await sheet.waitFor()
  const box = await sheet.boundingBox()
  await page.getByRole('radio', { name: '打码' }).click()
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.6, { steps: 2 })
  await page.mouse.up()
  await page.getByRole('img', { name: '画了 1 笔' }).waitFor()
  await page.getByRole('button', { name: '画好了' }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
}

async function launch(phone) {
  const context = await chromium.launchPersistentContext(phone.profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ARGS,
    viewport: { width: 360, height: 780 },
    hasTouch: true,
    isMobile: true,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    permissions: ['geolocation'],
    geolocation: phone.spot,
    offline: phone.offline,
  })
  context.setDefaultTimeout(phone.timeout)
  await context.addInitScript(meddle)
  await context.addInitScript(lendHands)
  const cdp = await context.browser().newBrowserCDPSession()
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo')
  phone.pid = processInfo.find((one) => one.type === 'browser').id
  phone.context = context
  phone.page = context.pages()[0]
  phone.page.on('pageerror', (error) => phone.errors.push(String(error.message)))
}

/** SIGKILL for a browser and its whole group. */
function strike(pid) {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
}

const acts = {
  async unpack(phone, { profile, url, spot, timeout }) {
    Object.assign(phone, { profile, url, spot, timeout, offline: false, errors: [] })
    await launch(phone)
  },
  /** Power gone: the whole process group, at once. */
  async kill(phone) {
    const gone = new Promise((resolve) => phone.context.once('close', resolve))
    strike(phone.pid)
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 5_000))])
  },
  async boot(phone) {
    phone.offline = false
    await phone.context.close().catch(() => undefined)
    await launch(phone)
  },
  /** Chromium itself allows this app not a byte more; before its database is open, since it keeps the answer for a while. */
  async quota(phone) {
    phone.quota = await phone.context.newCDPSession(phone.page)
    await phone.quota.send('Storage.overrideQuotaForOrigin', { origin: new URL(phone.url).origin, quotaSize: 1 })
  },
  /** As much as it likes again. */
  async room(phone) {
    await phone.quota?.send('Storage.overrideQuotaForOrigin', { origin: new URL(phone.url).origin })
    await phone.quota?.detach()
    phone.quota = null
  },
  async go(phone, { path }) {
    await phone.page.goto(phone.url + path, { waitUntil: 'commit' })
  },
  /** Signs in where the app asks for it; answers whether it did. */
  async enter(phone, { username, password }) {
    const { page } = phone
    await page.waitForFunction(() => globalThis.hands && document.body)
    const door = await page.evaluate(() => globalThis.hands.door())
    if (door === 'in') return false
    if (door === 'folded') await page.getByRole('region', { name: '登录已过期' }).locator('summary').click()
    const box = page.getByLabel('密码', { exact: true })
    const name = page.getByLabel('账号')
    if (await name.isEditable().catch(() => false)) await name.fill(username)
    await box.fill(password)
    await page.getByRole('button', { name: '登录' }).click()
    await box.waitFor({ state: 'hidden', timeout: 12_000 })
    return true
  },
  /** Camera files may go over this link; of all severities, or of those that the office asks for. */
  async originals(phone, { all }) {
    await phone.page.goto(`${phone.url}/i/me`)
    const names = ['原图可以走任何网络', ...(all ? ['紧急', '较重', '一般'] : [])]
    for (const name of names) {
      const box = phone.page.getByRole('checkbox', { name })
      if (await box.isEnabled()) await box.check()
    }
  },
  async controlled(phone) {
    await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  },
  /** The readiness gate says that compounds and checklists are on the phone. */
  async prepared(phone) {
    await phone.page.goto(`${phone.url}/i/ready`)
    await phone.page.getByText(/\d+ 个小区和检查表都在本机/).waitFor()
  },
  async arrive(phone, { compound }) {
    const { page } = phone
    await page.goto(`${phone.url}/i/adhoc`)
    await page.getByLabel('查找小区').fill(compound)
    await page.getByRole('button').filter({ hasText: compound }).first().click()
    await page.getByText('已到场').waitFor()
    return new URL(page.url()).pathname
  },
  /** What quick hands do in the page (page.mjs), at a place a few steps on. */
  async quick(phone, { what, spot, ...told }) {
    if (spot) await phone.context.setGeolocation(spot)
    return phone.page.evaluate(([name, given]) => globalThis.hands[name](given), [what, told])
  },
  /** A photographed hazard by real touches, up to the word that it is saved. */
  async capture(phone, { files, query, place, keep, annotate, sketch }) {
    const { page } = phone
    await page.getByLabel('拍隐患').setInputFiles(files[0])
    await page.locator('.hero img, .hero .unseen').waitFor()
    for (const file of files.slice(1)) {
      await page.locator('input[type=file][aria-hidden=true]').setInputFiles(file)
    }
    if (sketch) await draw(page)
    await page.getByRole('searchbox').fill(query)
    const region = page.getByRole('region', { name: '在什么位置' })
    await region.getByRole('button', { expanded: false }).click()
    await page.getByRole('textbox', { name: '在什么位置' }).fill(place)
    if (annotate) await page.getByLabel('现场情况').fill(`${place} 改过一次`).catch(() => undefined)
    if (!keep) {
      await page.getByRole('main').getByRole('button', { name: '关闭' }).click()
      return { saved: false }
    }
    const word = page.getByText('已保存在本机')
    await word.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: '保存' }).click()
    await word.waitFor()
    return { saved: true, drawn: !!sketch }
  },
  async answer(phone) {
    const { page } = phone
    const group = page.getByRole('button', { name: /余 \d+/ }).first()
    if (!(await group.isVisible())) return false
    await group.click()
    await page.getByRole('radio', { name: /合格|正常/ }).or(page.getByRole('button', { name: /合格|正常/ })).first().click()
    return true
  },
  async offline(phone, { on }) {
    phone.offline = on
    await phone.context.setOffline(on)
  },
  async skew(phone, { ms }) {
    await phone.page.evaluate((value) => localStorage.setItem('bench.skew', String(value)), ms)
  },
  /** A photograph where there is no room for it: the app must say so, and nothing may be called saved. */
  async refused(phone, { file }) {
    const { page } = phone
    await page.getByLabel('拍隐患').setInputFiles(file)
    await page.getByText(/没存上/).first().waitFor({ timeout: 15_000 })
    if (await page.getByText('已保存在本机').isVisible()) throw new Error('called saved on a full disk')
    return { refused: await page.evaluate(() => globalThis.benchFull) }
  },
  /** As WebKit does under memory pressure. */
  async closeDatabase(phone) {
    return phone.page.evaluate(() => {
      const closed = globalThis.benchConnections.size
      for (const db of globalThis.benchConnections) {
        db.close()
        db.dispatchEvent(new Event('close'))
      }
      globalThis.benchConnections.clear()
      return { closed }
    })
  },
  async tab(phone, { path }) {
    const page = await phone.context.newPage()
    await page.goto(phone.url + path, { waitUntil: 'commit' })
    phone.tabs = [...(phone.tabs ?? []), phone.page]
    phone.page = page
  },
  async closeTab(phone) {
    const old = phone.tabs?.pop()
    await old?.close().catch(() => undefined)
  },
  /** Looks for a new version, and takes it where the app offers it: not in the middle of sending. */
  async update(phone) {
    const waits = await phone.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration()
      await registration?.update()
      for (let i = 0; i < 100 && !registration?.waiting; i += 1) await new Promise((resolve) => setTimeout(resolve, 50))
      return !!registration?.waiting
    })
    if (!waits) return { waits, taken: false }
    return phone.page.getByRole('button', { name: '换新版本' }).click({ timeout: 6_000 }).then(
      () => ({ waits, taken: true }),
      () => ({ waits, taken: false }),
    )
  },
  /** Whether a new version is on the phone that the app does not run yet. */
  async waits(phone) {
    return phone.page.evaluate(async () => !!(await navigator.serviceWorker.getRegistration())?.waiting)
  },
  async reload(phone) {
    await phone.page.reload({ waitUntil: 'commit' })
  },
  /** How much the phone still holds; asked from a screen that does not draw it all anew with every photo that goes. */
  async owed(phone) {
    const { page } = phone
    if (!page.url().endsWith('/i/me')) await page.goto(`${phone.url}/i/me`, { waitUntil: 'commit' })
    await page.waitForFunction(() => globalThis.hands)
    return page.evaluate(async () => {
      const [outbox, photos] = [await globalThis.hands.rows('outbox'), await globalThis.hands.rows('photos')]
      const owed = (state) => state === 'queued' || state === 'attention'
      return [
        outbox.filter((row) => row.state !== 'confirmed').length,
        photos.filter((row) => owed(row.state)).length,
        photos.filter((row) => row.state !== 'draft' && owed(row.original?.state)).length,
      ]
    })
  },
  /** What the phone itself holds that the server has not confirmed, and the words of its screen for it. */
  async held(phone) {
    const { page } = phone
    if (!page.url().endsWith('/i/outbox')) {
      await page.goto(`${phone.url}/i/outbox`, { waitUntil: 'commit' })
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForTimeout(300)
    }
    const title = (await page.getByRole('heading', { level: 1 }).textContent()) ?? ''
    const rows = await page.evaluate(async () => {
      const [outbox, photos] = [await globalThis.hands.rows('outbox'), await globalThis.hands.rows('photos')]
      const facts = (row) => ({ id: row.id, state: row.state, owner: row.owner_id, command: row.command_id, problem: row.problem })
      return {
        commands: outbox
          .filter((row) => row.state !== 'confirmed')
          .map((row) => ({ id: row.id, kind: row.command, state: row.state, place: row.body?.place ?? null, problem: row.problem })),
        photos: photos.filter((row) => row.state === 'queued' || row.state === 'attention').map(facts),
        originals: photos
          .filter((row) => row.original && row.state !== 'draft' && ['queued', 'attention'].includes(row.original.state))
          .map((row) => ({ ...facts(row), state: row.original.state, problem: row.original.problem ?? null })),
        kept: photos.map((row) => row.original_sha256).filter(Boolean),
      }
    })
    return { title, ...rows, errors: phone.errors }
  },
  async signOut(phone) {
    const { page } = phone
    await page.goto(`${phone.url}/i/me`, { waitUntil: 'commit' })
    await page.getByRole('button', { name: '退出登录' }).click()
    const anyway = page.getByRole('dialog').getByRole('button', { name: /^退出/ })
    await anyway.click({ timeout: 1_500 }).catch(() => undefined)
    await page.getByLabel('密码', { exact: true }).waitFor({ timeout: 8_000 }) // it needs the server
  },
  async screenshot(phone, { path }) {
    await phone.page.screenshot({ path })
  },
  async putAway(phone) {
    await phone.context.close().catch(() => undefined)
  },
}

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`)
const told = createInterface({ input: process.stdin })
told.on('close', () => {
  for (const phone of phones.values()) if (phone.pid) strike(phone.pid)
  process.exit()
})
told.on('line', (line) => {
  const { id, phone: name, act, ...rest } = JSON.parse(line)
  const phone = phones.get(name) ?? {}
  phones.set(name, phone)
  acts[act](phone, rest).then(
    (value) => say({ id, ok: true, value: value ?? null }),
    (error) => say({ id, ok: false, error: String(error?.message ?? error).split('\n').slice(0, 3).join(' ') }),
  )
})
process.on('unhandledRejection', (error) => process.stderr.write(`${error}\n`))
