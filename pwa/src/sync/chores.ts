/** Reading ahead for the cellar: the checklists in force, and small pictures of cases that are open here. */
import { ApiProblem, request } from '../api'
import { getSetting, phone, read, setSetting, write } from '../db'
import type { CurrentChecklists } from '../domain/documents'
import { baseMapChore } from './basemap'
import { prune } from './outboxStore'
import type { Chore } from './ports'

const CHECKLISTS_EVERY = 6 * 3_600_000
const ETAG = 'checklists.etag'
const CHECKED = 'checklists.checked_at'

/** Fetches catalogue and checklists when they are missing or six hours old; unchanged ones cost one 304. */
export const checklistChore: Chore = async (signal) => {
  const checked = await getSetting<number>(CHECKED, 0)
  if (Math.abs(Date.now() - checked) < CHECKLISTS_EVERY) return false
  const etag = await getSetting<string | null>(ETAG, null)
  const answer = await request<CurrentChecklists>('/checklists/current', {
    headers: etag ? { 'If-None-Match': etag } : {},
    accept: [304],
    signal,
  })
  await write(['catalogue', 'settings'], async (tx) => {
    await tx.objectStore('settings').put({ key: CHECKED, value: Date.now() })
    if (answer.status === 304) return
    const { catalogue, checklists } = answer.data
    const store = tx.objectStore('catalogue')
    await store.put({ key: 'current', kind: 'catalogue', version: catalogue.version, data: catalogue })
    for (const list of checklists) {
      await store.put({ key: list.id, kind: 'checklist', version: list.version, data: list })
    }
    await tx.objectStore('settings').put({ key: ETAG, value: answer.headers.get('ETag') })
  })
  return true
}

/** Checklists that visits here use and that are no longer the newest: fetched once, since versions never change. */
export const oldChecklistChore: Chore = async (signal) => {
  const wanted = await read(['visits', 'catalogue'], async (tx) => {
    const known = new Set(await tx.objectStore('catalogue').getAllKeys())
    if (!known.has('current')) return null
    const visits = await tx.objectStore('visits').getAll()
    const ids = visits.map(
      (row) => (row.data as { checklist_version_id?: string } | null)?.checklist_version_id,
    )
    return ids.find((id) => id && !known.has(id)) ?? null
  })
  if (!wanted || missing.has(wanted)) return false
  try {
    const { data } = await request<{ id: string; version: string }>(`/checklists/${wanted}`, { signal })
    await write(['catalogue'], (tx) =>
      tx.objectStore('catalogue').put({ key: data.id, kind: 'checklist', version: data.version, data }),
    )
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.transient || error.signedOut) throw error
    missing.add(wanted)
  }
  return true
}

/** What the server does not have (yet); asked again after the next start. */
const missing = new Set<string>()
const MOST_THUMBS = 400

/** Fetches the small picture of one photo of an open case that has none here, nearest need first: newest photos. */
export const thumbChore: Chore = async (signal) => {
  const wanted = await read(['photos', 'findings', 'blobs'], async (tx) => {
    const have = new Set(await tx.objectStore('blobs').getAllKeys())
    if (have.size > MOST_THUMBS) return null
    const stored = await tx.objectStore('photos').index('by_state').getAll('stored')
    for (const photo of stored.reverse()) {
      if (have.has(`thumb:${photo.id}`) || missing.has(photo.id)) continue
      if (await tx.objectStore('findings').get(photo.owner_id)) return photo.id
    }
    return null
  })
  if (!wanted) return false
  try {
    const answer = await request<ArrayBuffer>(`/photos/${wanted}/content?size=thumb`, {
      signal,
      bytes: true,
      background: true,
    })
    await write(['blobs'], (tx) =>
      tx.objectStore('blobs').put({ key: `thumb:${wanted}`, bytes: answer.data }),
    )
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.transient || error.signedOut) throw error
    missing.add(wanted)
  }
  return true
}

/** Where the reason of a returned finding is kept. */
export const returnedKey = (findingId: string): string => `finding.returned.${findingId}`

interface LedgerLine {
  act: string
  data: { reason?: string } | null
}

/** Why a finding came back stands in its case file only: fetched, so that it can be mended in the field. */
export const returnedChore: Chore = async (signal) => {
  const wanted = await read(['findings', 'settings'], async (tx) => {
    for (const row of await tx.objectStore('findings').index('by_state').getAll('returned')) {
      if (missing.has(row.id)) continue
      if (!(await tx.objectStore('settings').get(returnedKey(row.id)))) return row.id
    }
    return null
  })
  if (!wanted) return false
  try {
    const { data } = await request<{ ledger: LedgerLine[] }>(`/findings/${wanted}`, { signal })
    const lines = data.ledger.filter((line) => line.act === 'finding.return')
    const value = lines[lines.length - 1]?.data?.reason ?? ''
    await write(['settings'], (tx) => tx.objectStore('settings').put({ key: returnedKey(wanted), value }))
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.transient || error.signedOut) throw error
    missing.add(wanted)
  }
  return true
}

/** Days for which a phone keeps pictures and receipts of what is confirmed, as the person's own record. */
export const KEEP = 'record.days'
export const KEEP_DAYS = 7

/** Once a day: lets go of what the server has signed for and what is older than the setting says. */
export const pruneChore =
  (userId: string): Chore =>
  async () => {
    const key = `prune.at.${userId}`
    const last = await getSetting<number>(key, 0)
    if (Math.abs(Date.now() - last) < DAY) return false
    await prune(phone, userId, Date.now(), await getSetting(KEEP, KEEP_DAYS))
    await setSetting(key, Date.now())
    return false
  }
const DAY = 86_400_000

/** What every user's engine does beside the queue. */
export const chores = (userId: string): Chore[] => [
  checklistChore,
  oldChecklistChore,
  returnedChore,
  baseMapChore,
  thumbChore,
  pruneChore(userId),
]
