/**
 * The slip on the spot (现场整改通知单): written, signed and handed over where there may be no network. The slip, what it
 * does to its findings, the picture of the signature and the command are one strict transaction. The official number
 * is the server's; until it comes the slip bears one of this phone.
 */
import type { Picture } from '../../../capture/camera'
import { read, write, type PhotoRow, type Position, type SlipRow, type Writable } from '../../../db'
import { rules } from '../../../domain/contract'
import type { CatalogueItem, CompoundDoc, NoticeDoc, TermStage } from '../../../domain/documents'
import { hex, uuid7 } from '../../../domain/ids'
import { mayDo } from '../../../domain/rules'
import { enqueue, saved } from '../../../sync'
import { settleOriginal } from './evidence'
import { asRoomAllows, declared, draftPhoto, putPicture, type NewPhoto } from './drafts'
import type { FindingView } from './views'

/** Hours to choose from, and 立即, which prints a day as the latest moment. */
export const TERMS = ['now', '2', '6', '12', '24', '48', '72'] as const
export type TermChoice = (typeof TERMS)[number]
export const AT_ONCE_HOURS = 24
const HOUR = 3_600_000

export const RELATIONS = ['principal', 'mail_receiver', 'agent', 'legal_representative'] as const
export type Relation = (typeof RELATIONS)[number]

export interface Party {
  name: string
  title: string
  phone: string
}

/** One line as it stands on the slip. */
export interface SlipItem {
  finding_id: string
  code: string
  name: string
  place: string
  text: string
  requirement: string
  term: TermChoice
  /** ISO time, by the server's clock as far as it is known here. */
  due_at: string
}

/** Everything that the slip says. */
export interface SlipData {
  /** `T-<device>-<n>`. */
  number: string
  /** What its QR code leads to, and the eight digits below it. */
  token: string
  check: string
  compound: { id: string; name: string; street: string; community: string }
  firm: string
  items: SlipItem[]
  inspector: string
  unit: string
  demo: boolean
  recipient: Party | null
  relation: Relation | null
  refusal: string | null
  witness: Party | null
  position: Position | null
  signature_id: string | null
}

/** What is being filled in; stored as a draft at each change, since the camera may cost the page. */
export interface SlipDraft {
  terms: Record<string, TermChoice>
  accepted: boolean
  recipient: Party
  relation: Relation
  reason: string
  witness: Party
  /** Strokes of the signature: flat lists of x, y in shares of the box. */
  strokes: number[][]
}

export const nobody = (): Party => ({ name: '', title: '', phone: '' })

export const emptySlip = (): SlipDraft => ({
  terms: {},
  accepted: true,
  recipient: nobody(),
  relation: 'principal',
  reason: '',
  witness: nobody(),
  strokes: [],
})

/** Whether a finding may stand on a slip: not urgent, not under a notice, in a compound that a firm looks after. */
export function mayList(
  finding: FindingView,
  item: Pick<CatalogueItem, 'severity'> | undefined,
  permissions: ReadonlySet<string>,
): boolean {
  if (finding.severity === 'critical' || item?.severity === 'critical' || finding.review) return false
  return mayDo(rules, 'finding', finding.state, 'issue_spot_notice', permissions)
}

/** The choice nearest to what the catalogue says: 立即 stays, hours stay where they are offered, the rest gets three days. */
export function usualTerm(deadline: readonly TermStage[] | undefined): TermChoice {
  const last = deadline?.[deadline.length - 1]
  if (last?.unit === 'now') return 'now'
  if (last?.unit === 'hour') return TERMS.find((term) => Number(term) >= last.n) ?? '72'
  return last?.unit === 'duty_hour' ? '24' : '72'
}

/** When a choice ends (ms), from the hand-over. */
export const endOf = (term: TermChoice, from: number): number =>
  from + (term === 'now' ? AT_ONCE_HOURS : Number(term)) * HOUR

/** The draft of a visit's slip, or null. */
export async function loadSlipDraft(
  userId: string,
  visitId: string,
): Promise<{ id: string; data: SlipDraft; photos: PhotoRow[] } | null> {
  return read(['drafts', 'photos'], async (tx) => {
    const rows = await tx.objectStore('drafts').index('by_subject').getAll(visitId)
    const row = rows.find((each) => each.kind === 'slip' && each.user_id === userId)
    if (!row) return null
    const photos = await tx.objectStore('photos').index('by_owner').getAll(row.id)
    return {
      id: row.id,
      data: row.data as SlipDraft,
      photos: photos.filter((photo) => photo.state === 'draft'),
    }
  })
}

