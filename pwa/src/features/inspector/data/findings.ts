/** Acts on findings: open one from a draft, add photos later, complete it. One strict transaction each. */
import type { Picture } from '../../../capture/camera'
import { write, type DraftRow, type PhotoRow, type Writable } from '../../../db'
import type {
  CatalogueItem,
  ChecklistDoc,
  CompoundDoc,
  FindingDoc,
  Severity,
} from '../../../domain/documents'
import { uuid7 } from '../../../domain/ids'
import { enqueue, returnedKey, saved } from '../../../sync'
import { declared, draftPhoto, putPicture, type FindingDraft, type NewPhoto } from './drafts'
import { settleOriginal } from './evidence'
import { visitView, type FindingView } from './views'
import { answerInside } from './visits'

/** Who writes it down. */
export interface Author {
  userId: string
  name: string
}

/** Photos of a draft in the state in which they wait for `commandId`. */
const queued = (photo: PhotoRow, commandId: string): PhotoRow => ({
  ...photo,
  state: 'queued',
  problem: null,
  receipt: null,
  command_id: commandId,
})

/**
 * Queues draft photos for `commandId` and resolves with them as they are declared; side by side, since three in a row
 * would be waited for on a slow phone.
 */
export async function queueAll(
  transaction: unknown,
  photos: readonly PhotoRow[],
  severity: Severity,
  commandId: string,
): Promise<PhotoRow[]> {
  const store = (transaction as Writable<['photos', 'blobs', 'settings']>).objectStore('photos')
  const one = async (photo: PhotoRow): Promise<PhotoRow> => {
    const row = queued(await settleOriginal(transaction, photo, severity), commandId)
    await store.put(row)
    return row
  }
  return Promise.all(photos.map(one))
}

export interface NewFinding {
  draftId: string
  item: CatalogueItem
  compound: CompoundDoc
  author: Author
  now: number
}

/**
 * Makes the finding of a draft: finding, photos and command in one transaction, the draft gone in the same one. Resolves
 * when the disk has it. Rejects with StorageError, with everything as before.
 */
export async function saveFinding({ draftId, item, compound, author, now }: NewFinding): Promise<void> {
  const stores = [
    'drafts',
    'findings',
    'photos',
    'blobs',
    'visits',
    'catalogue',
    'outbox',
    'settings',
  ] as const
  await write([...stores], async (tx) => {
    const row = await tx.objectStore('drafts').get(draftId)
    if (!row) return
    const draft = row.data as FindingDraft
    const photos = (await tx.objectStore('photos').index('by_owner').getAll(draftId)).filter(
      (p) => p.state === 'draft',
    )
    const at = photos[0]?.captured_at ?? new Date(now).toISOString()
    const command = uuid7()
    const severity = draft.severity ?? item.severity
    const settled = await queueAll(tx, photos, severity, command)
    await tx.objectStore('findings').put({
      id: draftId,
      compound_id: compound.id,
      visit_id: draft.visit_id,
      state: 'submitted',
      unsent: 1,
      updated_at: at,
      data: null,
      local: localFinding(row, item, compound, author, photos, at),
      user_id: author.userId,
    })
    await enqueue(tx, author.userId, {
      id: command,
      command: 'open_finding',
      subject_id: draftId,
      creates: draftId,
      uses: draft.visit_id ? [draft.visit_id] : [],
      at,
      title: item.short_name,
      body: {
        finding_id: draftId,
        compound_id: compound.id,
        visit_id: draft.visit_id,
        item_code: item.code,
        severity: draft.severity,
        text: draft.text.trim(),
        place: draft.place.trim(),
        position: draft.position,
        pin: draft.pin && { lon: draft.pin.lon, lat: draft.pin.lat },
        photo_excuses: draft.excuses,
        photos: settled.map(declared),
      },
    })
    if (draft.visit_id) await failLine(tx, author.userId, draft.visit_id, item.code, compound.name, now)
    await tx.objectStore('drafts').delete(draftId)
    const key = `items.used.${author.userId}`
    const used = ((await tx.objectStore('settings').get(key))?.value ?? {}) as Record<string, number>
    await tx.objectStore('settings').put({ key, value: { ...used, [item.code]: (used[item.code] ?? 0) + 1 } })
  })
  saved()
}

/** A hazard that is also a line of the visit's checklist fails that line in the same act. */
async function failLine(
  transaction: unknown,
  userId: string,
  visitId: string,
  itemCode: string,
  title: string,
  now: number,
): Promise<void> {
  const tx = transaction as Writable<['visits', 'catalogue', 'outbox']>
  const row = await tx.objectStore('visits').get(visitId)
  const list = row && (await tx.objectStore('catalogue').get(visitView(row).checklist_version_id))
  const line = (list?.data as ChecklistDoc | undefined)?.items.find((each) => each.items[0] === itemCode)
  if (line) await answerInside(tx, userId, visitId, line.code, 'fail', title, now)
}

function localFinding(
  row: DraftRow,
  item: CatalogueItem,
  compound: CompoundDoc,
  author: Author,
  photos: readonly PhotoRow[],
  at: string,
): FindingDoc {
  const draft = row.data as FindingDraft
  const spot = draft.pin ?? draft.position
  return {
    id: row.id,
    compound_id: compound.id,
    compound_name: compound.name,
    street: compound.street,
    community: compound.community,
    visit_id: draft.visit_id,
    item_code: item.code,
    item_name: item.name,
    item_short_name: item.short_name,
    severity: draft.severity ?? item.severity,
    responsible: item.parties[0] ?? 'firm',
    text: draft.text.trim(),
    place: draft.place.trim(),
    position: spot && { lon: spot.lon, lat: spot.lat },
    accuracy_m: draft.pin ? null : (draft.position?.accuracy_m ?? null),
    flags: [],
    photo_excuses: draft.excuses,
    captured_at: at,
    received_at: null,
    found_by: { id: author.userId, name: author.name },
    state: 'submitted',
    progress: 'open',
    overdue: false,
    due_at: null,
    due_provisional: false,
    overdue_at: null,
    closed_at: null,
    notice_id: null,
    notice_number: null,
    orders: 0,
    failed_reviews: 0,
    reviewer_id: null,
    firm: compound.firm,
    photos_expected: photos.length,
    photos_stored: 0,
    cover_photo_id: photos[0]?.id ?? null,
    actions: [],
  }
}

