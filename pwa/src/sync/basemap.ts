/**
 * The base map of one's district on the phone: a PMTiles file fetched by ranges, piece by piece, so that a cut costs one
 * piece; kept in the browser's cache, out of the database, and read from there where there is no network. A new version
 * takes the place of the old one when the last piece is here.
 */
import { ApiProblem, request } from '../api'
import { getSetting, setSetting } from '../db'
import { freeLink } from './browser'
import type { Chore } from './ports'

const CACHE = 'xunjian-basemap'
const STATE = 'basemap.state'
const WANTED = 'basemap.wanted'
export const PIECE = 512 * 1024
/** What is larger goes over a link that costs nothing, or when the person says so. */
const SMALL = 8 * 1024 * 1024
const EVERY = 6 * 3_600_000

interface Known {
  tag: string
  size: number
}

/** One district's map. `have` are bytes of `next`; `whole` can be shown. */
export interface BaseMap {
  code: string
  whole: Known | null
  next: (Known & { have: number }) | null
}

export interface BaseMaps {
  checkedAt: number
  maps: BaseMap[]
  /** Browser key of 天地图, where the office has one. */
  tianditu: string | null
}

const NONE: BaseMaps = { checkedAt: 0, maps: [], tianditu: null }

/** What this phone knows of base maps. */
export const baseMaps = (): Promise<BaseMaps> => getSetting<BaseMaps>(STATE, NONE)

/** The person wants it now, whatever the link costs. */
export const wantBaseMap = (): Promise<void> => setSetting(WANTED, true)

const supported = (): boolean => typeof caches !== 'undefined'
const keyOf = (tag: string, piece: number): string => `/basemap/${tag}/${piece}`

/** Asks what there is, then fetches one piece a turn. */
export const baseMapChore: Chore = async (signal) => {
  if (!supported()) return false
  const state = await baseMaps()
  if (Math.abs(Date.now() - state.checkedAt) > EVERY) {
    await setSetting(STATE, await asked(state, signal))
    return true
  }
  const map = state.maps.find(({ next }) => next !== null)
  if (!map?.next || !(await mayFetch(map.next.size))) return false
  const next = await fetchPiece(map.code, map.next, signal)
  const done = next !== null && next.have >= next.size
  const changed: BaseMap = done
    ? { ...map, whole: { tag: next.tag, size: next.size }, next: null }
    : { ...map, next }
  await setSetting(STATE, {
    ...state,
    // The file has changed under way: ask anew what there is.
    checkedAt: next === null ? 0 : state.checkedAt,
    maps: state.maps.map((each) => (each.code === map.code ? changed : each)),
  })
  if (done) await dropBut(new Set([next.tag]))
  return true
}

interface Offered {
  items: { code: string; tag: string; size: number }[]
  tianditu_key: string | null
}

async function asked(state: BaseMaps, signal: AbortSignal): Promise<BaseMaps> {
  const { data } = await request<Offered>('/map/basemaps', { signal, background: true })
  const maps = data.items.map(({ code, tag, size }): BaseMap => {
    const known = state.maps.find((each) => each.code === code)
    if (known?.whole?.tag === tag) return { ...known, next: null }
    const begun = known?.next?.tag === tag ? known.next : { tag, size, have: 0 }
    return { code, whole: known?.whole ?? null, next: begun }
  })
  return { checkedAt: Date.now(), maps, tianditu: data.tianditu_key }
}

async function mayFetch(size: number): Promise<boolean> {
  const free = freeLink()
  if (free === true || (free === null && size <= SMALL)) return true
  return getSetting<boolean>(WANTED, false)
}

/** The next piece into the cache; null when the file is another one now. */
async function fetchPiece(
  code: string,
  next: Known & { have: number },
  signal: AbortSignal,
): Promise<(Known & { have: number }) | null> {
  const end = Math.min(next.size, next.have + PIECE)
  try {
    const answer = await request<ArrayBuffer>(`/map/basemaps/${code}.pmtiles`, {
      headers: { Range: `bytes=${next.have}-${end - 1}` },
      bytes: true,
      background: true,
      timeout: 120_000,
      signal,
    })
    const same = answer.headers.get('ETag')?.replace(/^W\//, '') === `"${next.tag}"`
    if (!same || answer.status !== 206 || answer.data.byteLength !== end - next.have) return null
    const cache = await caches.open(CACHE)
    await cache.put(keyOf(next.tag, next.have / PIECE), new Response(answer.data))
    return { ...next, have: end }
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.transient || error.signedOut) throw error
    return null
  }
}

async function dropBut(tags: ReadonlySet<string>): Promise<void> {
  const cache = await caches.open(CACHE)
  for (const { url } of await cache.keys()) {
    const tag = new URL(url).pathname.split('/')[2] ?? ''
    if (!tags.has(tag)) await cache.delete(url)
  }
}

/** Forgets all of it: the phone was revoked. */
export async function dropBaseMaps(): Promise<void> {
  if (supported()) await caches.delete(CACHE)
  await setSetting(STATE, NONE)
}

/** Bytes of a map that is here. Rejects when the browser has thrown a piece away; the next check fetches it anew. */
export async function readBaseMap(
  { tag, size }: Known,
  offset: number,
  length: number,
): Promise<ArrayBuffer> {
  const end = Math.min(size, offset + length)
  const out = new Uint8Array(Math.max(0, end - offset))
  const cache = await caches.open(CACHE)
  for (let piece = Math.floor(offset / PIECE); piece * PIECE < end; piece++) {
    const found = await cache.match(keyOf(tag, piece))
    if (!found) {
      await forget(tag)
      throw new Error('a piece of the base map is gone')
    }
    const start = piece * PIECE
    const part = (await found.blob()).slice(Math.max(0, offset - start), end - start)
    out.set(new Uint8Array(await part.arrayBuffer()), Math.max(0, start - offset))
  }
  return out.buffer
}

async function forget(tag: string): Promise<void> {
  const state = await baseMaps()
  const maps = state.maps.map((each) => (each.whole?.tag === tag ? { ...each, whole: null } : each))
  await setSetting(STATE, { ...state, checkedAt: 0, maps })
}
