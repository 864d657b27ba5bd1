import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { python, RAW } from './studio'

const OUT = fileURLToPath(new URL('../../docs/screens', import.meta.url))

test('the pictures are small enough for the repository', async () => {
  const [files, largest, all] = (await python('shrink.py', RAW, OUT)).split(' ').map(Number)
  expect(files).toBeGreaterThan(60)
  expect(largest).toBeLessThanOrEqual(250_000)
  expect(all).toBeLessThan(20_000_000)
})
