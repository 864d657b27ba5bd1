/**
 * A page of the pull into the stores. Server documents always replace server documents; what this phone holds beside
 * them (`local`) stays while a command about it is unanswered, and goes when a pull comes after the last answer: the
 * engine never pulls and pushes at the same time, so such a page already contains what was pushed.
 */
import type { PhotoRow, Position, StoreName, Writable } from '../db'
import type { FindingDoc, NoticeDoc, PhotoDoc, VisitDoc } from '../domain/documents'
import type { Changes } from './ports'
import type { Genuine } from './receipts'

type Tx = Writable<StoreName[]>
/** Where sign-in and pull keep what the office asks for. */
const ORIGINALS_OFFICE = 'originals.office'

/** Puts a page into the stores. `open` are the ids that an unanswered command is about. */
export async function applyChanges(
  tx: Tx,
  page: Changes,
  open: ReadonlySet<string>,
  userId: string,
  genuine: ReadonlyMap<string, Genuine>,
): Promise<void> {
  const { items } = page
  if (page.keep_originals) {
    await tx.objectStore('settings').put({ key: ORIGINALS_OFFICE, value: page.keep_originals })
  }
  for (const data of items.compounds ?? []) {
    await tx.objectStore('compounds').put({ id: data.id, name: data.name, area_code: data.path, data })
  }
  for (const data of items.rounds ?? []) {
    await tx.objectStore('rounds').put({ id: data.id, state: data.state, planned_on: data.starts_on, data })
  }
  for (const doc of items.visits ?? []) await putVisit(tx, doc, open)
  for (const doc of items.findings ?? []) await putFinding(tx, doc, open)
  for (const doc of items.photos ?? []) await putPhoto(tx, doc, userId, genuine.get(doc.id))
  for (const doc of items.notices ?? []) await putNotice(tx, doc)
}

async function putVisit(tx: Tx, doc: VisitDoc, open: ReadonlySet<string>): Promise<void> {
  const store = tx.objectStore('visits')
  const known = await store.get(doc.id)
  const kept = known?.local !== undefined && open.has(doc.id)
  await store.put({
    id: doc.id,
    round_id: doc.round_id,
    compound_id: doc.compound_id,
    state: doc.state,
    started_at: doc.arrived_at,
    data: doc,
    ...(kept ? { local: known.local, user_id: known.user_id } : {}),
  })
}

async function putFinding(tx: Tx, doc: FindingDoc, open: ReadonlySet<string>): Promise<void> {
  const store = tx.objectStore('findings')
  const known = await store.get(doc.id)
  const unanswered = open.has(doc.id)
  const kept = known?.local !== undefined && unanswered
  await store.put({
    id: doc.id,
    compound_id: doc.compound_id,
    visit_id: doc.visit_id,
    state: doc.state,
    unsent: unanswered ? 1 : 0,
    updated_at: doc.captured_at,
    data: doc,
    ...(kept ? { local: known.local, user_id: known.user_id } : {}),
  })
}

async function putPhoto(tx: Tx, doc: PhotoDoc, userId: string, receipt?: Genuine): Promise<void> {
  const store = tx.objectStore('photos')
  const known = await store.get(doc.id)
  if (known?.user_id) {
    // Our own: a receipt for our hash confirms it, anything else that the server says changes nothing here.
    if (!receipt || known.user_id !== userId || receipt.sha256 !== known.sha256) return
    if (known.state !== 'queued' && known.state !== 'attention') return
    await store.put({ ...known, state: 'confirmed', sent: known.size, problem: null, receipt })
    return
  }
  await store.put(photoRow(doc))
}

function photoRow(doc: PhotoDoc): PhotoRow {
  const position: Position | null = doc.position && {
    ...doc.position,
    accuracy_m: doc.accuracy_m,
    captured_at: doc.captured_at,
    source: 'gnss',
    crs: 'wgs84',
  }
  return {
    id: doc.id,
    owner_id: doc.case_id ?? doc.visit_id ?? '',
    owner_kind: doc.case_id ? 'finding' : 'visit',
    kind: doc.kind,
    sha256: doc.sha256,
    size: doc.size,
    media_type: doc.mime,
    width: null,
    height: null,
    captured_at: doc.captured_at,
    position,
    sent: doc.state === 'stored' ? doc.size : 0,
    state: doc.state,
    problem: null,
    stage: doc.stage,
    group_id: doc.group_id,
    ...(doc.original_mime?.startsWith('video/')
      ? { clip: doc.original_stored_at ? ('stored' as const) : ('expected' as const) }
      : {}),
  }
}

async function putNotice(tx: Tx, data: NoticeDoc): Promise<void> {
  const dues = data.items.map((item) => item.due_at).sort()
  await tx.objectStore('notices').put({
    id: data.id,
    state: data.state,
    firm_id: data.firm.id,
    due_at: dues[0] ?? null,
    data,
  })
}
