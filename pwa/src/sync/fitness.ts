/** How fit this phone is for a day without a network: asked of browser and database, for the gate and for the office. */
import { read } from '../db'
import { checks, type Facts } from '../domain/readiness'
import { baseMaps, type BaseMap } from './basemap'
import { unanswered, unsentPhotos } from './outboxStore'

const DAY = 86_400_000

export interface Fitness extends Facts {
  /** ISO time of the oldest thing that the server does not have; null when there is none. */
  oldestUnsentAt: string | null
}

/** The facts of the gate for one user. Rejects with StorageError. */
export async function fitness(userId: string, signedIn: boolean): Promise<Fitness> {
  const now = Date.now()
  const estimate = await navigator.storage?.estimate?.()
  const permission = await navigator.permissions?.query({ name: 'geolocation' }).catch(() => null)
  const held = await read(['compounds', 'catalogue', 'outbox', 'photos', 'identity'], async (tx) => {
    const compounds = await tx.objectStore('compounds').getAll()
    const rows = await unanswered(tx, userId)
    const photos = await unsentPhotos(tx, userId)
    const times = [...rows.map((row) => row.created_at), ...photos.map((photo) => photo.captured_at)]
    const me = await tx.objectStore('identity').get('me')
    return {
      compounds: compounds.length,
      outlines: compounds.filter((row) => !!(row.data as { outline?: unknown } | null)?.outline).length,
      checklists: await tx.objectStore('catalogue').index('by_kind').count('checklist'),
      times: times.map((time) => Date.parse(time)),
      expiresAt: me?.expires_at ?? null,
      signedInAt: me?.signed_in_at ?? null,
      clockOffset: me?.clock_offset_ms ?? 0,
    }
  })
  const { maps } = await baseMaps()
  const { times, ...counts } = held
  const oldest = times.length > 0 ? Math.min(...times) : null
  return {
    ...counts,
    now,
    signedIn,
    secure: window.isSecureContext,
    persisted: (await navigator.storage?.persisted?.()) ?? null,
    installed: isInstalled(),
    ios: /iPhone|iPad/.test(navigator.userAgent),
    free: estimate?.quota === undefined ? null : estimate.quota - (estimate.usage ?? 0),
    old: times.filter((time) => time < now - DAY).length,
    oldestUnsentAt: oldest === null ? null : new Date(oldest).toISOString(),
    location: permission?.state ?? null,
    baseMap: maps.length === 0 ? null : sizeOf(maps),
  }
}

/** Bytes of all maps, and how many of them can be read here; one that is being replaced still counts. */
const sizeOf = (maps: readonly BaseMap[]): { size: number; have: number } => ({
  size: maps.reduce((sum, { whole, next }) => sum + (next ?? whole)!.size, 0),
  have: maps.reduce((sum, { whole, next }) => sum + (whole?.size ?? next?.have ?? 0), 0),
})

const isInstalled = (): boolean =>
  window.matchMedia('(display-mode: standalone)').matches ||
  (navigator as Navigator & { standalone?: boolean }).standalone === true

/** What the office hears of it with each sync. */
export interface ToldFitness {
  persisted: boolean | null
  installed: boolean
  free_bytes: number | null
  oldest_unsent_at: string | null
  missing: string[]
}

export async function toldFitness(userId: string): Promise<ToldFitness> {
  const facts = await fitness(userId, true)
  return {
    persisted: facts.persisted,
    installed: facts.installed,
    free_bytes: facts.free,
    oldest_unsent_at: facts.oldestUnsentAt,
    // A cookie on its way to the disk is no news for an office.
    missing: checks({ ...facts, signedInAt: null })
      .filter((check) => check.level !== 'ok')
      .map((check) => check.name),
  }
}
