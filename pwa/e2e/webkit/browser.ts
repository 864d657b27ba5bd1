/**
 * WebKit as iPhones have it, from Debian's `webkit2gtk-driver`: driven by WebDriver on a display that nobody sees.
 * Its session keeps everything in memory and ends with the browser, so nothing is killed here: Chromium is, elsewhere.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { Builder, By, Capabilities, until, type WebDriver, type WebElement } from 'selenium-webdriver'

const ARCHITECTURE = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
const BROWSER = `/usr/lib/${ARCHITECTURE}-linux-gnu/webkit2gtk-4.1/MiniBrowser`
const DRIVER = '/usr/bin/WebKitWebDriver'
const PATIENCE = 30_000

export class WebKit {
  private constructor(
    readonly driver: WebDriver,
    private readonly helpers: ChildProcess[],
  ) {}

  static here(): boolean {
    return [BROWSER, DRIVER, '/usr/bin/Xvfb'].every((path) => existsSync(path))
  }

  static async open(): Promise<WebKit> {
    const screen = await display()
    const port = await freePort()
    const environment = {
      ...process.env,
      DISPLAY: screen.name,
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      LANG: 'zh_CN.UTF-8',
    }
    const server = spawn(DRIVER, [`--port=${port}`], { env: environment, stdio: 'ignore' })
    const wanted = new Capabilities({
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': { binary: BROWSER, args: ['--automation'] },
    })
    const driver = await eventually(() =>
      new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(wanted).build(),
    )
    await driver.manage().window().setRect({ width: 390, height: 844 })
    return new WebKit(driver, [server, screen.process])
  }

  async close(): Promise<void> {
    await this.driver.quit().catch(() => undefined)
    for (const helper of this.helpers) helper.kill('SIGTERM')
  }

  go(url: string): Promise<void> {
    return this.driver.get(url)
  }

  /** The first visible element that carries these words as its text or its accessible name. */
  async find(words: string, kind = '*'): Promise<WebElement> {
    const quoted = JSON.stringify(words)
    const path = `//${kind}[contains(normalize-space(.), ${quoted}) or @aria-label=${quoted}][not(self::script)]`
    return this.driver.wait(
      async () => {
        const found = await this.driver.findElements(By.xpath(path))
        for (const element of found.reverse())
          if (await element.isDisplayed().catch(() => false)) return element
        return null
      },
      PATIENCE,
      `no ${kind} with the words ${words}`,
    ) as Promise<WebElement>
  }

  /** Presses what carries these words; what was redrawn or covered between the finding and the press is found again. */
  press(words: string, kind = 'button'): Promise<void> {
    return patient(async () => (await this.find(words, kind)).click())
  }

  /** Types into the field behind a label, or hands it a file, once it is there and stays. */
  type(label: string, text: string): Promise<void> {
    return patient(async () => (await this.field(label)).sendKeys(text))
  }

  /** The field behind a label, hidden ones (the camera's) included. */
  async field(label: string): Promise<WebElement> {
    const quoted = JSON.stringify(label)
    const path = `//*[self::input or self::textarea][@aria-label=${quoted} or @id=//label[contains(., ${quoted})]/@for or ancestor::label[contains(., ${quoted})]]`
    return this.driver.wait(until.elementLocated(By.xpath(path)), PATIENCE)
  }

  /** The text box of this name. */
  box(name: string): Promise<WebElement> {
    const path = `//*[self::input or self::textarea][@aria-label="${name}" or @id=//label[contains(., "${name}")]/@for]`
    return this.driver.wait(until.elementLocated(By.xpath(path)), PATIENCE)
  }

  async picture(): Promise<Buffer> {
    return Buffer.from(await this.driver.takeScreenshot(), 'base64')
  }

  evaluate<T>(script: string): Promise<T> {
    return this.driver.executeScript<T>(script)
  }
}

/** What a page that is being drawn may answer for a moment. */
const PASSING = [
  'StaleElementReferenceError',
  'ElementNotInteractableError',
  'ElementClickInterceptedError',
  'NoSuchElementError',
]

/** Repeats an act that met a page in the middle of its drawing; anything else is thrown at once. */
function patient(act: () => Promise<void>): Promise<void> {
  return eventually(act, PATIENCE, (error) => PASSING.includes((error as Error).name))
}

async function display(): Promise<{ name: string; process: ChildProcess }> {
  const child = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '800x1000x24'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const number = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (bytes: Buffer) => resolve(bytes.toString().trim()))
    child.once('exit', () => reject(new Error('Xvfb does not start: is the package xvfb installed?')))
    child.once('error', reject)
  })
  return { name: `:${number}`, process: child }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

async function eventually<T>(
  attempt: () => Promise<T>,
  patience = 20_000,
  passes: (error: unknown) => boolean = () => true,
): Promise<T> {
  const end = Date.now() + patience
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > end || !passes(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}
