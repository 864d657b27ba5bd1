import type { Dictionary } from '../zh'

export const admin: Dictionary['admin'] = {
  nav: {
    people: 'People',
    places: 'Places',
    imports: 'Imports',
    system: 'System',
  },
}
