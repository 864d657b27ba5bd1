import type { Dictionary } from '../zh'

export const inspector: Dictionary['inspector'] = {
  nav: {
    rounds: 'Rounds',
    map: 'Map',
    outbox: 'Outbox',
    me: 'Me',
  },
}
