/** Phones for the story: a network that can really be cut, a browser that can be killed, and what hands do on a screen. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, expect, type BrowserContext, type Locator, type Page } from '@playwright/test'
import { chromium as options } from './chromium'
import { PASSWORD } from './api'

/** A relay between phones and the server. Cut, it refuses every connection, whatever the browser thinks of its network. */
export class Mast {
  /** Connections that were tried while the network was away. */
  refused = 0
  private down = false
  private readonly sockets = new Set<Socket>()

  private constructor(private readonly server: Server) {}

  static async before(url: string): Promise<Mast> {
    const { hostname, port } = new URL(url)
    const server = createServer()
    const mast = new Mast(server)
    server.on('connection', (phone) => {
      if (mast.down) {
        mast.refused += 1
        phone.destroy()
        return
      }
      const far = connect(Number(port), hostname)
      for (const [socket, other] of [
        [phone, far],
        [far, phone],
      ] as const) {
        mast.sockets.add(socket)
        socket.on('error', () => other.destroy())
        socket.on('close', () => {
          mast.sockets.delete(socket)
          other.destroy()
        })
        socket.pipe(other)
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return mast
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  cut(): void {
    this.down = true
    for (const socket of this.sockets) socket.destroy()
  }

  mend(): void {
    this.down = false
  }

  close(): Promise<void> {
    this.cut()
    return new Promise((resolve) => this.server.close(() => resolve()))
  }
}

export interface Spot {
  longitude: number
  latitude: number
  accuracy: number
}

/** A phone of 360 × 780 with a profile on the disk, so that it can die and be switched on again. */
export class Phone {
  readonly errors: string[] = []
  private constructor(
    readonly mast: Mast,
    private readonly spot: Spot,
    private readonly profile: string,
    private context: BrowserContext,
    public page: Page,
  ) {}

  static async unpack(mast: Mast, spot: Spot): Promise<Phone> {
    const profile = await mkdtemp(join(tmpdir(), 'xunjian-phone-'))
    const context = await start(profile, spot, false)
    const phone = new Phone(mast, spot, profile, context, context.pages()[0]!)
    phone.listen()
    return phone
  }

  private listen(): void {
    this.page.on('pageerror', (error) => this.errors.push(error.message))
  }

  async signIn(username: string): Promise<void> {
    const { page } = this
    await page.goto(this.mast.url)
    await page.getByLabel('账号').fill(username)
    await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
    await page.getByRole('button', { name: '登录' }).click()
    await page.waitForURL('**/i/today')
    // From here on the app opens without a network.
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  }

  /** No network, as in a cellar: the browser is told, and nothing would get through if it were not. */
  async loseNetwork(): Promise<void> {
    this.mast.cut()
    await this.context.setOffline(true)
  }

  async findNetwork(): Promise<void> {
    this.mast.mend()
    await this.context.setOffline(false)
  }

  /**
   * The app is closed by its person, and its browser puts everything on the disk: Chromium keeps a new cookie in
   * memory for up to thirty seconds, so one who signs in and whose phone dies at once has to sign in again.
   */
  close(): Promise<void> {
    return this.context.close()
  }

  /** Power gone: every process of the browser ends by SIGKILL, without a word to the page. */
  async die(): Promise<void> {
    const session = await this.context.browser()!.newBrowserCDPSession()
    const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as {
      processInfo: { type: string; id: number }[]
    }
    const pids = processInfo.sort((a) => (a.type === 'browser' ? -1 : 1)).map((process) => process.id)
    const closed = new Promise((resolve) => this.context.once('close', resolve))
    for (const pid of pids) kill(pid)
    await closed
    await expect.poll(() => pids.filter(alive)).toEqual([])
  }

  /** Opened again where there is no network. */
  async reopen(): Promise<void> {
    this.context = await start(this.profile, this.spot, true)
    this.page = this.context.pages()[0]!
    this.listen()
    this.mast.cut()
    await this.page.goto(this.mast.url)
  }

  async putAway(): Promise<void> {
    await this.close().catch(() => undefined)
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  /** Takes a photo: whatever `opens` opens the camera, which hands over `file`. */
  async shoot(opens: Locator, file: string): Promise<void> {
    const camera = this.page.waitForEvent('filechooser')
    await opens.click()
    await (await camera).setFiles(file)
  }
}

function start(profile: string, geolocation: Spot, offline: boolean): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    ...options,
    viewport: { width: 360, height: 780 },
    hasTouch: true,
    isMobile: true,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    permissions: ['geolocation'],
    geolocation,
    offline,
  })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // Children of the browser may have gone with it.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
