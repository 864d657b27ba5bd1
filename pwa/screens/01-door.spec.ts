import { test } from '@playwright/test'
import { Studio, WIDTHS } from './studio'

for (const width of WIDTHS) {
  test(`the door, ${width}`, async () => {
    const studio = await Studio.open(width)
    await studio.page.goto('/')
    await studio.shoot({ name: 'sign-in', path: '/', dark: true })
    await studio.close()
  })
}
