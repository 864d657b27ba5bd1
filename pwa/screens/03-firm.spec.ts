import { expect, test } from '@playwright/test'
import { person, uuid7, type FindingDoc, type NoticeDoc } from '../e2e/api'
import { issueTo } from './stage'
import { BASE, keep, python, Studio, WIDTHS } from './studio'

interface CaseDoc extends FindingDoc {
  photos: { kind: string; stage: string; sha256: string }[]
}

test.describe.configure({ mode: 'serial' })
let film = ''
let notice: NoticeDoc

test.beforeAll(async () => {
  const firm = await person(BASE(), 'firm01')
  notice = await issueTo(await person(BASE(), 'street01'), firm.me.user.firm!.id)
  const finding = await firm.get<CaseDoc>(`/findings/${notice.items[0]!.finding_id}`)
  const before = finding.photos.find((photo) => photo.stage === 'before' && photo.kind === 'O')
  film = await keep('camera.mjpeg', Buffer.alloc(0))
  await python('camera.py', 'mjpeg', finding.item_code, before?.sha256 ?? '', film)
})

test('before signing', async () => {
  for (const width of WIDTHS) {
    const studio = await Studio.open(width, { user: 'firm01' })
    await expect(studio.page.getByText('待签收').first()).toBeVisible()
    await studio.shoot({ name: 'firm-items', path: '/f/items', dark: true })
    await studio.shoot({ name: 'firm-unsigned', path: `/f/notices/${notice.id}` })
    await studio.shoot({
      name: 'firm-receipt',
      path: `/f/notices/${notice.id}`,
      arrange: (page, words) => page.getByRole('button', { name: words.firm.receipt.act }).click(),
    })
    await studio.close()
  }
})

test('signed: the item, its camera, its answer', async () => {
  const firm = await person(BASE(), 'firm01')
  await firm.act('acknowledge_notice', {
    notice_id: notice.id,
    name: '刘某',
    title: '项目经理',
    phone: '10000000009',
  })
  for (const width of WIDTHS) {
    const studio = await Studio.open(width, { user: 'firm01', camera: film })
    const { page } = studio
    await studio.shoot({
      name: 'firm-item',
      path: `/f/notices/${notice.id}`,
      dark: true,
      arrange: async () => {
        await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0)
        await page.waitForTimeout(1_500)
      },
    })
    await page.getByRole('button', { name: /^拍整改后照片/ }).click()
    await expect(page.getByRole('button', { name: '去掉这张' })).toHaveCount(1)
    await page.getByLabel('整改说明').fill('石墩已清走，道闸常开，有人值守。')
    await page.waitForTimeout(1_000)
    await studio.shoot({
      name: 'firm-answer',
      path: `/f/notices/${notice.id}`,
      arrange: async () => {
        await expect(page.getByRole('button', { name: /去掉|Remove/ })).toHaveCount(1)
        await page.getByRole('button', { name: /去掉|Remove/ }).scrollIntoViewIfNeeded()
        await page.mouse.wheel(0, 260)
      },
    })
    await studio.close()
  }
})

test('without a network, and the rest', async () => {
  const firm = await person(BASE(), 'firm01')
  const notices = (await firm.get<{ items: NoticeDoc[] }>('/notices?limit=100')).items
  const second = notices.find((one) => one.order_no > 1)
  const answered = notices.find(
    (one) => one.items.some((item) => item.state === 'answered') && one.id !== notice.id,
  )!
  const open = answered.items.find((item) => item.state === 'answered')!
  await (
    await person(BASE(), 'district-inspector01')
  ).act('review_finding', {
    review_id: uuid7(),
    finding_id: open.finding_id,
    passed: false,
    text: '现场还有没清走的，和回复的照片不一样。',
    reviewed_at: new Date().toISOString(),
    photos: [],
  })
  for (const width of WIDTHS) {
    const studio = await Studio.open(width, { user: 'firm01' })
    const { page } = studio
    await studio.shoot({
      name: 'firm-failed',
      path: `/f/notices/${answered.id}?item=${open.finding_id}`,
      arrange: (at, words) => expect(at.getByText(words.firm.answer.failed).first()).toBeVisible(),
    })
    if (second) await studio.shoot({ name: 'firm-again', path: `/f/notices/${second.id}` })
    await studio.shoot({ name: 'firm-notices', path: '/f/notices' })
    if (width === 360) {
      const other = notice.items[1] ?? notice.items[0]!
      await page.goto(`/f/notices/${notice.id}?item=${other.finding_id}`)
      await page.getByLabel('整改说明').fill('自动断电装置已装好，消防器材补齐。')
      await studio.context.setOffline(true)
      await page.getByRole('button', { name: '送出回复' }).first().click()
      await expect(page.getByText('送到局里才算回复')).toBeVisible()
      await studio.shoot({ name: 'firm-offline', path: `/f/notices/${notice.id}?item=${other.finding_id}` })
      await studio.shoot({ name: 'firm-outbox', path: '/f/outbox' })
      await studio.context.setOffline(false)
      await studio.shoot({ name: 'firm-me', path: '/f/me' })
    }
    await studio.close()
  }
})
