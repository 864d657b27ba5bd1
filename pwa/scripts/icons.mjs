// Draws the PNG icons from public/icon.svg with the system's Chromium. Run by hand when the mark changes.
import { readFile, writeFile } from 'node:fs/promises'
import { chromium } from '@playwright/test'

const svg = await readFile('public/icon.svg', 'utf8')
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
const page = await browser.newPage()
// A maskable icon is cut to any shape: full ground, the mark inside the safe 80 %. iOS rounds by itself too.
const full = svg.replace(' rx="112"', '')
const safe = full
  .replace('viewBox="0 0 512 512"', 'viewBox="-64 -64 640 640"')
  .replace('<rect width="512" height="512"', '<rect x="-64" y="-64" width="640" height="640"')
for (const [name, size, source] of [
  ['icon-192', 192, svg],
  ['icon-512', 512, svg],
  ['icon-180', 180, full],
  ['icon-maskable-512', 512, safe],
]) {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(
    `<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${source}`,
  )
  await writeFile(`public/${name}.png`, await page.screenshot({ omitBackground: true }))
}
await browser.close()
