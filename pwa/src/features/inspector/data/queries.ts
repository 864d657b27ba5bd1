/** What the screens ask of the phone's database. */
import { getSetting, read, type DraftRow, type PhotoRow } from '../../../db'
import type {
  CatalogueItem,
  ChecklistDoc,
  CompoundDoc,
  CurrentChecklists,
  NoticeDoc,
  NoticeItemDoc,
  RoundDoc,
} from '../../../domain/documents'
import { shanghai } from '../../../domain/deadlines'
import { returnedKey } from '../../../sync'
import type { FindingDraft } from './drafts'
import { findingView, visitView, type FindingView, type VisitView } from './views'

export type Catalogue = CurrentChecklists['catalogue']

/** Which rows somebody may see on this phone: pulled ones, and their own. */
const mine =
  (userId: string) =>
  (row: { user_id?: string }): boolean =>
    !row.user_id || row.user_id === userId

/** Calendar date of Shanghai, `2026-11-20`. */
export function dateKey(now: number): string {
  const w = shanghai(now)
  return `${w.year}-${String(w.month).padStart(2, '0')}-${String(w.day).padStart(2, '0')}`
}

export interface Stop {
  visit: VisitView
  compound: CompoundDoc
  findings: FindingView[]
}

export interface Today {
  rounds: RoundDoc[]
  /** In walking order; visits without a round last. */
  stops: Stop[]
  /** Findings written down in these visits. */
  found: number
  /** Whether anything was ever pulled: before that nothing may be called empty. */
  pulled: boolean
}

/** The rounds of the day with their stops. */
export async function loadToday(userId: string, now: number): Promise<Today> {
  return read(['rounds', 'visits', 'compounds', 'findings', 'cursor'], async (tx) => {
    const day = dateKey(now)
    const [roundRows, visitRows, cursor] = await Promise.all([
      tx.objectStore('rounds').getAll(),
      tx.objectStore('visits').getAll(),
      tx.objectStore('cursor').get('changes'),
    ])
    const rounds = roundRows
      .map((row) => row.data as RoundDoc)
      .filter((round) => round.starts_on <= day && day <= round.ends_on && round.state !== 'cancelled')
      .filter((round) => !round.inspector_id || round.inspector_id === userId)
      .sort((a, b) => a.ends_on.localeCompare(b.ends_on))
    const ids = new Set(rounds.map((round) => round.id))
    const visits = visitRows
      .filter(mine(userId))
      .map(visitView)
      .filter((visit) => !visit.inspector_id || visit.inspector_id === userId)
      .filter((visit) =>
        visit.round_id
          ? ids.has(visit.round_id)
          : visit.arrived_at !== null && dateKey(Date.parse(visit.arrived_at)) === day,
      )
    const order = new Map(rounds.map((round, i) => [round.id, i]))
    const rank = (visit: VisitView): number => order.get(visit.round_id ?? '') ?? rounds.length
    visits.sort((a, b) => rank(a) - rank(b) || a.seq - b.seq || a.id.localeCompare(b.id))
    // Asked for all at once: one after the other each would wait for its turn with a busy page.
    const stops = (
      await Promise.all(
        visits.map(async (visit): Promise<Stop | null> => {
          const [row, found] = await Promise.all([
            tx.objectStore('compounds').get(visit.compound_id),
            tx.objectStore('findings').index('by_compound').getAll(visit.compound_id),
          ])
          if (!row) return null
          return {
            visit,
            compound: row.data as CompoundDoc,
            findings: found.filter(mine(userId)).map(findingView),
          }
        }),
      )
    ).filter((stop) => stop !== null)
    const found = stops.flatMap(({ visit, findings }) =>
      findings.filter((finding) => finding.visit_id === visit.id),
    ).length
    return { rounds, stops, found, pulled: cursor?.user_id === userId }
  })
}

export interface VisitFacts extends Stop {
  list?: ChecklistDoc
  /** Photos of findings of this very visit, by finding. */
  photos: [string, PhotoRow[]][]
  /** Photos of the visit itself: its entrance. */
  entrance: PhotoRow[]
}

/** One visit with its compound, what is open there, and its checklist. */
export async function loadVisit(userId: string, visitId: string): Promise<VisitFacts | null> {
  return read(['visits', 'compounds', 'findings', 'catalogue', 'photos'], async (tx) => {
    const row = await tx.objectStore('visits').get(visitId)
    if (!row || !mine(userId)(row)) return null
    const visit = visitView(row)
    const compound = await tx.objectStore('compounds').get(visit.compound_id)
    if (!compound) return null
    const rows = await tx.objectStore('findings').index('by_compound').getAll(visit.compound_id)
    const findings = rows.filter(mine(userId)).map(findingView)
    const list = await tx.objectStore('catalogue').get(visit.checklist_version_id)
    const photos: [string, PhotoRow[]][] = []
    for (const finding of findings) {
      if (finding.visit_id !== visitId) continue
      photos.push([finding.id, await tx.objectStore('photos').index('by_owner').getAll(finding.id)])
    }
    return {
      visit,
      compound: compound.data as CompoundDoc,
      findings,
      list: list?.data as ChecklistDoc | undefined,
      photos,
      entrance: (await tx.objectStore('photos').index('by_owner').getAll(visitId)).filter(mine(userId)),
    }
  })
}

