/** What the machine has checked about a report: never a verdict, always a remark for the person who decides. */
import { m } from '../../../i18n/index.svelte'
import { evidence } from '../case/photos'
import type { CaseDoc } from '../model'

export interface Fact {
  kind: 'place' | 'odd' | 'clock' | 'photos' | 'party' | 'missing'
  text: string
  /** Something to look at before deciding. */
  doubt: boolean
}

type Subject = Pick<
  CaseDoc,
  'flags' | 'accuracy_m' | 'clock_offset_ms' | 'responsible' | 'photos' | 'photo_excuses'
>

function place({ flags, accuracy_m }: Subject): Fact {
  const words = m.supervisor.facts
  const has = (flag: string): boolean => flags.includes(flag)
  const fact = (text: string, doubt: boolean): Fact => ({ kind: 'place', text, doubt })
  if (has('no_position')) return fact(words.noPosition, true)
  if (has('needs_pin')) return fact(words.needsPin, true)
  const where = has('outside_compound') ? words.outside : words.inside
  if (has('manual_pin')) return fact(words.manual(where), has('outside_compound'))
  const how = accuracy_m === null ? words.noAccuracy : words.accuracy(Math.max(1, Math.round(accuracy_m)))
  return fact(words.at(where, how), has('outside_compound') || has('poor_accuracy'))
}

/** What is odd about the fix itself: perhaps made, too far from the one before, or shifted as Chinese maps are. */
function odd({ flags }: Subject): Fact[] {
  const words: Record<string, string> = m.supervisor.facts.odd
  return Object.keys(words)
    .filter((flag) => flags.includes(flag))
    .map((flag) => ({ kind: 'odd', text: words[flag]!, doubt: true }))
}

function clock({ flags, clock_offset_ms }: Subject): Fact {
  const words = m.supervisor.facts
  const text = clock_offset_ms === null ? words.noClock : words.clock(words.span(Math.abs(clock_offset_ms)))
  return { kind: 'clock', text, doubt: flags.includes('clock_skew') }
}

function photos(finding: Subject): Fact {
  const words = m.supervisor.facts
  const { stored, expected, spoilt } = evidence(finding)
  const fact = (text: string, doubt: boolean): Fact => ({ kind: 'photos', text, doubt })
  if (stored < expected) return fact(words.photosMissing(stored, expected), true)
  if (spoilt > 0) return fact(words.photosSpoilt(spoilt), true)
  return fact(words.photos(stored, expected), false)
}

/** The remarks in the order of reading: where, when, evidence, who has to put it right, what is missing. */
export function factsOf(finding: Subject): Fact[] {
  const words = m.supervisor.facts
  const parties: Record<string, string> = words.parties
  const facts = [place(finding), ...odd(finding), clock(finding), photos(finding)]
  facts.push({ kind: 'party', text: parties[finding.responsible] ?? finding.responsible, doubt: false })
  for (const [kind, reason] of Object.entries(finding.photo_excuses)) {
    const word = (m.common.photo as unknown as Record<string, string>)[kind] ?? kind
    facts.push({ kind: 'missing', text: words.excuse(m.common.photo.cannot(word), reason), doubt: true })
  }
  if (finding.flags.includes('missing_photo_kind')) {
    facts.push({ kind: 'missing', text: words.kindMissing, doubt: true })
  }
  return facts
}
