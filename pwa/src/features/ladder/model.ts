/** Documents of the ladder as the server sends them, and what the screens make of them. */

export interface Named {
  id: string
  name: string
}

export interface ProposalDoc {
  id: string
  step: string
  step_name: string
  level: number
  action: string
  actor: string
  state: 'open' | 'accepted' | 'dismissed' | 'lapsed'
  document: string | null
  term: { n: number; unit: string } | null
  finding: { id: string; item_code: string; severity: 'critical' | 'major' | 'general'; place: string }
  notice_id: string | null
  number: string | null
  compound: Named
  firm: Named | null
  since: string
  created_at: string
  decided_at: string | null
  decided_by: string | null
  reason: string | null
  may_decide: boolean
}

/** Proposals that one decision settles: the same measure on the lines of one notice. */
export interface Group {
  key: string
  first: ProposalDoc
  all: readonly ProposalDoc[]
}

/** Puts proposals of one step on one notice together, in the order of their first. */
export function grouped(items: readonly ProposalDoc[]): Group[] {
  const groups = new Map<string, ProposalDoc[]>()
  for (const item of items) {
    const about = item.notice_id ?? item.finding.id
    const key = [item.step, about, item.decided_at ?? ''].join(' ')
    const known = groups.get(key)
    if (known) known.push(item)
    else groups.set(key, [item])
  }
  return [...groups].map(([key, all]) => ({ key, first: all[0]!, all }))
}

export interface InterviewDoc {
  id: string
  state: 'called' | 'held' | 'cancelled'
  actions: string[]
  firm: Named
  compound: Named
  finding_ids: string[]
  reason: string
  planned_at: string
  place: string
  attendees: string[]
  held_at: string | null
  minutes: string
  commitments: { text: string; due_on: string; kept: boolean | null; note: string }[]
  document_id: string | null
}

export interface ListingDoc {
  id: string
  state: 'listed' | 'planned' | 'accepting' | 'cleared'
  actions: string[]
  firm: Named
  compound: Named
  finding_ids: string[]
  reason: string
  listed_at: string
  ends_on: string
  continued: number
  plan: string
  reports: { id: string; week: string; percent: number; text: string; reporter: string }[]
  decision: string
  document_id: string | null
}

export interface BulletinDoc {
  id: string
  firm: Named
  compound: Named
  title: string
  text: string
  issued_at: string
  document_id: string | null
}

/** Promises from lines of `2026-12-20 text`; null when a line does not begin with a date. */
export function promises(text: string): { text: string; due_on: string }[] | null {
  const found: { text: string; due_on: string }[] = []
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const parts = /^(\d{4}-\d{2}-\d{2})\s+(\S.*)$/.exec(line)
    if (!parts || Number.isNaN(Date.parse(parts[1]!))) return null
    found.push({ due_on: parts[1]!, text: parts[2]! })
  }
  return found
}

/** Names separated as people write them: 、 or a comma. */
export function names(text: string): string[] {
  return text
    .split(/[、,，]/)
    .map((each) => each.trim())
    .filter((each) => each !== '')
}

/** Whether somebody's area is a district or more (city.district; a street has three labels): who takes measures. */
export const isDistrict = (path: string | undefined): boolean =>
  path !== undefined && path.split('.').length <= 2

/** What a measure is begun with, as it is typed. */
export interface MeasureDraft {
  reason: string
  at: string
  place: string
  attendees: string
  days: string
  title: string
  text: string
}
export const freshMeasure = (reason = ''): MeasureDraft => ({
  reason,
  at: '',
  place: '',
  attendees: '',
  days: '30',
  title: '',
  text: '',
})
/** A number of days that a listing may run. */
export const listingDays = (text: string): boolean => {
  const n = whole(text)
  return n !== null && n >= 1 && n <= 180
}

/** The part of a command that begins an interview, a listing or a bulletin under `id`; null while something lacks. */
export function measureOf(
  action: string,
  draft: MeasureDraft,
  id: string,
  now: number,
): Record<string, unknown> | null {
  const reason = draft.reason.trim()
  if (reason === '') return null
  if (action === 'interview') {
    const place = draft.place.trim()
    if (draft.at === '' || place === '' || Date.parse(moment(draft.at)) <= now) return null
    const attendees = names(draft.attendees)
    return { interview_id: id, reason, planned_at: moment(draft.at), place, attendees }
  }
  if (action === 'listing')
    return listingDays(draft.days) ? { listing_id: id, reason, days: Number(draft.days) } : null
  const [title, text] = [draft.title.trim(), draft.text.trim()]
  return title === '' || text === '' ? null : { bulletin_id: id, title, text }
}

