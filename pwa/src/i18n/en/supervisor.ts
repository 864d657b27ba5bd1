import type { Dictionary } from '../zh'

export const supervisor: Dictionary['supervisor'] = {
  nav: {
    map: 'Map',
    inbox: 'Inbox',
    ledger: 'Ledger',
    data: 'Data',
    bulletin: 'Bulletin',
  },
}
