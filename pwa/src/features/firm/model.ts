/**
 * What a firm sees, made of three facts: the server's notices, the findings they are about, and what this phone has
 * queued. Nothing is stored twice: an answer that is on its way is read from the queue. Pure.
 */
import type { OutboxRow } from '../../db'
import type { ResponseDoc, ReviewDoc, Severity } from '../../domain/documents'
import type { DutyStep, ProcedureDoc, ServiceDoc } from '../procedure/model'
import { spaced } from '../../i18n/text'
import type { Progress } from '../../ui'

export interface Named {
  id: string
  name: string
}

export interface ItemDoc extends ProcedureDoc {
  id: string
  finding_id: string
  seq: number
  item_code: string
  item_name: string
  severity: Severity
  place: string
  text: string
  legal_basis: string
  requirement: string
  term: number
  unit: string
  printed_due_at: string
  due_at: string
  provisional: boolean
  state: 'pending' | 'answered' | 'passed' | 'failed' | 'withdrawn'
  responses: ResponseDoc[]
  reviews: ReviewDoc[]
}

export type NoticeState =
  'issued' | 'served' | 'acknowledged' | 'replied' | 'complied' | 'partly' | 'not_complied' | 'voided'

export interface NoticeDoc {
  id: string
  number: string
  document_type: string
  order_no: number
  previous_id: string | null
  organisation: Named
  firm: Named
  compound: Named
  state: NoticeState
  issued_at: string
  acknowledged_at: string | null
  voided_at: string | null
  service: ServiceDoc
  receipt: { name?: string; title?: string; phone?: string } | null
  contact: string
  contact_phone: string
  verify_url: string
  items: ItemDoc[]
}

/** A photo of the case, from the phone's stores or from the server. */
export interface CasePhoto {
  id: string
  kind: string
  stage?: string
  state: string
  captured_at: string
  /** As this phone has it: the photo is the poster of a video. */
  clip?: 'expected' | 'stored'
  /** As the server says it. */
  original_mime?: string | null
  original_stored_at?: string | null
}

/** Whether a video can be played behind the photo. */
export const hasVideo = (photo: CasePhoto): boolean =>
  photo.clip === 'stored' || (!!photo.original_mime?.startsWith('video/') && !!photo.original_stored_at)

export interface ItemView extends ItemDoc {
  /** Steps of the duty report that are queued here and that the server's document does not show yet. */
  filing: DutyStep[]
  /** Its name in the language of the screen. */
  title: string
  /** As the glyph is drawn now. */
  progress: Progress
  /** The answer that is queued here and that the server's document does not show yet. */
  queued: OutboxRow | null
  /** The last answer from here, when the server refused it. */
  refused: OutboxRow | null
  /** Whether an answer may be written now. */
  open: boolean
  /** The department that holds the case (移送): meanwhile nothing is asked of the firm. Null: none. */
  held: string | null
}

export interface NoticeView extends Omit<NoticeDoc, 'items'> {
  items: ItemView[]
  /** The acknowledgement that is queued here; null when there is none or the server has it. */
  signing: OutboxRow | null
  /** Signed for, here or there. */
  signed: boolean
  /** The order that took over what had failed here; null when there is none. */
  follower: NoticeDoc | null
}

/** Body of `answer_item`, as it lies in the queue. */
export interface AnswerBody {
  response_id: string
  notice_id: string
  finding_id: string
  text: string
  photos: { photo_id: string; captured_at: string }[]
}

/** Body of `file_duty_step`, as it lies in the queue. */
export interface DutyBody {
  report_id: string
  notice_id: string
  finding_id: string
  step: DutyStep
}

export const SETTLED: ReadonlySet<NoticeState> = new Set(['complied', 'partly', 'not_complied', 'voided'])

const UNSIGNED: ReadonlySet<NoticeState> = new Set(['issued', 'served'])
const OVER: ReadonlySet<ItemDoc['state']> = new Set(['passed', 'withdrawn'])

/** What a document that this phone took before the server spoke of procedure does not say. */
export const NOTHING_ASKED: ProcedureDoc = {
  asks: 'rectify',
  stages: [],
  deadline_changes: [],
  extensions: [],
  objection: null,
  duty_report: null,
  may_extend_until: null,
  extension_refusal: null,
  extensions_left: 0,
  may_object: false,
}

/** Which command another one waits for: an answer is refused before the notice is signed for. */
export const signingKey = (noticeId: string): string => `receipt:${noticeId}`

/** The last command of a kind that `fits`, refused or not. */
function lastOf(
  rows: readonly OutboxRow[],
  kind: string,
  fits: (body: AnswerBody) => boolean,
): OutboxRow | null {
  const fitting = rows.filter((row) => row.command === kind && fits(row.body as AnswerBody))
  return fitting[fitting.length - 1] ?? null
}

const counts = (row: OutboxRow | null): OutboxRow | null => (row && row.state !== 'attention' ? row : null)

/**
 * A notice as it stands for the person who holds this phone, at `now` (ms). `rows` are their commands, `follower` is
 * the second order on it.
 */
