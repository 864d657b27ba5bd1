import { expect, test } from '@playwright/test'
import { chromium } from './chromium'
import { person } from './api'
import { desk, noViolations } from './supervisor.kit'

/** A computer that cannot draw a map: the office's work must not depend on it. */
test.use({ launchOptions: { ...chromium, args: [...chromium.args, '--disable-3d-apis'] } })

const BASE = (): string => process.env['BASE_URL']!

test('without WebGL a sentence stands where the map would be, and list and filters work', async ({
  browser,
}) => {
  const official = await person(BASE(), 'street01')
  const { page, context, errors } = await desk(browser, BASE(), 'street01')
  await page.goto('/s/map')
  await expect(page.getByText('这台设备画不出地图。')).toBeVisible()
  const counts = await official.get<{ total: number; by_status: Record<string, number> }>('/map/counts')
  await expect(page.getByRole('heading', { level: 1 })).toContainText(String(counts.total))
  await page.getByRole('checkbox', { name: /待整改/ }).uncheck()
  await page.getByRole('checkbox', { name: /已回复待复查/ }).uncheck()
  await expect(page).toHaveURL(/status=overdue/)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(String(counts.by_status['overdue']))
  const rows = page.getByRole('region', { name: '列表' }).locator('button[data-id]')
  await expect(rows.first()).toContainText('逾期')
  await page.keyboard.press('j')
  await expect(
    page.getByRole('region', { name: /./ }).filter({ hasText: '环环相扣，已核验' }).first(),
  ).toBeVisible()
  await noViolations(page)
  await page.keyboard.press('Escape')
  await expect(page).not.toHaveURL(/case=/)
  expect(errors).toEqual([])
  await context.close()
})
