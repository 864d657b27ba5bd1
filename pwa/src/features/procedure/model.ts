/** Service and procedure of a notice as the server tells them, and what screens make of it. Pure. */

export type RequestState = 'pending' | 'granted' | 'refused' | 'withdrawn' | 'moot'
export type DutyStep = 'found' | 'dissuaded' | 'reported'
export type ServiceMethod = 'direct' | 'left_in_place' | 'electronic' | 'post' | 'announcement'
export type StageName = 'stop' | 'guard' | 'report' | 'plan' | 'fix'
export type Refusal = 'critical' | 'expired' | 'not_served' | 'not_later' | 'beyond_cap' | 'too_many'

export const DUTY_STEPS: readonly DutyStep[] = ['found', 'dissuaded', 'reported']
export const REASONS = ['materials', 'repair_fund', 'weather', 'government_works', 'other'] as const
export const METHODS: readonly ServiceMethod[] = [
  'direct',
  'left_in_place',
  'electronic',
  'post',
  'announcement',
]
export const RELATIONS = ['legal_representative', 'principal', 'mail_receiver', 'agent'] as const
export const CHANNELS = ['portal', 'email', 'sms'] as const

/** A step before the last of an item, with its own hour. */
export interface StageDoc {
  stage: StageName
  n: number
  unit: string
  due_at: string
  provisional: boolean
}

export interface ExtensionDoc {
  id: string
  state: RequestState
  reason_code: string
  reason: string
  interim_measures: string
  due_before: string
  wanted_due_at: string
  granted_due_at: string | null
  requested_at: string
  decided_at: string | null
  decision_text: string | null
  document_id: string | null
}

export interface ObjectionDoc {
  id: string
  state: RequestState
  reason: string
  filed_at: string
  decided_at: string | null
  decision_text: string | null
  photo_ids: string[]
}

export interface DutyStepDoc {
  at: string
  text: string
  counterpart: string
  photo_ids: string[]
}

export interface DutyReportDoc {
  id: string
  state: DutyStep
  document_id: string | null
  found?: DutyStepDoc
  dissuaded?: DutyStepDoc
  reported?: DutyStepDoc
}

export interface DeadlineChangeDoc {
  changed_at: string
  due_before: string
  due_after: string
  reason: 'service' | 'extension' | 'ask_more' | 'calendar'
}

/** What an item of a notice carries of procedure. */
export interface ProcedureDoc {
  asks: 'rectify' | 'duty_report'
  stages: StageDoc[]
  deadline_changes: DeadlineChangeDoc[]
  extensions: ExtensionDoc[]
  objection: ObjectionDoc | null
  duty_report: DutyReportDoc | null
  /** Latest date that can be asked for now; null: none can. */
  may_extend_until: string | null
  extension_refusal: Refusal | null
  extensions_left: number
  may_object: boolean
}

export interface PartyDoc {
  name?: string
  title?: string
  phone?: string
}

export interface ServiceActDoc {
  id: string
  method: ServiceMethod
  state: 'pending' | 'completed' | 'failed'
  attempted_at: string
  served_at: string | null
  server: string | null
  place: string
  recipient: PartyDoc | null
  relation: string | null
  refusal_reason: string | null
  witness: PartyDoc | null
  channel: string | null
  tracking_number: string | null
  published_on: string | null
  failure: string | null
  document_id: string | null
  signature_photo_id: string | null
  photo_ids: string[]
  /** Those of them that are frames of a video. */
  video_ids: string[]
}

/** Service beside notification: what the law counts from, and what the firm has seen. */
export interface ServiceDoc {
  state: 'unserved' | 'under_way' | 'served'
  serve_by: string
  served_at: string | null
  method: ServiceMethod | null
  opened_at: string | null
  acknowledged_at: string | null
  acts: ServiceActDoc[]
}

export interface ConsentDoc {
  id: string
  firm_id: string
  scope: string
  channels: string[]
  signer_name: string
  signer_title: string
  signed_on: string
  paper_number: string
  recorded_at: string
  withdrawn_at: string | null
}

export interface LinkDoc {
  id: string
  made_at: string
  expires_at: string
  revoked_at: string | null
  claimed_at: string | null
  holder_name: string | null
  holder_phone: string | null
  open: boolean
}

interface WaitingDoc {
  notice_id: string
  finding_id: string
  number: string
  firm: string
  compound: string
  item_name: string
  severity: 'general' | 'major' | 'critical'
  due_at: string
  mine: boolean
}
export type WaitingExtension = ExtensionDoc & WaitingDoc
export type WaitingObjection = ObjectionDoc & WaitingDoc

