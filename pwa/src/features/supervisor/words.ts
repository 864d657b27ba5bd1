/** Documents in words. Everything that is shown of a finding in more than one place is worded here. */
import { timeLeft } from '../../domain/deadlines'
import { leftShort, spaced } from '../../i18n/dates'
import { m } from '../../i18n/index.svelte'
import type { Tone } from '../../ui'
import { itemName } from './names.svelte'
import type { FindingDoc, LedgerDoc, PhotoDoc } from './model'

/** 汀禾苑 3 号楼北侧 */
export function placeText(finding: Pick<FindingDoc, 'compound_name' | 'place'>): string {
  return spaced(`${finding.compound_name} ${finding.place}`.trim())
}

/** 汀禾苑 · 青禾街道 */
export function whereText(finding: Pick<FindingDoc, 'compound_name' | 'street'>): string {
  return [finding.compound_name, finding.street].filter((part) => part !== '').join(' · ')
}

/** 〔2026〕第37号: the number without the word of the office, which everybody here knows. */
export function shortNumber(number: string): string {
  const at = number.indexOf('〔')
  return at < 0 ? number : number.slice(at)
}

/** The words of the severity tag: 紧急, 紧急 · 逾期 2 天. */
export function severityText(finding: FindingDoc, now: number): string {
  const word = m.common.severity[finding.severity]
  if (finding.progress === 'closed' || !finding.overdue || finding.due_at === null) return word
  return `${word} · ${leftShort(finding.due_at, now)}`
}

export const TONES: Record<FindingDoc['severity'], Tone> = {
  critical: 'crit',
  major: 'major',
  general: 'general',
}

/** The state as people here call it, and how loudly. */
export function stateText(finding: Pick<FindingDoc, 'state'>): { text: string; tone: Tone } {
  const words: Record<string, string> = m.supervisor.states
  const tone: Tone =
    finding.state === 'replied' || finding.state === 'reviewing'
      ? 'wait'
      : finding.state === 'closed' || finding.state === 'on_spot_fixed'
        ? 'ok'
        : 'plain'
  return { text: words[finding.state] ?? finding.state, tone }
}

/** Spoken name of a finding, in the order 轻重，进度，事项，小区. */
export function spokenText(finding: FindingDoc, now: number): string {
  const progress =
    finding.overdue && finding.due_at !== null && finding.progress !== 'closed'
      ? leftShort(finding.due_at, now)
      : m.common.progress[finding.progress]
  return [m.common.severity[finding.severity], progress, itemName(finding), finding.compound_name].join('，')
}

/** Name of a group of the catalogue by its two letters. */
export function categoryText(code: string): string {
  const words: Record<string, string> = m.supervisor.categories
  return words[code.slice(0, 2)] ?? code
}

/** Alternative text of a photo: what, where, before or after. */
export function photoAlt(finding: FindingDoc, photo: Pick<PhotoDoc, 'stage' | 'kind'>): string {
  const when = photo.stage === 'before' ? m.common.photo.before : m.supervisor.stages[photo.stage]
  return [itemName(finding), placeText(finding), when, m.common.photo[photo.kind]].join('，')
}

/** What a line of the case file says was done. */
export function actText(line: LedgerDoc): string {
  const { data } = line
  const text = (key: string): string => (typeof data[key] === 'string' ? data[key] : '')
  const count = Array.isArray(data['photos']) ? data['photos'].length : 0
  const words = m.supervisor.acts
  switch (line.act) {
    case 'finding.issue_notice':
      return words.issueNotice(shortNumber(text('number')))
    case 'finding.issue_second_order':
      return words.issueSecondOrder(shortNumber(text('number')))
    case 'finding.answer':
      return count > 0 ? words.answerWith(count) : words.answer
    case 'photo.stored':
      return words.photoStored(m.common.photo[text('kind') as PhotoDoc['kind']] ?? '')
    case 'photo.original_stored': {
      const ms = data['milliseconds']
      return typeof ms === 'number'
        ? words.videoStored(Math.round(ms / 1000))
        : words.originalStored(m.common.photo[text('kind') as PhotoDoc['kind']] ?? '')
    }
    case 'finding.dispatch_review':
      return words.dispatch(text('reviewer'))
    case 'finding.transfer':
      return words.transfer(text('organisation'))
    default:
      return (m.supervisor.plainActs as Record<string, string>)[line.act] ?? line.act
  }
}

/** Words that somebody gave with the act: a reason, a note, a report. */
export function actNote(line: LedgerDoc): string {
  const note = line.data['reason'] ?? line.data['note'] ?? line.data['text']
  return line.act !== 'finding.open' && typeof note === 'string' ? note : ''
}

/** Who did it: 青禾街道 何督01; the system acts without a person. */
export function actorText(line: LedgerDoc): string {
  if (line.actor === '' || line.actor === 'system') return m.supervisor.system
  return [line.organisation, line.actor].filter((part) => part !== '').join(' ')
}

/** Whether the deadline passes within a day or has passed: then it is red. */
export function pressing(due: string, now: number): boolean {
  const left = timeLeft(due, now)
  return left.overdue || left.ms < 3 * 3_600_000
}
