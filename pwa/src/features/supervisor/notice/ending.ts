/** Voiding and correcting a notice: which papers hang together, what a correction changes. Pure. */
import { fieldMoment, localField } from '../../procedure/model'
import type { NoticeDoc, NoticeItemDoc } from '../model'

/** A row of the register of documents. */
export interface PaperDoc {
  id: string
  document_type: string
  number: string
  title: string
  edition: number
  issued_at: string
  state: 'in_force' | 'voided' | 'superseded'
  ended_at: string | null
  end_reason: string | null
  supersedes_id: string | null
  refers_to_id: string | null
  verify_url: string
}

/** The notice's own editions, newest first, and the papers about it. */
export function papersOf(
  all: readonly PaperDoc[],
  documentId: string,
): { editions: PaperDoc[]; companions: PaperDoc[] } {
  const byId = new Map(all.map((one) => [one.id, one]))
  const editions: PaperDoc[] = []
  for (let one = byId.get(documentId); one; one = one.supersedes_id ? byId.get(one.supersedes_id) : undefined)
    editions.push(one)
  const own = new Set(editions.map((one) => one.id))
  const companions = all.filter(
    (one) => one.refers_to_id !== null && own.has(one.refers_to_id) && !own.has(one.id),
  )
  return { editions, companions }
}

export interface LineEdit {
  requirement: string
  legal_basis: string
  /** Wall clock of Shanghai, as the field has it. */
  due: string
}

export interface Correction {
  reason: string
  contact: string
  phone: string
  lines: Record<string, LineEdit>
}

export const lineOf = (item: NoticeItemDoc): LineEdit => ({
  requirement: item.requirement,
  legal_basis: item.legal_basis,
  due: localField(item.printed_due_at),
})

export const correctionOf = (notice: NoticeDoc): Correction => ({
  reason: '',
  contact: notice.contact,
  phone: notice.contact_phone,
  lines: Object.fromEntries(notice.items.map((item) => [item.finding_id, lineOf(item)])),
})

/** What of a line differs from what is printed, as the command wants it; null: nothing. */
export function lineChange(item: NoticeItemDoc, edit: LineEdit): Record<string, unknown> | null {
  const before = lineOf(item)
  const changed: Record<string, unknown> = {}
  for (const name of ['requirement', 'legal_basis'] as const)
    if (edit[name].trim() !== before[name]) changed[name] = edit[name].trim()
  if (edit.due !== before.due) changed['due_at'] = fieldMoment(edit.due)
  return Object.keys(changed).length === 0 ? null : { finding_id: item.finding_id, ...changed }
}

/** Why a line cannot be printed so; null: it can. */
export function lineFault(item: NoticeItemDoc, edit: LineEdit): 'empty' | 'earlier' | null {
  if (edit.requirement.trim() === '' || edit.legal_basis.trim() === '') return 'empty'
  if (edit.due === lineOf(item).due) return null
  const moment = fieldMoment(edit.due)
  if (moment === null) return 'empty'
  return Date.parse(moment) < Date.parse(item.printed_due_at) ? 'earlier' : null
}

/** Body of `correct_notice`; null where nothing was changed. */
export function correctionBody(notice: NoticeDoc, said: Correction): Record<string, unknown> | null {
  const items = notice.items
    .map((item) => lineChange(item, said.lines[item.finding_id]!))
    .filter((line) => line !== null)
  const contact = said.contact.trim() === notice.contact ? null : said.contact.trim() || null
  const contact_phone = said.phone.trim() === notice.contact_phone ? null : said.phone.trim() || null
  if (items.length === 0 && contact === null && contact_phone === null) return null
  return { notice_id: notice.id, reason: said.reason.trim(), items, contact, contact_phone }
}
