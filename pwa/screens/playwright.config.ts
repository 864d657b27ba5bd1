import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'

process.env['FONTCONFIG_FILE'] ??= fileURLToPath(new URL('../scripts/fonts.conf', import.meta.url))

/**
 * Photographs every screen of every face into docs/screens: `make screens`. Starts the program with a demo district
 * of its own, or uses BASE_URL. The second project makes the files small, and runs only when all pictures were taken.
 */
export default defineConfig({
  testDir: '.',
  outputDir: '../playwright-report/screens',
  globalSetup: '../e2e/setup.ts',
  workers: 1,
  fullyParallel: false,
  timeout: 1_800_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  projects: [
    { name: 'pictures', testMatch: /\d\d-.*\.spec\.ts/ },
    { name: 'small', testMatch: /small\.spec\.ts/, dependencies: ['pictures'] },
  ],
})
