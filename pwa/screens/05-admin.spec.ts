import { expect, test } from '@playwright/test'
import { keep, Studio, WIDTHS } from './studio'

for (const width of WIDTHS) {
  test(`the administrator, ${width}`, async () => {
    const sheet = await keep(
      'areas.csv',
      Buffer.from('\ufeffcode,name\n999901012,新湖街道\n99990,少一位\n999901012001,\n'),
    )
    const studio = await Studio.open(width, { user: 'admin01' })
    await studio.shoot({
      name: 'admin-people',
      path: '/a/people',
      dark: true,
      arrange: (page) => expect(page.getByText('admin01').first()).toBeVisible(),
    })
    await studio.shoot({
      name: 'admin-new-account',
      path: '/a/people',
      arrange: async (page, words) => {
        await expect(page.getByText('admin01').first()).toBeVisible()
        await page.getByRole('button', { name: words.admin.people.add }).click()
      },
    })
    await studio.shoot({
      name: 'admin-devices',
      path: '/a/devices',
      arrange: (page) => expect(page.locator('table')).toBeVisible(),
    })
    await studio.shoot({
      name: 'admin-import',
      path: '/a/imports',
      arrange: async (page, words) => {
        await page.getByLabel(words.admin.imports.choose).setInputFiles(sheet)
        await page.getByRole('button', { name: words.admin.imports.try }).click()
        await expect(page.locator('table')).toBeVisible()
      },
    })
    await studio.shoot({ name: 'admin-me', path: '/a/me' })
    await studio.close()
  })
}
