/** The documents that the server sends to this face, as its schemas word them. Times ISO 8601, distances metres. */
import type { FindingDoc as BaseFinding, PhotoDoc as BasePhoto, Severity } from '../../domain/documents'

import type { ProcedureDoc, ServiceDoc, StageDoc } from '../procedure/model'

export interface Named {
  id: string
  name: string
}

/** As lists have it, with what only the office looks at. */
export interface FindingDoc extends Omit<BaseFinding, 'received_at'> {
  received_at: string
  photo_excuses: Record<string, string>
  clock_offset_ms: number | null
  triage_due_at: string | null
  master_id: string | null
  version: number
}

export interface PhotoDoc extends BasePhoto {
  /** `reused`: the same bytes are evidence elsewhere; `photo.…`: they are no usable picture. */
  flags: string[]
}

export interface LedgerDoc {
  seq: number
  act: string
  actor: string
  organisation: string
  at: string
  device_at: string | null
  data: Record<string, unknown>
  hash: string
}

export interface SimilarDoc extends FindingDoc {
  distance_m: number
  days: number
}

export interface ResponseDoc {
  id: string
  finding_id: string
  text: string
  submitted_at: string
  late: boolean
  state?: string
  more_asked?: string | null
  photo_ids: string[]
}

export interface ReviewDoc {
  id: string
  finding_id: string
  passed: boolean
  text: string
  reviewed_at: string
  reviewer: string
  photo_ids: string[]
}

export interface CaseDoc extends FindingDoc {
  photos: PhotoDoc[]
  ledger: LedgerDoc[]
  ledger_intact: boolean
  similar: SimilarDoc[]
  notices: { id: string; number: string; order_no: number }[]
  responses: ResponseDoc[]
  reviews: ReviewDoc[]
}

export interface NoticeItemDoc extends ProcedureDoc {
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

export interface NoticeDoc {
  id: string
  number: string
  document_id: string
  document_type: string
  order_no: number
  previous_id: string | null
  organisation: Named
  firm: Named
  compound: Named
  state: 'issued' | 'served' | 'acknowledged' | 'replied' | 'complied' | 'partly' | 'not_complied' | 'voided'
  issued_at: string
  acknowledged_at: string | null
  voided_at: string | null
  void_reason: string | null
  receipt: Record<string, string> | null
  service: ServiceDoc
  contact: string
  contact_phone: string
  verify_url: string
  document_sha256: string
  actions: string[]
  items: NoticeItemDoc[]
}

export interface ProposalItemDoc {
  finding_id: string
  item_code: string
  item_name: string
  place: string
  facts: string
  /** Characters of place and facts that no paper can print. */
  undrawable: string[]
  legal_basis: string
  requirement: string
  term: number
  unit: string
  due_at: string
  provisional: boolean
  /** The steps before the last, each with its hour. */
  stages: StageDoc[]
}

export type NoticeType = 'N1' | 'N2' | 'N3'

/** A type of notice and what stands against it: a problem's code and, where it is about some items only, theirs. */
export interface TypeChoice {
  document_type: NoticeType
  against: { code: string; items: string[] }[]
}

/** Somebody of the own unit who holds a certificate today. */
export interface OfficerDoc {
  id: string
  display_name: string
  certificate: string
  valid_to: string | null
}

export interface ProposalDoc {
  document_type: NoticeType
  types: TypeChoice[]
  firm: Named
  compound: Named
  order_no: number
  contact: string
  contact_phone: string
  missing_photos: number
  items: ProposalItemDoc[]
}

export interface ReviewerDoc {
  id: string
  display_name: string
  role: string
  organisation: Named
}

export interface Page<T> {
  items: T[]
  next: string | null
}

/** Inboxes in the order of the rail. */
export const BOXES = ['triage', 'issue', 'serve', 'review', 'overdue', 'second_order'] as const
export type Box = (typeof BOXES)[number]
export type InboxCounts = Record<Box, number>

/** How the glyph is drawn: lateness beats an answer, closed beats both. */
export function glyphOf(
  finding: Pick<FindingDoc, 'progress' | 'overdue'>,
): 'open' | 'replied' | 'overdue' | 'closed' {
  if (finding.progress === 'closed') return 'closed'
  return finding.overdue ? 'overdue' : finding.progress
}

/** Address of a photo's picture. */
export function photoUrl(id: string, size: 'thumb' | 'large' | 'original'): string {
  return `/api/photos/${id}/content?size=${size}`
}