/** The moment that a local date-and-time field names, in China Standard Time. */
export function moment(local: string): string {
  return `${local}:00+08:00`
}

export interface StepDoc {
  code: string
  level: number
  name: string
  trigger: string
  n: number
  unit: string
  action: string
  actor: string
  document: string | null
  term_n: number | null
  term_unit: string | null
  count: number | null
  window_days: number | null
  severities: string[]
  document_types: string[]
  min_orders: number
  enabled: boolean
}

export interface LadderDoc {
  no: number
  latest: number
  steps: StepDoc[]
  history: { no: number; created_at: string; author: string; note: string }[]
}

export interface SimulationDoc {
  cases: number
  weeks: string[]
  steps: { step: string; name: string; level: number; action: string; total: number; weeks: number[] }[]
  latest: {
    finding_id: string
    compound_name: string
    item_code: string
    severity: string
    number: string | null
    step: string
    at: string
  }[]
  not_tried: string[]
}

/** How many steps were changed, added or taken away; 1 where only their order is another. */
export function changes(before: readonly StepDoc[], after: readonly StepDoc[]): number {
  const known = new Map(before.map((step) => [step.code, JSON.stringify(step)]))
  const edited = after.filter((step) => known.get(step.code) !== JSON.stringify(step)).length
  const kept = new Set(after.map((step) => step.code))
  const gone = before.filter((step) => !kept.has(step.code)).length
  const moved = before.some((step, i) => step.code !== after[i]?.code)
  return edited + gone || (moved ? 1 : 0)
}

/** The steps with the one at `i` moved up (-1) or down (1); the same list where it cannot move. */
export function moved<T>(steps: readonly T[], i: number, by: -1 | 1): T[] {
  const found = [...steps]
  const [step] = found.splice(i, 1)
  if (step === undefined || i + by < 0 || i + by > found.length) return [...steps]
  found.splice(i + by, 0, step)
  return found
}

/** A step to begin with, under a code that no other has: codes are for ever, words may change. */
export function freshStep(steps: readonly StepDoc[], level: number): StepDoc {
  let n = steps.length + 1
  while (steps.some((step) => step.code === `step_${n}`)) n += 1
  return {
    code: `step_${n}`,
    level,
    name: '',
    trigger: 'overdue',
    n: 7,
    unit: 'day',
    action: 'remind',
    actor: 'issuer',
    document: null,
    term_n: null,
    term_unit: null,
    count: null,
    window_days: null,
    severities: [],
    document_types: [],
    min_orders: 0,
    enabled: true,
  }
}

/** Triggers that count within a window or a month; the others wait. */
export const COUNTED: readonly string[] = ['repeated_overdue', 'monthly_bottom']

/** A step whose fields fit its trigger and action: what the form hides is not sent. */
export function tidied(step: StepDoc): StepDoc {
  const counted = COUNTED.includes(step.trigger)
  const waits = !counted && step.trigger !== 'manual'
  return {
    ...step,
    name: step.name.trim(),
    n: waits ? step.n : 0,
    unit: step.trigger === 'due_before' ? 'hour' : step.unit,
    count: counted ? step.count : null,
    window_days: step.trigger === 'repeated_overdue' ? step.window_days : null,
    document: step.action === 'remind' ? null : step.document,
    term_n: step.action === 'remind' ? null : step.term_n,
    term_unit: step.action === 'remind' || step.term_n === null ? null : (step.term_unit ?? 'workday'),
  }
}

/** A whole number from what was typed; null for an empty field. */
export function whole(text: string): number | null {
  const found = /^\s*(\d{1,3})\s*$/.exec(text)
  return found ? Number(found[1]) : null
}

/** Heights of the bars of a row of counts, in percent of the highest of all rows. */
export function bars(weeks: readonly number[], highest: number): number[] {
  return weeks.map((n) => (highest === 0 ? 0 : Math.round((100 * n) / highest)))
}