export interface RequestsDoc {
  extensions: WaitingExtension[]
  objections: WaitingObjection[]
}

interface TimelineNotice {
  issued_at: string
  voided_at?: string | null
  acknowledged_at: string | null
  service: ServiceDoc
}
interface TimelineItem extends ProcedureDoc {
  responses: { submitted_at: string; late: boolean; state?: string; more_asked?: string | null }[]
  reviews: { reviewed_at: string; passed: boolean }[]
}

/** One line of the timeline: when, and which sentence with which parts. */
export type Event =
  | { at: string; kind: 'issued' | 'opened' | 'acknowledged' | 'voided' }
  | { at: string; kind: 'served' | 'attempted' | 'returned'; method: ServiceMethod }
  | { at: string; kind: 'moved'; reason: DeadlineChangeDoc['reason']; to: string }
  | { at: string; kind: 'extension_asked'; to: string }
  | { at: string; kind: 'extension_decided'; state: RequestState; to: string | null }
  | { at: string; kind: 'objection_filed' }
  | { at: string; kind: 'objection_decided'; state: RequestState }
  | { at: string; kind: 'duty'; step: DutyStep }
  | { at: string; kind: 'answered'; late: boolean }
  | { at: string; kind: 'reviewed'; passed: boolean }

/** What happened to one item of a notice, oldest first. */
export function timeline(notice: TimelineNotice, item: TimelineItem): Event[] {
  const { service } = notice
  const events: Event[] = [{ at: notice.issued_at, kind: 'issued' }]
  if (service.opened_at) events.push({ at: service.opened_at, kind: 'opened' })
  if (notice.acknowledged_at) events.push({ at: notice.acknowledged_at, kind: 'acknowledged' })
  if (notice.voided_at) events.push({ at: notice.voided_at, kind: 'voided' })
  for (const act of service.acts) {
    if (act.state === 'completed') events.push({ at: act.served_at!, kind: 'served', method: act.method })
    else {
      const kind = act.state === 'failed' ? 'returned' : 'attempted'
      events.push({ at: act.attempted_at, kind, method: act.method })
    }
  }
  for (const { changed_at, reason, due_after } of item.deadline_changes) {
    // What an extension did is said by the decision on it.
    if (reason !== 'extension') events.push({ at: changed_at, kind: 'moved', reason, to: due_after })
  }
  for (const one of item.extensions) {
    events.push({ at: one.requested_at, kind: 'extension_asked', to: one.wanted_due_at })
    if (one.decided_at) {
      const { decided_at: at, state, granted_due_at: to } = one
      events.push({ at, kind: 'extension_decided', state, to })
    }
  }
  if (item.objection) {
    const { filed_at, decided_at, state } = item.objection
    events.push({ at: filed_at, kind: 'objection_filed' })
    if (decided_at) events.push({ at: decided_at, kind: 'objection_decided', state })
  }
  for (const step of DUTY_STEPS) {
    const filed = item.duty_report?.[step]
    if (filed) events.push({ at: filed.at, kind: 'duty', step })
  }
  for (const { submitted_at: at, late } of item.responses) events.push({ at, kind: 'answered', late })
  for (const { reviewed_at: at, passed } of item.reviews) events.push({ at, kind: 'reviewed', passed })
  return events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** The step of the duty report that comes next; null once it is reported. */
export function nextStep(report: DutyReportDoc | null, queued: readonly DutyStep[] = []): DutyStep | null {
  return DUTY_STEPS.find((step) => !report?.[step] && !queued.includes(step)) ?? null
}

/** The request that still waits, or the newest one: what the firm sees of it. */
export function newest<T extends { state: RequestState }>(requests: readonly T[]): T | null {
  return requests.find((one) => one.state === 'pending') ?? requests[requests.length - 1] ?? null
}

const two = (n: number): string => String(n).padStart(2, '0')

/** A moment as a date-and-time field wants it, in China Standard Time. */
export function localField(at: string | number): string {
  const d = new Date(new Date(at).getTime() + 8 * 3_600_000)
  const day = `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`
  return `${day}T${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`
}

/** The moment that such a field names; null while it is empty or half filled. */
export function fieldMoment(local: string): string | null {
  const at = Date.parse(`${local}:00+08:00`)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

/** Today in China Standard Time, as a date field wants it. */
export function localDay(at: number): string {
  return localField(at).slice(0, 10)
}
