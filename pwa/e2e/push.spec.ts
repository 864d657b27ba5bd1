/** Web push in a browser: what arrives at the service worker is shown, and pressing it opens its page. */
import { expect, test } from '@playwright/test'
import { PASSWORD } from './api'

test('a push is shown as a notification, with words, tag and the page it leads to', async ({ browser }) => {
  const context = await browser.newContext({
    permissions: ['notifications'],
    baseURL: process.env['BASE_URL'],
  })
  const page = await context.newPage()
  await page.goto('/')
  await page.getByLabel('账号').fill('inspector02')
  await page.getByLabel('密码', { exact: false }).first().fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL('**/i/today')
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  const session = await context.newCDPSession(page)
  const registered = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      if (registrations[0]) resolve(registrations[0].registrationId)
    })
  })
  await session.send('ServiceWorker.enable')
  const data = { id: 'm-1', title: '新的巡查', body: '明天 5 个小区', link: '/i/messages' }
  await session.send('ServiceWorker.deliverPushMessage', {
    origin: new URL(page.url()).origin,
    registrationId: await registered,
    data: JSON.stringify(data),
  })
  const shown = (): Promise<{ title: string; body: string; tag: string; link: string }[]> =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready
      const all = await registration.getNotifications()
      return all.map(({ title, body, tag, data: more }) => ({
        title,
        body,
        tag,
        link: (more as { link: string }).link,
      }))
    })
  await expect
    .poll(shown)
    .toEqual([{ title: '新的巡查', body: '明天 5 个小区', tag: 'm-1', link: '/i/messages' }])
  await context.close()
})
