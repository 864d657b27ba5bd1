// Photographs the gallery at phone and desktop width, to be held beside the pictures of the visual language.
// Needs a server with the built app (npm run build && npx vite preview), or BASE_URL. Usage: node scripts/gallery.mjs [folder]
import { mkdir } from 'node:fs/promises'
import { chromium } from '@playwright/test'

const out = process.argv[2] ?? 'test-results/gallery'
await mkdir(out, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
})
for (const width of [360, 1440]) {
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    deviceScaleFactor: width === 360 ? 2 : 1.5,
    reducedMotion: 'reduce',
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  })
  page.on('pageerror', (error) => console.error(error))
  await page.goto(`${process.env.BASE_URL ?? 'http://127.0.0.1:4173'}/?gallery`)
  await page.waitForSelector('.gallery')
  await page.screenshot({ path: `${out}/gallery-${width}.png`, fullPage: true })
  console.log(`${out}/gallery-${width}.png`)
  await page.close()
}
await browser.close()
