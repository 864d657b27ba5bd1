/** What others measure of a page: axe on the inspector's screens, Lighthouse on the first one. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { AxeBuilder } from '@axe-core/playwright'
import { CHROMIUM, FLAGS } from './kit.mjs'

const SCREENS = ['/i/today', '/i/ready', '/i/adhoc', '/i/map', '/i/outbox', '/i/me', '/i/messages']

/** Violations of WCAG A and AA on the screens of a round, light and dark; each is named on stderr. */
export async function violations(context, url, visit) {
  const page = await context.newPage()
  let count = 0
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    for (const address of [...SCREENS.map((path) => url + path), visit]) {
      await page.goto(address)
      await page.locator('h1, h2').first().waitFor()
      await page.waitForTimeout(500)
      const found = await new AxeBuilder({ page }).analyze()
      for (const { id, nodes } of found.violations) {
        count += nodes.length
        console.error(
          `axe: ${id} on ${address}, ${colorScheme}: ${nodes.map((node) => node.target).join(', ')}`,
        )
      }
    }
  }
  await page.close()
  return count
}

/** The command of an installed Lighthouse: beside this package, or where LIGHTHOUSE says. Null when there is none. */
function command() {
  try {
    const require = createRequire(
      process.env.LIGHTHOUSE ? join(process.env.LIGHTHOUSE, 'x') : import.meta.url,
    )
    return join(dirname(require.resolve('lighthouse/package.json')), 'cli/index.js')
  } catch {
    return null
  }
}

/** Category and score (0 to 100) of the first screen as a mid-range phone meets it; nothing without Lighthouse. */
export async function lighthouse(url) {
  const cli = command()
  if (!cli) {
    console.error('Lighthouse is not installed: npm install --no-save lighthouse, or LIGHTHOUSE=its folder')
    return []
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cli, url, '--quiet', '--output=json', `--chrome-flags=${FLAGS.join(' ')}`],
    { env: { ...process.env, CHROME_PATH: CHROMIUM }, maxBuffer: 64 * 1024 * 1024 },
  )
  return Object.values(JSON.parse(stdout).categories).map(({ title, score }) => [
    title.toLowerCase(),
    Math.round(score * 100),
  ])
}
