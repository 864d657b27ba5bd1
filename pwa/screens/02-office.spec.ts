import { expect, test } from '@playwright/test'
import { person, type FindingDoc, type NoticeDoc } from '../e2e/api'
import { BASE, Studio, WIDTHS } from './studio'

interface Page<T> {
  items: T[]
}

test.describe.configure({ mode: 'serial' })

for (const width of WIDTHS) {
  test(`the office, ${width}`, async () => {
    const official = await person(BASE(), 'street01')
    const cases = async (query: string): Promise<FindingDoc[]> =>
      (await official.get<Page<FindingDoc>>(`/findings?${query}&limit=50`)).items
    const replied = (await cases('inbox=review')).find((finding) => finding.item_code === 'FP-02')
    const waiting = await cases('inbox=triage')
    const notices = (await official.get<Page<NoticeDoc>>('/notices?limit=100')).items
    const studio = await Studio.open(width, { user: 'street01' })
    await studio.shoot({
      name: 'map',
      path: '/s/map',
      dark: true,
      arrange: async (page) => {
        if (width > 768) await expect(page.locator('canvas').first()).toBeVisible()
        await page.waitForTimeout(2_500)
      },
    })
    if (width === 360) {
      await studio.shoot({
        name: 'map-plan',
        path: '/s/map',
        arrange: async (page, words) => {
          await page.getByRole('radio', { name: words.supervisor.nav.map }).check()
          await page.waitForTimeout(3_000)
        },
      })
    }
    await studio.shoot({
      name: 'map-case',
      path: `/s/map?case=${replied!.id}`,
      arrange: (page) => page.waitForTimeout(2_500),
    })
    await studio.shoot({ name: 'inbox', path: '/s/inbox/triage', dark: true })
    await studio.shoot({ name: 'triage', path: `/s/inbox/triage?f=${waiting[0]!.id}` })
    await studio.shoot({ name: 'review-inbox', path: '/s/inbox/review' })
    await studio.shoot({ name: 'case', path: `/s/case/${replied!.id}`, dark: true })
    await studio.shoot({ name: 'notices', path: '/s/notices' })
    const signed = notices.find((notice) => notice.state === 'acknowledged' && notice.items.length > 1)
    await studio.shoot({ name: 'notice', path: `/s/notices/${(signed ?? notices[0]!).id}` })
    await studio.shoot({ name: 'search', path: `/s/search?q=${encodeURIComponent('汀禾苑')}` })
    if (width === 360) await studio.shoot({ name: 'office-me', path: '/s/me' })
    await studio.close()
  })
}

test('a notice in the making', async () => {
  const official = await person(BASE(), 'street01')
  const waiting = (await official.get<Page<FindingDoc>>('/findings?inbox=triage&limit=50')).items
  const firm = (await person(BASE(), 'firm01')).me.user.firm!.id
  const two = waiting.filter((finding) => finding.firm?.id === firm && finding.compound_name === '汀禾苑')
  for (const { id } of two) await official.act('confirm_finding', { finding_id: id })
  const query = two.map((finding) => `f=${finding.id}`).join('&')
  for (const width of WIDTHS) {
    const studio = await Studio.open(width, { user: 'street01' })
    await studio.shoot({ name: 'issue', path: `/s/issue?${query}` })
    await studio.close()
  }
})