/** The catalogue in force; undefined before it was fetched. */
export async function loadCatalogue(): Promise<Catalogue | undefined> {
  const row = await read(['catalogue'], (tx) => tx.objectStore('catalogue').get('current'))
  return row?.data as Catalogue | undefined
}

/** All checklists on this phone. */
export async function loadChecklists(): Promise<ChecklistDoc[]> {
  const rows = await read(['catalogue'], (tx) =>
    tx.objectStore('catalogue').index('by_kind').getAll('checklist'),
  )
  return rows.map((row) => row.data as ChecklistDoc)
}

export const findItem = (catalogue: Catalogue | undefined, code: string | null): CatalogueItem | undefined =>
  catalogue?.items.find((item) => item.code === code)

/** How often this person chose each item. */
export const loadUsed = (userId: string): Promise<Record<string, number>> =>
  getSetting(`items.used.${userId}`, {})

export async function loadCompounds(): Promise<CompoundDoc[]> {
  const rows = await read(['compounds'], (tx) => tx.objectStore('compounds').getAll())
  return rows.map((row) => row.data as CompoundDoc)
}

export async function loadFindings(userId: string): Promise<FindingView[]> {
  const rows = await read(['findings'], (tx) => tx.objectStore('findings').getAll())
  return rows.filter(mine(userId)).map(findingView)
}

export interface Draft {
  row: DraftRow
  data: FindingDraft
  photos: PhotoRow[]
}

const isFindingDraft =
  (userId: string) =>
  (row: DraftRow): boolean =>
    row.user_id === userId && row.kind === 'finding'

/** A finding that is being written down, with its photos in the order of taking. */
export async function loadDraft(userId: string, id: string): Promise<Draft | null> {
  return read(['drafts', 'photos'], async (tx) => {
    const row = await tx.objectStore('drafts').get(id)
    if (!row || !isFindingDraft(userId)(row)) return null
    const photos = await tx.objectStore('photos').index('by_owner').getAll(id)
    return { row, data: row.data as FindingDraft, photos: photos.filter((photo) => photo.state === 'draft') }
  })
}

/** The roll of a visit: drafts with photos that are not sorted into findings yet, oldest first. */
export async function loadRoll(userId: string, visitId: string): Promise<Draft[]> {
  return read(['drafts', 'photos'], async (tx) => {
    const rows = (await tx.objectStore('drafts').index('by_subject').getAll(visitId)).filter(
      isFindingDraft(userId),
    )
    const roll: Draft[] = []
    for (const row of rows.sort((a, b) => a.id.localeCompare(b.id))) {
      const photos = await tx.objectStore('photos').index('by_owner').getAll(row.id)
      if (photos.length > 0) roll.push({ row, data: row.data as FindingDraft, photos })
    }
    return roll
  })
}

export interface Case {
  finding: FindingView
  compound: CompoundDoc | null
  photos: PhotoRow[]
  /** The line of the newest notice that is about it. */
  line: NoticeItemDoc | null
  notice: NoticeDoc | null
  /** Why it was returned, where that is known here. */
  reason: string | null
}

/** Everything that this phone knows of one case. */
export async function loadCase(userId: string, id: string): Promise<Case | null> {
  return read(['findings', 'compounds', 'photos', 'notices', 'settings'], async (tx) => {
    const row = await tx.objectStore('findings').get(id)
    if (!row || !mine(userId)(row)) return null
    const finding = findingView(row)
    const compound = await tx.objectStore('compounds').get(finding.compound_id)
    const photos = await tx.objectStore('photos').index('by_owner').getAll(id)
    const noticeRow = finding.notice_id ? await tx.objectStore('notices').get(finding.notice_id) : undefined
    const notice = (noticeRow?.data as NoticeDoc | undefined) ?? null
    return {
      finding,
      compound: (compound?.data as CompoundDoc | undefined) ?? null,
      photos: photos.filter((photo) => !photo.user_id || photo.user_id === userId).sort(byTime),
      reason: ((await tx.objectStore('settings').get(returnedKey(id)))?.value as string | undefined) ?? null,
      line: notice?.items.find((item) => item.finding_id === id) ?? null,
      notice,
    }
  })
}

const byTime = (a: PhotoRow, b: PhotoRow): number =>
  a.captured_at.localeCompare(b.captured_at) || a.id.localeCompare(b.id)

/** Object URLs are made by the caller; bytes of the small picture, else of the photo itself, else null. */
export async function photoBytes(id: string, size: 'thumb' | 'full'): Promise<ArrayBuffer | null> {
  return read(['blobs'], async (tx) => {
    const store = tx.objectStore('blobs')
    const [first, second] = size === 'thumb' ? [`thumb:${id}`, `photo:${id}`] : [`photo:${id}`, `thumb:${id}`]
    return ((await store.get(first)) ?? (await store.get(second)))?.bytes ?? null
  })
}
