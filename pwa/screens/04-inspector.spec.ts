import { expect, test } from '@playwright/test'
import { person } from '../e2e/api'
import { BASE, keep, python, Studio, type Place } from './studio'

interface Pulled {
  items: {
    compounds: { id: string; name: string; centre: Place }[]
    visits: { id: string; compound_id: string; seq: number; state: string; inspector_id: string }[]
    findings: {
      id: string
      compound_id: string
      state: string
      position: Place | null
      found_by: { id: string }
    }[]
  }
  cursor: string
  more: boolean
}

test('the inspector, 360', async () => {
  const inspector = await person(BASE(), 'inspector01')
  const all: Pulled['items'] = { compounds: [], visits: [], findings: [] }
  let page: Pulled | null = null
  do {
    const query: string = page === null ? '' : `?cursor=${encodeURIComponent(page.cursor)}`
    page = await inspector.get<Pulled>(`/sync/changes${query}`)
    all.compounds.push(...page.items.compounds)
    all.visits.push(...page.items.visits)
    all.findings.push(...page.items.findings)
  } while (page.more)
  const next = all.visits.filter((visit) => visit.state === 'planned').sort((a, b) => a.seq - b.seq)[0]!
  const compound = all.compounds.find((one) => one.id === next.compound_id)!
  const there = all.findings.filter((finding) => finding.compound_id === compound.id && finding.position)
  const at = there[0]?.position ?? compound.centre
  const photo = await keep('hazard.jpg', Buffer.alloc(0))
  await python('camera.py', 'jpeg', 'FP-02', '0', 'O', photo)

  const studio = await Studio.open(360, { user: 'inspector01', at })
  const phone = studio.page
  await studio.shoot({ name: 'ready', path: '/i/ready' })
  await studio.shoot({ name: 'today', path: '/i/today', dark: true })
  await studio.shoot({ name: 'walk-map', path: '/i/map', dark: true })
  await studio.shoot({ name: 'adhoc', path: '/i/adhoc' })
  await studio.shoot({ name: 'arrive', path: `/i/visit/${next.id}` })
  await phone.goto(`/i/visit/${next.id}`)
  await phone.getByRole('button', { name: '到场签到' }).click()
  await expect(phone.getByLabel('拍隐患')).toBeAttached()
  await studio.shoot({ name: 'visit', path: `/i/visit/${next.id}`, dark: true })

  // From here on without a network: this is how it is used.
  await phone.goto(`/i/visit/${next.id}`)
  await expect(phone.getByLabel('拍隐患')).toBeAttached()
  await studio.context.setOffline(true)
  await phone.getByLabel('拍隐患').setInputFiles(photo)
  await phone.waitForURL(/\/i\/write\//)
  await phone.waitForTimeout(1_500)
  await studio.shoot({
    name: 'finding',
    path: new URL(phone.url()).pathname,
    dark: true,
    arrange: async (screen, words) => {
      const search = screen.getByLabel(words.inspector.finding.search).first()
      await search.fill('xfc')
      await screen
        .getByRole('option')
        .or(screen.getByRole('radio'))
        .first()
        .waitFor({ timeout: 5_000 })
        .catch(() => undefined)
    },
  })
  const writing = new URL(phone.url()).pathname
  await studio.shoot({
    name: 'sketch',
    path: writing,
    languages: ['zh'],
    arrange: async (screen, words) => {
      await screen.getByRole('button', { name: words.inspector.sketch.open }).click()
      const box = (await screen.locator('dialog .fit').boundingBox())!
      const stroke = async (tool: string, from: [number, number], to: [number, number]): Promise<void> => {
        await screen.getByRole('radio', { name: tool }).click()
        await screen.mouse.move(box.x + box.width * from[0], box.y + box.height * from[1])
        await screen.mouse.down()
        await screen.mouse.move(box.x + box.width * to[0], box.y + box.height * to[1], { steps: 4 })
        await screen.mouse.up()
      }
      await stroke(words.inspector.sketch.arrow, [0.12, 0.2], [0.38, 0.5])
      await stroke(words.inspector.sketch.circle, [0.22, 0.42], [0.82, 0.68])
      await stroke(words.inspector.sketch.blur, [0.72, 0.16], [0.92, 0.3])
    },
  })
  await studio.shoot({
    name: 'pin',
    path: writing,
    dark: true,
    languages: ['zh'],
    arrange: (screen, words) =>
      screen.getByRole('button', { name: words.inspector.finding.movePin }).last().click(),
  })
  await phone.goto(writing)
  await phone.getByRole('searchbox').first().fill('xfc')
  await phone.getByRole('button', { name: '保存' }).first().click()
  await phone.waitForURL(/\/i\/visit\//)
  await phone.goto(`/i/roll/${next.id}`)
  for (const count of [1, 2]) {
    await phone.getByLabel('接着拍').setInputFiles(photo)
    await expect(phone.getByRole('link').filter({ hasText: '还没选是什么问题' })).toHaveCount(count)
  }
  await studio.shoot({ name: 'roll', path: `/i/roll/${next.id}`, dark: true })
  await studio.shoot({
    name: 'leave',
    path: `/i/visit/${next.id}`,
    dark: true,
    arrange: (screen, words) => screen.getByRole('button', { name: words.common.dock.leave }).click(),
  })
  await studio.shoot({ name: 'outbox', path: '/i/outbox', dark: true })
  await studio.context.setOffline(false)
  await phone.goto('/i/outbox')
  await expect(phone.getByText('都送到局里了').first()).toBeVisible({ timeout: 60_000 })

  const others = all.findings.filter(
    (finding) => finding.found_by.id !== inspector.me.user.id && /replied|reviewing/.test(finding.state),
  )
  await studio.shoot({ name: 'field-case', path: `/i/case/${(others[0] ?? all.findings[0]!).id}` })
  if (others[0]) await studio.shoot({ name: 'review', path: `/i/review/${others[0].id}` })
  await studio.shoot({ name: 'me', path: '/i/me' })
  await studio.close()
})

test('the inspector at a desk, 1440', async () => {
  const studio = await Studio.open(1440, { user: 'inspector01' })
  await studio.shoot({ name: 'today', path: '/i/today' })
  await studio.shoot({ name: 'walk-map', path: '/i/map' })
  await studio.shoot({ name: 'outbox', path: '/i/outbox' })
  await studio.shoot({ name: 'me', path: '/i/me' })
  await studio.close()
})