export function putSlipDraft(id: string, userId: string, visitId: string, data: SlipDraft): Promise<void> {
  return write(['drafts'], async (tx) => {
    await tx.objectStore('drafts').put({
      id,
      user_id: userId,
      kind: 'slip',
      subject_id: visitId,
      updated_at: new Date().toISOString(),
      data,
    })
  })
}

/** A photo of the slip that was left behind, kept with the draft until the slip is made. */
export const putSlipPhoto = (picture: Picture, about: NewPhoto): Promise<void> =>
  asRoomAllows(draftPhoto(picture, about), picture, (photo, bytes) =>
    write(['photos', 'blobs'], async (tx) => {
      await tx.objectStore('photos').put(photo)
      await putPicture(tx, photo.id, bytes)
    }),
  )

export interface NewSlip {
  id: string
  visitId: string
  author: { userId: string; name: string; unit: string; deviceId: string; demo: boolean }
  compound: CompoundDoc
  lines: { finding: FindingView; item: CatalogueItem | undefined; term: TermChoice }[]
  draft: SlipDraft
  signature: Picture | null
  position: Position | null
  /** By this phone's clock. */
  now: number
  /** Server clock minus this phone's. */
  offset: number
}

/** Twelve bytes by lot as base64url: the token of the verification page, as the server makes its own. */
function drawToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

async function checkCode(token: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))).slice(
    0,
    8,
  )
}

/** Six hex digits that tell this phone's slips from another's. */
export const deviceLetters = (deviceId: string): string =>
  deviceId.replaceAll('-', '').slice(-6).toUpperCase().padStart(6, '0')

/** The photos of a slip are about all its lines: the gravest says whether their originals are wanted. */
const SEVERITIES = ['critical', 'major', 'general'] as const
const STORES = ['slips', 'findings', 'photos', 'blobs', 'drafts', 'outbox', 'settings'] as const

/** Makes the slip; resolves when the disk has it. Rejects with StorageError, with everything as before. */
export async function saveSlip(slip: NewSlip): Promise<void> {
  const { id, author, draft, lines, now } = slip
  const token = drawToken()
  const check = await checkCode(token)
  const at = new Date(now).toISOString()
  const command = uuid7()
  const first = lines[0]!.finding
  const about = {
    owner_id: first.id,
    owner_kind: 'finding',
    kind: 'L',
    stage: 'service',
    source: 'camera',
  } as const
  const signature =
    slip.signature &&
    draftPhoto(slip.signature, { ...about, user_id: author.userId, position: slip.position, captured_at: at })
  await write([...STORES], async (tx) => {
    const letters = deviceLetters(author.deviceId)
    const number = `T-${letters}-${await nextNumber(tx, letters)}`
    const left = draft.accepted
      ? []
      : (await tx.objectStore('photos').index('by_owner').getAll(id)).filter((p) => p.state === 'draft')
    const worst = SEVERITIES.find((each) => lines.some(({ finding }) => finding.severity === each))!
    const settled = await Promise.all(left.map((photo) => settleOriginal(tx, photo, worst)))
    const photos = [...(signature ? [signature] : []), ...settled].map((photo): PhotoRow => ({
      ...photo,
      owner_id: first.id,
      state: 'queued',
      problem: null,
      receipt: null,
      command_id: command,
      group_id: id,
    }))
    if (signature && slip.signature) await putPicture(tx, signature.id, slip.signature)
    for (const photo of photos) await tx.objectStore('photos').put(photo)
    const data = words(slip, number, token, check, signature?.id ?? null)
    await tx
      .objectStore('slips')
      .put({ id, user_id: author.userId, visit_id: slip.visitId, handed_at: at, data })
    for (const item of data.items) await mark(tx, item, id, number, author.userId)
    await enqueue(tx, author.userId, {
      id: command,
      command: 'hand_over_slip',
      subject_id: id,
      creates: id,
      uses: lines.map(({ finding }) => finding.id),
      at,
      title: number,
      body: bodyOf(slip, data, at, photos.map(declared)),
    })
    await tx.objectStore('drafts').delete(id)
  })
  saved()
}

