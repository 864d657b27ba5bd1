/** What the issuer changed of a proposal, and what of it goes to the server. Pure. */
import type { NoticeType, ProposalDoc, ProposalItemDoc } from '../model'

export const UNITS = ['hour', 'duty_hour', 'day', 'workday'] as const
export type Unit = (typeof UNITS)[number]

/** Changes of one line; what is absent stays as proposed. */
export interface Edit {
  place?: string
  facts?: string
  requirement?: string
  legal_basis?: string
  term?: number
  unit?: string
  /** Local wall clock of Shanghai, as `<input type=datetime-local>` has it: 2026-11-27T18:00. */
  fixed?: string
}
export type Edits = Readonly<Record<string, Edit>>

const WALL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/
export const MAX_TERM = 3650

/** ISO 8601 with offset of a wall clock in Shanghai; null when it is no time. */
export function shanghaiTime(wall: string): string | null {
  return WALL.test(wall) && !Number.isNaN(Date.parse(`${wall}:00+08:00`)) ? `${wall}:00+08:00` : null
}

/** The wall clock in Shanghai of an instant, for the input. */
export function wallOf(instant: string): string {
  return new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().slice(0, 16)
}

/** Whether the term of a line is a whole number that the server can take. */
export function termValid(edit: Edit): boolean {
  return edit.term === undefined || (Number.isInteger(edit.term) && edit.term > 0 && edit.term <= MAX_TERM)
}

/** Why a line cannot go out as it stands: key of a sentence, or null. */
export function fault(
  item: ProposalItemDoc,
  edit: Edit | undefined,
  now: number,
): 'term' | 'past' | 'fixed' | 'empty' | 'undrawable' | null {
  const line = { ...item, ...edit }
  if (undrawable(item, edit).length > 0) return 'undrawable'
  if (line.requirement.trim() === '' || line.legal_basis.trim() === '') return 'empty'
  if (edit?.fixed !== undefined) {
    const at = shanghaiTime(edit.fixed)
    if (at === null) return 'fixed'
    return Date.parse(at) <= now ? 'past' : null
  }
  return termValid(edit ?? {}) ? null : 'term'
}

/** The characters that no paper can print and that still stand in place or facts of a line. */
export function undrawable(item: ProposalItemDoc, edit: Edit | undefined): string[] {
  const words = (edit?.place?.trim() || item.place) + (edit?.facts?.trim() || item.facts)
  return item.undrawable.filter((char) => words.includes(char))
}

/** A character for a sentence about it: one that nobody sees is named by its code point. */
export function nameOf(char: string): string {
  if (!/^[\p{C}\p{Z}\p{M}]$/u.test(char)) return char
  return `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}

/** Query of the proposal: the findings, the type, and the terms that were changed and can be reckoned. */
export function proposalQuery(ids: readonly string[], edits: Edits, type: NoticeType = 'N2'): string {
  const query = new URLSearchParams()
  if (type !== 'N2') query.append('document_type', type)
  for (const id of ids) query.append('finding_id', id)
  for (const id of ids) {
    const edit = edits[id]
    if (
      !edit ||
      edit.fixed !== undefined ||
      edit.term === undefined ||
      edit.unit === undefined ||
      !termValid(edit)
    )
      continue
    query.append('term', `${id}:${edit.term}:${edit.unit}`)
  }
  return query.toString()
}

/** An order rests on two officers at least. */
export const OFFICERS_NEEDED = 2

/**
 * One item of the command: the words as they were seen, and either the term or the hour set by hand. The articles of
 * an order (N3) are the catalogue's: they are not sent.
 */
export function issueItem(
  item: ProposalItemDoc,
  edit: Edit | undefined,
  type: NoticeType = 'N2',
): Record<string, unknown> {
  const line = {
    finding_id: item.finding_id,
    ...reworded('place', item, edit),
    ...reworded('facts', item, edit),
    requirement: (edit?.requirement ?? item.requirement).trim(),
    ...(type === 'N3' ? {} : { legal_basis: (edit?.legal_basis ?? item.legal_basis).trim() }),
  }
  const fixed = edit?.fixed === undefined ? null : shanghaiTime(edit.fixed)
  if (fixed !== null) return { ...line, due_at: fixed }
  return { ...line, term: edit?.term ?? item.term, unit: edit?.unit ?? item.unit }
}

/** Place or facts where the issuer words them otherwise than the finding. */
function reworded(
  name: 'place' | 'facts',
  item: ProposalItemDoc,
  edit: Edit | undefined,
): Record<string, string> {
  const words = edit?.[name]?.trim()
  return words && words !== item[name] ? { [name]: words } : {}
}

/** The due instant of a line as shown now: set by hand, else as the server reckoned it. */
export function dueAt(item: ProposalItemDoc, edit: Edit | undefined): string {
  return (edit?.fixed === undefined ? null : shanghaiTime(edit.fixed)) ?? item.due_at
}

/** First and last due instant over all lines. */
export function dueSpan(proposal: ProposalDoc, edits: Edits): { first: string; last: string } {
  const all = proposal.items.map((item) => dueAt(item, edits[item.finding_id]))
  all.sort((a, b) => Date.parse(a) - Date.parse(b))
  return { first: all[0]!, last: all[all.length - 1]! }
}
