/** Transfers (移送) as the server sends them, and how they are worded and coloured. */
import { m } from '../../../i18n/index.svelte'
import type { Tone } from '../../../ui'
import type { FindingDoc, Named } from '../model'

export type TransferState = 'sent' | 'accepted' | 'declined' | 'reported' | 'concluded'
export type TransferAction = 'accept' | 'decline' | 'report' | 'conclude'

export interface BundleDoc {
  state: 'queued' | 'working' | 'ready'
  requested_at: string
  done: number
  total: number
  missing: number
  size: number | null
  made_at: string | null
}

export interface TransferDoc {
  id: string
  finding_id: string
  number: string | null
  document_id: string | null
  organisation: Named
  sent_by: string
  department: Named
  compound: Named
  item_code: string
  item_name: string
  severity: FindingDoc['severity']
  place: string
  text: string
  reason: string
  state: TransferState
  sent_at: string
  answer_due_at: string
  late: boolean
  answered_at: string | null
  handler: string | null
  handler_phone: string | null
  answer_text: string | null
  reported_at: string | null
  result: string | null
  concluded_at: string | null
  bundle: BundleDoc | null
  actions: TransferAction[]
}

export type TransferCounts = Record<TransferState | 'late', number>

/** The lists of the screen in order; '' is all of them. */
export const LISTS = ['', 'sent', 'late', 'accepted', 'reported', 'declined', 'concluded'] as const
export type ListName = (typeof LISTS)[number]

/** The path of a list under /api. */
export function listPath(name: ListName): string {
  if (name === '') return '/transfers'
  return name === 'late' ? '/transfers?late=true' : `/transfers?state=${name}`
}

/** What stands on the tag of a transfer, and how loudly. */
export function stateTag(transfer: Pick<TransferDoc, 'state' | 'late'>): { text: string; tone: Tone } {
  const words = m.transfers
  if (transfer.late) return { text: words.late, tone: 'crit' }
  const tones: Record<TransferState, Tone> = {
    sent: 'wait',
    accepted: 'accent',
    reported: 'major',
    declined: 'plain',
    concluded: 'ok',
  }
  return { text: words.states[transfer.state], tone: tones[transfer.state] }
}

export interface Step {
  kind: TransferState
  what: string
  at: string
  who: string
  text: string
}

/** What happened so far, the first act first. */
export function steps(transfer: TransferDoc): Step[] {
  const words = m.transfers.steps
  const unit = transfer.department.name
  const handler = [transfer.handler, transfer.handler_phone].filter(Boolean).join(' ')
  const answered = transfer.state === 'declined' ? 'declined' : 'accepted'
  const told: (Step | null)[] = [
    {
      kind: 'sent',
      what: words.sent,
      at: transfer.sent_at,
      who: `${transfer.organisation.name} ${transfer.sent_by}`,
      text: transfer.reason,
    },
    transfer.answered_at === null
      ? null
      : {
          kind: answered,
          what: words[answered],
          at: transfer.answered_at,
          who: `${unit} ${handler}`.trim(),
          text: transfer.answer_text ?? '',
        },
    transfer.reported_at === null
      ? null
      : {
          kind: 'reported',
          what: words.reported,
          at: transfer.reported_at,
          who: unit,
          text: transfer.result ?? '',
        },
    transfer.concluded_at === null
      ? null
      : {
          kind: 'concluded',
          what: words.concluded,
          at: transfer.concluded_at,
          who: transfer.organisation.name,
          text: '',
        },
  ]
  return told.filter((step) => step !== null)
}
