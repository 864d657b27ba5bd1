import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { person, PASSWORD, uuid7, type NoticeDoc } from '../e2e/api'
import { BASE, keep, RAW, run, Studio, WIDTHS } from './studio'

test('the printed notice, page by page, and the page behind its code', async () => {
  const official = await person(BASE(), 'street01')
  const notices = (await official.get<{ items: NoticeDoc[] }>('/notices?limit=100')).items
  const notice = notices.find((one) => one.items.length > 1)!
  const studio = await Studio.open(1440)
  await studio.page.goto('/')
  const signed = await studio.page.request.post('/api/session', {
    data: {
      username: 'street01',
      password: PASSWORD,
      device: { id: uuid7(), label: '打印', app_version: '0.1.0' },
    },
    headers: { 'Sec-Fetch-Site': 'same-origin' },
  })
  expect(signed.ok()).toBe(true)
  const answer = await studio.page.request.get(`/api/notices/${notice.id}/document`)
  expect(answer.ok()).toBe(true)
  const pdf = await keep('notice.pdf', await answer.body())
  await mkdir(RAW, { recursive: true })
  await run('pdftoppm', ['-png', '-r', '100', '-l', '4', pdf, join(RAW, 'paper-notice')])
  await studio.close()
  for (const width of WIDTHS) {
    const stranger = await Studio.open(width)
    await stranger.page.goto(new URL(notice.verify_url).pathname)
    await stranger.shoot({
      name: 'verify',
      path: new URL(notice.verify_url).pathname,
      languages: ['zh'],
      dark: true,
    })
    await stranger.close()
  }
})
