import { test } from '@playwright/test'
import { person, type FindingDoc } from '../e2e/api'
import { BASE, Studio, WIDTHS } from './studio'

// Department, legal and observer look at the office's screens, with the acts that they have not left out.
for (const user of ['dept01', 'legal01']) {
  for (const width of WIDTHS) {
    test(`${user} reads, ${width}`, async () => {
      const reader = await person(BASE(), user)
      const [first] = (await reader.get<{ items: FindingDoc[] }>('/findings?limit=1')).items
      const studio = await Studio.open(width, { user })
      const name = user.replace(/\d+$/, '')
      await studio.shoot({ name: `${name}-search`, path: `/s/search?q=${encodeURIComponent('消防')}` })
      if (first) await studio.shoot({ name: `${name}-case`, path: `/s/case/${first.id}` })
      await studio.close()
    })
  }
}