export function viewOf(
  doc: NoticeDoc,
  titleOf: (item: ItemDoc) => string,
  rows: readonly OutboxRow[],
  now: number,
  follower: NoticeDoc | null = null,
  heldBy: (item: ItemDoc) => string | null = () => null,
): NoticeView {
  // Service does not sign: somebody of the firm still says who has received it.
  const unsigned = UNSIGNED.has(doc.state)
  const signing = unsigned
    ? counts(lastOf(rows, 'acknowledge_notice', (body) => body.notice_id === doc.id))
    : null
  const signed = !unsigned || signing !== null
  const taken = new Set(follower?.items.map((item) => item.finding_id))
  const items = doc.items.map((item) => {
    const view = itemView(doc, item, titleOf(item), rows, now)
    const held = heldBy(item)
    const resting = held !== null && view.progress === 'overdue'
    return {
      ...view,
      held,
      progress: resting ? 'open' : view.progress,
      open: view.open && signed && !taken.has(item.finding_id) && held === null,
    }
  })
  return { ...doc, items, signing, signed, follower }
}

function itemView(
  doc: NoticeDoc,
  item: ItemDoc,
  title: string,
  rows: readonly OutboxRow[],
  now: number,
): Omit<ItemView, 'held'> {
  const told = new Set(item.responses.map((response) => response.id))
  const last = lastOf(
    rows,
    'answer_item',
    (body) => body.notice_id === doc.id && body.finding_id === item.finding_id && !told.has(body.response_id),
  )
  const mine = counts(last)
  const answered = item.state === 'answered' || mine !== null
  const over = OVER.has(item.state)
  const late = !answered && !over && Date.parse(item.due_at) < now
  const filing = rows
    .filter((row) => row.command === 'file_duty_step' && row.state !== 'attention')
    .map((row) => row.body as DutyBody)
    .filter((body) => body.notice_id === doc.id && body.finding_id === item.finding_id)
    .map((body) => body.step)
    .filter((step) => !item.duty_report?.[step])
  return {
    ...NOTHING_ASKED,
    ...item,
    title,
    filing,
    progress: over ? 'closed' : late ? 'overdue' : answered ? 'replied' : 'open',
    queued: mine,
    refused: mine ? null : last,
    open: !SETTLED.has(doc.state) && !answered && !over && !filing.includes('reported'),
  }
}

/** Notices that wait for the firm or for the re-check: unsigned first, then by the nearest date that still counts. */
export function inOrder(notices: readonly NoticeView[]): NoticeView[] {
  return [...notices].sort(
    (a, b) =>
      Number(a.signed) - Number(b.signed) || nearest(a) - nearest(b) || a.number.localeCompare(b.number),
  )
}

/** The nearest date (ms) among items that wait for the firm; answered ones come after all of these. */
export function nearest(notice: NoticeView): number {
  const due = (items: readonly ItemView[]): number =>
    Math.min(...items.map((item) => Date.parse(item.due_at)))
  const waiting = notice.items.filter((item) => item.progress === 'open' || item.progress === 'overdue')
  return waiting.length > 0 ? due(waiting) : 1e15 + due(notice.items)
}

/** The item to open first: the most urgent one that waits for the firm, else the first. */
export function firstOpen(notice: NoticeView): ItemView {
  const waiting = notice.items.filter((item) => item.progress === 'open' || item.progress === 'overdue')
  return [...waiting].sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at))[0] ?? notice.items[0]!
}

export interface Tally {
  /** Items of open notices. */
  items: number
  waiting: number
  late: number
  answered: number
  passed: number
  unsigned: number
}

/** What stands in all of them together. */
export function tally(notices: readonly NoticeView[]): Tally {
  const items = notices.flatMap((notice) => notice.items)
  const count = (progress: Progress): number => items.filter((item) => item.progress === progress).length
  return {
    items: items.length,
    waiting: count('open') + count('overdue'),
    late: count('overdue'),
    answered: count('replied'),
    passed: count('closed'),
    unsigned: notices.filter((notice) => !notice.signed).length,
  }
}

/** What happened to an item, oldest first. */
export type Turn =
  { kind: 'response'; at: string; response: ResponseDoc } | { kind: 'review'; at: string; review: ReviewDoc }

/** Answers and verdicts in the order of their times. */
export function turns(item: Pick<ItemDoc, 'responses' | 'reviews'>): Turn[] {
  const all: Turn[] = [
    ...item.responses.map((response): Turn => ({ kind: 'response', at: response.submitted_at, response })),
    ...item.reviews.map((review): Turn => ({ kind: 'review', at: review.reviewed_at, review })),
  ]
  return all.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** The verdict that the firm has to answer: the newest one, when it failed and nothing was answered since. */
export function failedReview(item: ItemView): ReviewDoc | null {
  if (item.state !== 'failed' || item.queued) return null
  const failed = item.reviews.filter((review) => !review.passed)
  return failed[failed.length - 1] ?? null
}

/** What the reviewer wants to see besides, while the item waits for the firm. */
export function moreAsked(item: ItemView): string | null {
  if (!item.open && !item.filing.length) return null
  const last = item.responses[item.responses.length - 1]
  return last?.state === 'need_more' ? (last.more_asked ?? null) : null
}

/** Kinds that an after photo can repeat from the same spot, in the order in which they are asked for. */
const REPEATED = ['O', 'C', 'M'] as const

/**
 * The photos of the case that the firm takes again, one of each kind, overview first. Their number is the number of
 * after photos asked for; with none of them there is still one.
 */
export function views(photos: readonly CasePhoto[]): CasePhoto[] {
  const before = photos
    .filter((photo) => photo.stage === 'before' && photo.state === 'stored')
    .sort((a, b) => a.captured_at.localeCompare(b.captured_at))
  return REPEATED.flatMap((kind) => before.find((photo) => photo.kind === kind) ?? [])
}

/** Text of the office as a sentence on the screen: spaced, and with a full stop where the writer left it out. */
export function sentence(text: string): string {
  return spaced(text) + (/[。？！；.?!]$/.test(text) ? '' : '。')
}
