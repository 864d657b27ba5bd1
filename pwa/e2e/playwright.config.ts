import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'
import { chromium } from './chromium'

// The fonts of a phone, so that what is measured here is what is shown there.
process.env['FONTCONFIG_FILE'] ??= fileURLToPath(new URL('../scripts/fonts.conf', import.meta.url))

/** Browser tests against the running program with the demo district (`pwa/dist` must be built). */
export default defineConfig({
  testDir: '.',
  outputDir: '../playwright-report/e2e',
  globalSetup: './setup.ts',
  // Two files at a time, each file in order: most of a test is waiting for a poll or the eight seconds of undo.
  workers: 2,
  // A shared machine may starve a browser for seconds; what fails three times is broken.
  retries: process.env['CI'] ? 2 : 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  // The story counts what is open in its street, so nobody else works there meanwhile.
  projects: [
    { name: 'others', testIgnore: 'story.spec.ts' },
    { name: 'story', testMatch: 'story.spec.ts', dependencies: ['others'] },
  ],
  use: {
    // Named by the setup before the first worker reads this file.
    baseURL: process.env['BASE_URL'],
    launchOptions: {
      ...chromium,
      args: [...chromium.args, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
    },
    viewport: { width: 360, height: 780 },
    contextOptions: { reducedMotion: 'reduce' },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    // A trace photographs every step of every test. What failed is shown by a picture; TRACE=1 shows how it came to that.
    trace: process.env['TRACE'] ? 'retain-on-failure' : process.env['CI'] ? 'on-first-retry' : 'off',
    screenshot: 'only-on-failure',
  },
})
