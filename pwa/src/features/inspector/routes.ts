/** The addresses of the inspector's face. */
import type { Route } from '../../app/router.svelte'

export type Screen =
  | 'today'
  | 'ready'
  | 'adhoc'
  | 'visit'
  | 'roll'
  | 'write'
  | 'slip'
  | 'slip-write'
  | 'case'
  | 'review'
  | 'outbox'
  | 'map'
  | 'me'
  | 'messages'

export const ROUTES: Route<Screen>[] = [
  { pattern: '/i', to: 'today' },
  { pattern: '/i/today', to: 'today' },
  { pattern: '/i/ready', to: 'ready' },
  { pattern: '/i/adhoc', to: 'adhoc' },
  { pattern: '/i/visit/:id', to: 'visit' },
  { pattern: '/i/visit/:id/slip', to: 'slip-write' },
  { pattern: '/i/slip/:id', to: 'slip' },
  { pattern: '/i/roll/:id', to: 'roll' },
  { pattern: '/i/write/:id', to: 'write' },
  { pattern: '/i/case/:id', to: 'case' },
  { pattern: '/i/review/:id', to: 'review' },
  { pattern: '/i/outbox', to: 'outbox' },
  { pattern: '/i/map', to: 'map' },
  { pattern: '/i/me', to: 'me' },
  { pattern: '/i/messages', to: 'messages' },
  { pattern: '/i/messages/settings', to: 'messages' },
]

/** Where the tab bar stands; elsewhere the thumb's place belongs to the work. */
export const TABBED: readonly Screen[] = ['today', 'adhoc', 'outbox', 'map', 'me', 'messages']
