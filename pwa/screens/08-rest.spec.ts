import { test } from '@playwright/test'
import { Studio, WIDTHS } from './studio'

/** Screens that show something as soon as they are opened: who, and where. */
const DESKS: Record<string, readonly (readonly [name: string, path: string])[]> = {
  street01: [
    ['transfers', '/s/transfers'],
    ['requests', '/s/requests'],
    ['proposals', '/s/proposals'],
    ['measures', '/s/measures'],
    ['devices', '/s/devices'],
    ['messages', '/s/messages'],
    ['message-settings', '/s/messages/settings'],
  ],
  firm01: [
    ['firm-measures', '/f/measures'],
    ['firm-messages', '/f/messages'],
  ],
  admin01: [
    ['admin-documents', '/a/documents'],
    ['admin-ladder', '/a/ladder'],
    ['admin-calendar', '/a/calendar'],
    ['admin-deliveries', '/a/deliveries'],
  ],
  dept01: [['dept-transfers', '/s/transfers']],
  inspector01: [['field-messages', '/i/messages']],
}

for (const [user, screens] of Object.entries(DESKS)) {
  for (const width of WIDTHS) {
    test(`${user}, what opens by itself, ${width}`, async () => {
      const studio = await Studio.open(width, { user })
      for (const [name, path] of screens) await studio.shoot({ name, path })
      await studio.close()
    })
  }
}
