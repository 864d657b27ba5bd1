/** A signed-in phone or desk that is photographed screen by screen, in both languages and, where asked, at night. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { PASSWORD } from '../e2e/api'
import { REPOSITORY } from '../e2e/server'
import { chromium as options } from '../e2e/chromium'
import { en } from '../src/i18n/en'
import { zh, type Dictionary } from '../src/i18n/zh'

export const RAW = fileURLToPath(new URL('../playwright-report/screens/raw', import.meta.url))
export const BASE = (): string => process.env['BASE_URL']!
export const run = promisify(execFile)

export type Width = 360 | 1440
export const WIDTHS: readonly Width[] = [360, 1440]

const DICTIONARIES: Record<'zh' | 'en', Dictionary> = { zh, en }

export interface Place {
  lon: number
  lat: number
}

export interface Shot {
  name: string
  /** Where to go first; none stays where it is (then there is only the language of the last shot). */
  path?: string
  /** Brings the screen to the moment; done again for each language. */
  arrange?: (page: Page, words: Dictionary) => Promise<void>
  /** Also at night, in Chinese. */
  dark?: boolean
  languages?: readonly ('zh' | 'en')[]
}

/** Runs a script of this folder with the server's Python. Resolves with what it printed. */
export async function python(script: string, ...args: string[]): Promise<string> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await run(join(REPOSITORY, '.venv/bin/python'), [file, ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, PYTHONPATH: REPOSITORY },
  })
  return stdout.trim()
}

export class Studio {
  private constructor(
    private readonly browser: Browser,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly width: Width,
  ) {}

  /** Opens a browser of `width`; with `user` it is signed in and stands on its first screen. */
  static async open(
    width: Width,
    { user, camera, at }: { user?: string; camera?: string; at?: Place } = {},
  ): Promise<Studio> {
    const args = [...options.args, '--use-fake-ui-for-media-stream']
    if (camera) args.push('--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${camera}`)
    const browser = await chromium.launch({ ...options, args, env: { ...process.env } as never })
    const phone = width < 768
    const context = await browser.newContext({
      baseURL: BASE(),
      viewport: phone ? { width, height: 780 } : { width, height: 900 },
      deviceScaleFactor: phone ? 2 : 1,
      hasTouch: phone,
      isMobile: phone,
      reducedMotion: 'reduce',
      colorScheme: 'light',
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      permissions: camera ? ['camera', 'geolocation'] : ['geolocation'],
      geolocation: at ? { longitude: at.lon, latitude: at.lat, accuracy: 6 } : undefined,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    const studio = new Studio(browser, context, page, width)
    if (user) await studio.signIn(user)
    return studio
  }

  private async signIn(user: string): Promise<void> {
    const { page } = this
    await page.goto('/')
    await page.getByLabel(zh.app.username, { exact: true }).fill(user)
    await page.getByLabel(zh.app.password).first().fill(PASSWORD)
    await page.getByRole('button', { name: zh.app.signIn, exact: true }).click()
    await page.waitForURL(/\/[a-z]\//)
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
    // The offer to install stands over every first screen once; it has its own picture.
    const later = page.getByRole('button', { name: zh.common.close })
    if (await later.isVisible().catch(() => false)) await later.click()
  }

  /** Chinese comes last, so that whoever goes on afterwards finds Chinese words. */
  async shoot(shot: Shot): Promise<void> {
    for (const language of shot.languages ?? (['en', 'zh'] as const)) {
      await this.page.evaluate((value) => localStorage.setItem('xunjian.language', value), language)
      if (shot.path) await this.page.goto(shot.path)
      if (shot.arrange) await shot.arrange(this.page, DICTIONARIES[language])
      await this.snap(`${shot.name}-${this.width}-${language}`)
      if (shot.dark && language === 'zh') {
        await this.page.emulateMedia({ colorScheme: 'dark' })
        await this.snap(`${shot.name}-${this.width}-${language}-dark`)
        await this.page.emulateMedia({ colorScheme: 'light' })
      }
    }
    await this.page.evaluate(() => localStorage.setItem('xunjian.language', 'zh'))
  }

  private async snap(name: string): Promise<void> {
    await settled(this.page)
    await mkdir(RAW, { recursive: true })
    await this.page.screenshot({ path: join(RAW, `${name}.png`), animations: 'disabled', caret: 'hide' })
  }

  async close(): Promise<void> {
    await this.browser.close()
  }
}

/** Nothing is loading any more: no skeleton, every picture there, half a second of quiet. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined)
  await page
    .waitForFunction(
      () =>
        document.querySelector('.skeleton') === null &&
        [...document.images].every((image) => image.complete || image.loading === 'lazy'),
      undefined,
      { timeout: 12_000 },
    )
    .catch(() => undefined)
  await page.waitForTimeout(500)
}

/** Stores a file beside the pictures. */
export async function keep(name: string, bytes: Buffer): Promise<string> {
  await mkdir(RAW, { recursive: true })
  const path = join(RAW, name)
  await writeFile(path, bytes)
  return path
}