/** The number after this phone's last one, taken in the transaction that stores the slip. */
async function nextNumber(transaction: unknown, letters: string): Promise<number> {
  const store = (transaction as Writable<['settings']>).objectStore('settings')
  const key = `slip.last.${letters}`
  const next = (((await store.get(key))?.value as number | undefined) ?? 0) + 1
  await store.put({ key, value: next })
  return next
}

/** The finding shows at once how it stands, until the server has spoken. */
async function mark(
  transaction: unknown,
  item: SlipItem,
  noticeId: string,
  number: string,
  userId: string,
): Promise<void> {
  const store = (transaction as Writable<['findings']>).objectStore('findings')
  const known = await store.get(item.finding_id)
  if (!known) return
  const local = {
    ...(known.local as object | undefined),
    state: 'rectifying',
    due_at: item.due_at,
    notice_id: noticeId,
    notice_number: number,
    actions: [],
  }
  await store.put({ ...known, state: 'rectifying', unsent: 1, local, user_id: userId })
}

const trimmed = (party: Party): Party => ({
  name: party.name.trim(),
  title: party.title.trim(),
  phone: party.phone.trim(),
})

function words(
  { author, compound, lines, draft, position, now, offset }: NewSlip,
  number: string,
  token: string,
  check: string,
  signature_id: string | null,
): SlipData {
  const witness = trimmed(draft.witness)
  return {
    number,
    token,
    check,
    compound: {
      id: compound.id,
      name: compound.name,
      street: compound.street,
      community: compound.community,
    },
    firm: compound.firm?.name ?? '',
    items: lines.map(({ finding, item, term }) => ({
      finding_id: finding.id,
      code: finding.item_code,
      name: finding.item_name,
      place: finding.place,
      text: finding.text,
      requirement: item?.requirement ?? '',
      term,
      due_at: new Date(endOf(term, now + offset)).toISOString(),
    })),
    inspector: author.name,
    unit: author.unit,
    demo: author.demo,
    recipient: draft.accepted ? trimmed(draft.recipient) : null,
    relation: draft.accepted ? draft.relation : null,
    refusal: draft.accepted ? null : draft.reason.trim(),
    witness: !draft.accepted && witness.name ? witness : null,
    position,
    signature_id,
  }
}

function bodyOf(slip: NewSlip, data: SlipData, at: string, photos: ReturnType<typeof declared>[]): object {
  return {
    notice_id: slip.id,
    provisional_number: data.number,
    verify_token: data.token,
    handed_at: at,
    items: data.items.map(({ finding_id, term }) => ({
      finding_id,
      ...(term === 'now' ? { term: 0, unit: 'now' } : { term: Number(term), unit: 'hour' }),
    })),
    service: {
      service_id: uuid7(),
      method: slip.draft.accepted ? 'direct' : 'left_in_place',
      place: slip.compound.name,
      recipient: data.recipient,
      relation: data.relation,
      signature_photo_id: data.signature_id,
      refusal_reason: data.refusal,
      witness: data.witness,
      position: data.position,
      photos,
    },
  }
}

export interface SlipFacts {
  row: SlipRow
  data: SlipData
  /** The official number, once it is here. */
  official: string | null
  /** `waiting` for the network or the server · `taken` by the server, its document not here yet · `official` · `stuck`. */
  stands: 'waiting' | 'taken' | 'official' | 'stuck'
}

/** One slip and how far it is; null where there is none of this person. */
export async function loadSlip(userId: string, id: string): Promise<SlipFacts | null> {
  return read(['slips', 'notices', 'outbox'], async (tx) => {
    const row = await tx.objectStore('slips').get(id)
    if (!row || row.user_id !== userId) return null
    const notice = (await tx.objectStore('notices').get(id))?.data as NoticeDoc | undefined
    const sent = (await tx.objectStore('outbox').index('by_subject').getAll(id)).find(
      (each) => each.command === 'hand_over_slip',
    )
    const stands = notice
      ? 'official'
      : sent?.state === 'attention'
        ? 'stuck'
        : sent && sent.state !== 'confirmed'
          ? 'waiting'
          : 'taken'
    return { row, data: row.data as SlipData, official: notice?.number ?? null, stands }
  })
}

/** Slips of a visit, oldest first. */
export async function slipsOf(userId: string, visitId: string): Promise<SlipRow[]> {
  const rows = await read(['slips'], (tx) => tx.objectStore('slips').index('by_visit').getAll(visitId))
  return rows.filter((row) => row.user_id === userId).sort((a, b) => a.handed_at.localeCompare(b.handed_at))
}
