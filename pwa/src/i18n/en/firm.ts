import type { Dictionary } from '../zh'

export const firm: Dictionary['firm'] = {
  nav: {
    items: 'Items',
    notices: 'Notices',
    outbox: 'Outbox',
    me: 'Me',
  },
}
