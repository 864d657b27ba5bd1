/** What must be so before someone walks into cellars for a day: green, or the one thing to do. Pure. */

export interface Facts {
  now: number
  /** ISO time until which the sign-in holds; null unknown. */
  expiresAt: string | null
  signedIn: boolean
  /** ISO time of the sign-in on this phone; null unknown, which is long ago. */
  signedInAt: string | null
  secure: boolean
  /** The browser's promise not to clear the data; null while unknown. */
  persisted: boolean | null
  /** On the home screen. iOS clears what a page stored after seven days unless it is. */
  installed: boolean
  ios: boolean
  /** Bytes free for this app; null when the browser does not tell. */
  free: number | null
  compounds: number
  /** Compounds whose outline is here: the map without a network. */
  outlines: number
  checklists: number
  /** Server clock minus phone clock, ms. */
  clockOffset: number
  /** Things unsent for more than a day. */
  old: number
  /** Bytes of the district's base map, and how many are here; null where the office has none. */
  baseMap: { size: number; have: number } | null
  location: 'granted' | 'prompt' | 'denied' | null
}

export type Name = 'session' | 'home' | 'storage' | 'space' | 'data' | 'map' | 'clock' | 'queue' | 'place'
/** `stop` do it first · `warn` keep it in mind · `ok`. */
export type Level = 'ok' | 'warn' | 'stop'

export interface Check {
  name: Name
  level: Level
}

/** A photo with its small picture, on the safe side. */
export const PHOTO_BYTES = 600_000
const FEW_PHOTOS = 200
const NO_PHOTOS = 30
const SKEW = 120_000
/** Browsers keep a new cookie in memory first: Chromium writes it within 30 s. A phone that dies before asks again. */
export const COOKIE_MS = 40_000
/** As long as a round takes. */
const ROUND = 10 * 3_600_000

/** How many photos fit into `free` bytes, rounded down to what one can read. */
export function photosThatFit(free: number): number {
  const n = Math.floor(free / PHOTO_BYTES)
  return n > 1000 ? Math.floor(n / 100) * 100 : n > 100 ? Math.floor(n / 10) * 10 : n
}

/** Milliseconds until the sign-in outlives a battery that is pulled; 0 when it does. */
export function unwritten({ now, signedInAt }: Pick<Facts, 'now' | 'signedInAt'>): number {
  const age = signedInAt === null ? COOKIE_MS : now - Date.parse(signedInAt)
  // A clock that was set back must not make anyone wait for ever.
  return age < 0 ? 0 : Math.max(0, COOKIE_MS - age)
}

/** Whether the base map can be read here, or there is none to read. */
export const mapWhole = ({ baseMap }: Pick<Facts, 'baseMap'>): boolean =>
  baseMap === null || baseMap.have >= baseMap.size

/** The checks, the most pressing first. */
export function checks(facts: Facts): Check[] {
  const left = facts.expiresAt === null ? null : Date.parse(facts.expiresAt) - facts.now
  const photos = facts.free === null ? null : photosThatFit(facts.free)
  const list: Check[] = [
    {
      name: 'session',
      level: !facts.signedIn
        ? 'stop'
        : (left !== null && left < ROUND) || unwritten(facts) > 0
          ? 'warn'
          : 'ok',
    },
    { name: 'data', level: facts.compounds > 0 && facts.checklists > 0 ? 'ok' : 'stop' },
    {
      name: 'space',
      level: photos === null ? 'ok' : photos < NO_PHOTOS ? 'stop' : photos < FEW_PHOTOS ? 'warn' : 'ok',
    },
    { name: 'storage', level: !facts.secure ? 'stop' : facts.persisted === false ? 'warn' : 'ok' },
    { name: 'home', level: facts.ios && !facts.installed ? 'stop' : 'ok' },
    {
      name: 'map',
      level: (facts.compounds > 0 && facts.outlines === 0) || !mapWhole(facts) ? 'warn' : 'ok',
    },
    { name: 'clock', level: Math.abs(facts.clockOffset) > SKEW ? 'warn' : 'ok' },
    { name: 'queue', level: facts.old > 0 ? 'warn' : 'ok' },
    { name: 'place', level: facts.location === 'denied' ? 'warn' : 'ok' },
  ]
  const rank: Record<Level, number> = { stop: 0, warn: 1, ok: 2 }
  return list.sort((a, b) => rank[a.level] - rank[b.level])
}
