/** What the page of a one-time link shows: the notice as the firm sees it, without an account. */
import type { ResponseDoc, ReviewDoc, Severity } from '../../domain/documents'
import type { Progress } from '../../ui'
import type { ProcedureDoc, ServiceDoc } from '../procedure/model'

export interface PreviewDoc {
  number: string
  organisation: string
  firm: string
  compound: string
  expires_at: string
  claimed: boolean
  holder: string | null
}

export interface LinkedItem extends ProcedureDoc {
  id: string
  finding_id: string
  seq: number
  item_name: string
  severity: Severity
  place: string
  text: string
  legal_basis: string
  requirement: string
  due_at: string
  provisional: boolean
  state: 'pending' | 'answered' | 'passed' | 'failed' | 'withdrawn'
  responses: (ResponseDoc & { state: string; more_asked: string | null })[]
  reviews: ReviewDoc[]
}

export interface LinkedNotice {
  id: string
  number: string
  document_type: string
  order_no: number
  organisation: { name: string }
  firm: { name: string }
  compound: { name: string }
  state: string
  issued_at: string
  voided_at: string | null
  acknowledged_at: string | null
  receipt: { name?: string } | null
  contact: string
  contact_phone: string
  service: ServiceDoc
  items: LinkedItem[]
}

export interface LinkedPhoto {
  id: string
  case_id: string
  stage: string
  state: string
}

/** How the glyph of an item is drawn at `now`. */
export function progressOf(item: LinkedItem, now: number): Progress {
  if (item.state === 'passed' || item.state === 'withdrawn') return 'closed'
  if (item.state === 'answered') return 'replied'
  return Date.parse(item.due_at) < now ? 'overdue' : 'open'
}

/** Whether the firm may answer the item now: the notice has reached it and stands. */
export function mayAnswer(notice: LinkedNotice, item: LinkedItem): boolean {
  const reached = notice.acknowledged_at !== null && !notice.voided_at
  return reached && (item.state === 'pending' || item.state === 'failed')
}
