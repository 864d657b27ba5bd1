/** The documents of accounts, devices, areas and imports, and what is made of them. Pure. */
import { dateWeekday } from '../../i18n/dates'

export interface Named {
  id: string
  name: string
}

export interface UserDoc {
  id: string
  username: string
  display_name: string
  role: string
  organisation: Named
  path: string | null
  firm_id: string | null
  phone: string | null
  is_active: boolean
  valid_until: string | null
}

export interface DeviceDoc {
  id: string
  user: { id: string; username: string; display_name: string }
  label: string
  app_version: string
  first_seen_at: string
  last_seen_at: string
  clock_offset_ms: number | null
  unsent: number | null
  /** What the phone said of its fitness for a day without a network; null from older apps. */
  readiness: {
    persisted: boolean | null
    installed: boolean | null
    free_bytes: number | null
    oldest_unsent_at: string | null
    missing: string[]
  } | null
  /** Work that the nightly comparison could not account for. */
  gap: { lost_here: number; lost_there: number } | null
  gap_since: string | null
  revoked_at: string | null
  /** When the revoked phone had nothing left to send. */
  drained_at: string | null
}

export interface AreaDoc {
  id: string
  code: string
  level: 'city' | 'district' | 'street' | 'community'
  name: string
  path: string
}

export interface ImportFinding {
  row: number
  column: string | null
  severity: 'error' | 'warning'
  code: string
  message: string
}

export interface ImportReport {
  kind: string
  dry_run: boolean
  stored: boolean
  rows: number
  created: number
  updated: number
  unchanged: number
  error_count: number
  warning_count: number
  truncated: boolean
  findings: ImportFinding[]
}

export const FIRM_ROLES: ReadonlySet<string> = new Set(['firm_handler', 'firm_manager'])

/** Accounts whose name, account, organisation or phone contains `text`, of `role` (empty: any). */
export function matching(users: readonly UserDoc[], text: string, role: string): UserDoc[] {
  const wanted = text.trim().toLowerCase()
  return users.filter(
    (user) =>
      (role === '' || user.role === role) &&
      `${user.display_name} ${user.username} ${user.organisation.name} ${user.phone ?? ''}`
        .toLowerCase()
        .includes(wanted),
  )
}

export interface Unit extends Named {
  /** The area that most of its people have; null for firms. */
  path: string | null
  firm_id: string | null
}

/** The organisations that have accounts, by name, with the scope that their people usually get. */
export function units(users: readonly UserDoc[]): Unit[] {
  const found = new Map<string, { unit: Unit; paths: Map<string, number> }>()
  for (const user of users) {
    const { id, name } = user.organisation
    const entry = found.get(id) ?? { unit: { id, name, path: null, firm_id: user.firm_id }, paths: new Map() }
    if (user.path) entry.paths.set(user.path, (entry.paths.get(user.path) ?? 0) + 1)
    found.set(id, entry)
  }
  const all = [...found.values()].map(({ unit, paths }) => {
    const [most] = [...paths].sort((a, b) => b[1] - a[1])
    return { ...unit, path: most?.[0] ?? null }
  })
  return all.sort((a, b) => a.name.localeCompare(b.name, 'zh-CN'))
}

/** Areas as a list of choices, children under their parents, each with its depth below the first. */
export function areaChoices(areas: readonly AreaDoc[]): { path: string; name: string; depth: number }[] {
  const top = Math.min(...areas.map((area) => area.path.split('.').length))
  return [...areas]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, name }) => ({ path, name, depth: path.split('.').length - top }))
}

const WEEK = 7 * 86_400_000
/** A phone that is minutes wrong spoils the times of evidence; seconds are the network's. */
const CLOCK_MS = 60_000

export interface DeviceState {
  revoked: boolean
  /** Was not heard of for a week. */
  silent: boolean
  /** Its clock is off by more than a minute. */
  clockOff: boolean
  /** The browser may throw its data away, or it has hardly room for a day's photos. */
  unfit: 'evictable' | 'small' | null
  /** Pieces of work that nobody can account for. */
  missing: number
}

/** Room for a day: some 200 photos of half a megabyte. */
const ROOM = 100e6

export function deviceState(device: DeviceDoc, now: number): DeviceState {
  return {
    revoked: device.revoked_at !== null,
    silent: now - Date.parse(device.last_seen_at) > WEEK,
    clockOff: Math.abs(device.clock_offset_ms ?? 0) > CLOCK_MS,
    unfit:
      device.readiness?.persisted === false
        ? 'evictable'
        : (device.readiness?.free_bytes ?? ROOM) < ROOM
          ? 'small'
          : null,
    missing: (device.gap?.lost_here ?? 0) + (device.gap?.lost_there ?? 0),
  }
}

/** Devices that need a look first: a gap, unsent and silent, unsent, then by last contact. Drained ones last. */
export function byNeed(devices: readonly DeviceDoc[], now: number): DeviceDoc[] {
  const rank = (device: DeviceDoc): number => {
    const state = deviceState(device, now)
    if (state.missing > 0) return -1
    if (state.revoked) return device.drained_at || !device.unsent ? 3 : 1
    if ((device.unsent ?? 0) === 0) return 2
    return state.silent ? 0 : 1
  }
  return [...devices].sort(
    (a, b) => rank(a) - rank(b) || Date.parse(b.last_seen_at) - Date.parse(a.last_seen_at),
  )
}

/** A calendar day as the server writes it (YYYY-MM-DD), in words: 11月28日 周六. */
export const dayText = (day: string): string => dateWeekday(`${day}T12:00:00+08:00`)

/** 512 B, 34 KB, 2.1 MB */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** What became of each thing in the file of a dying phone. */
export interface OutboxReport {
  user: { id: string; display_name?: string } | null
  created_at: string | null
  dry_run: boolean
  whole: boolean
  counts: Partial<Record<OutboxOutcome, number>>
  rows: {
    what: 'command' | 'photo'
    id: string
    title: string
    outcome: OutboxOutcome
    problem: { code: string; status: number } | null
  }[]
}
export type OutboxOutcome = 'applied' | 'stored' | 'known' | 'refused' | 'missing'