/** Adds photos to a finding that was saved before. */
export async function addPhotos(
  finding: FindingView,
  author: Author,
  taken: readonly { picture: Picture; about: NewPhoto }[],
  now: number,
): Promise<void> {
  const command = uuid7()
  const rows = taken.map(({ picture, about }) => ({
    picture,
    row: queued(draftPhoto(picture, about), command),
  }))
  await write(['photos', 'blobs', 'outbox', 'findings', 'settings'], async (tx) => {
    const settled = await putBytes(tx, rows, finding.severity)
    const known = await tx.objectStore('findings').get(finding.id)
    if (known) await tx.objectStore('findings').put({ ...known, unsent: 1 })
    await enqueue(tx, author.userId, {
      id: command,
      command: 'add_photos',
      subject_id: finding.id,
      uses: [finding.id],
      at: new Date(now).toISOString(),
      title: finding.item_short_name,
      body: { finding_id: finding.id, photos: settled.map(declared) },
    })
  })
  saved()
}

/**
 * Gives the photos of a draft to a finding that is known already: the same hazard, seen again. The line of the
 * checklist fails as if it had been found anew; the draft is gone in the same transaction.
 */
export async function joinFinding(
  draftId: string,
  finding: FindingView,
  author: Author,
  now: number,
): Promise<void> {
  const command = uuid7()
  const stores = [
    'drafts',
    'findings',
    'photos',
    'blobs',
    'visits',
    'catalogue',
    'outbox',
    'settings',
  ] as const
  await write([...stores], async (tx) => {
    const row = await tx.objectStore('drafts').get(draftId)
    const known = await tx.objectStore('findings').get(finding.id)
    if (!row || !known) return
    const { visit_id } = row.data as FindingDraft
    const photos: PhotoRow[] = []
    for (const photo of await tx.objectStore('photos').index('by_owner').getAll(draftId)) {
      if (photo.state !== 'draft') continue
      const settled = await settleOriginal(tx, photo, finding.severity)
      photos.push(queued({ ...settled, owner_id: finding.id }, command))
    }
    for (const photo of photos) await tx.objectStore('photos').put(photo)
    await tx.objectStore('findings').put({ ...known, unsent: 1 })
    await enqueue(tx, author.userId, {
      id: command,
      command: 'add_photos',
      subject_id: finding.id,
      uses: [finding.id],
      at: photos[0]?.captured_at ?? new Date(now).toISOString(),
      title: finding.item_short_name,
      body: { finding_id: finding.id, photos: photos.map(declared) },
    })
    if (visit_id) await failLine(tx, author.userId, visit_id, finding.item_code, finding.compound_name, now)
    await tx.objectStore('drafts').delete(draftId)
  })
  saved()
}

/** What the finder may still do alone: complete what was returned, or have it put right on the spot. */
export type Amendment = 'resubmit' | 'fix_on_spot'

const AMENDED = {
  resubmit: { command: 'resubmit_finding', state: 'submitted', progress: 'open' },
  fix_on_spot: { command: 'fix_on_spot', state: 'on_spot_fixed', progress: 'closed' },
} as const

/** Completes a finding with words and photos; the phone shows the new state at once, marked as unsent. */
export async function amend(
  finding: FindingView,
  author: Author,
  kind: Amendment,
  text: string,
  taken: readonly { picture: Picture; about: NewPhoto }[],
  now: number,
): Promise<void> {
  const command = uuid7()
  const rows = taken.map(({ picture, about }) => ({
    picture,
    row: queued(draftPhoto(picture, about), command),
  }))
  const { command: name, state, progress } = AMENDED[kind]
  await write(['photos', 'blobs', 'outbox', 'findings', 'settings'], async (tx) => {
    const settled = await putBytes(tx, rows, finding.severity)
    const known = await tx.objectStore('findings').get(finding.id)
    if (!known) return
    await tx.objectStore('settings').delete(returnedKey(finding.id))
    const words = kind === 'resubmit' && text.trim() !== '' ? { text: text.trim() } : {}
    const local = { ...(known.local as object | undefined), ...words, state, progress, actions: [] }
    await tx.objectStore('findings').put({ ...known, unsent: 1, local, user_id: author.userId })
    await enqueue(tx, author.userId, {
      id: command,
      command: name,
      subject_id: finding.id,
      uses: [finding.id],
      at: new Date(now).toISOString(),
      title: finding.item_short_name,
      body: {
        finding_id: finding.id,
        // Without new words the old ones stay.
        text: text.trim() === '' && kind === 'resubmit' ? null : text.trim(),
        photos: settled.map(declared),
      },
    })
  })
  saved()
}

async function putBytes(
  transaction: unknown,
  rows: readonly { picture: Picture; row: PhotoRow }[],
  severity: Severity,
): Promise<PhotoRow[]> {
  const photos = (transaction as Writable<['photos', 'blobs']>).objectStore('photos')
  const settled: PhotoRow[] = []
  for (const { picture, row } of rows) {
    await putPicture(transaction, row.id, picture)
    const own = await settleOriginal(transaction, row, severity)
    await photos.put(own)
    settled.push(own)
  }
  return settled
}
