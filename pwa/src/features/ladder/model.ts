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

/** How many steps differ from the ones that were loaded. */
export function changes(before: readonly StepDoc[], after: readonly StepDoc[]): number {
  return after.filter((step, i) => JSON.stringify(step) !== JSON.stringify(before[i])).length
}

/** Heights of the bars of a row of counts, in percent of the highest of all rows. */
export function bars(weeks: readonly number[], highest: number): number[] {
  return weeks.map((n) => (highest === 0 ? 0 : Math.round((100 * n) / highest)))
}
