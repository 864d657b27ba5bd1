/** The checklist in groups: what is unfinished first, in walking order; answered groups are counted together. Pure. */
import type { AnswerResult, CatalogueGroup, ChecklistDoc, ChecklistLine } from '../../../domain/documents'
import type { TickState } from '../../../ui'

export interface Group {
  code: string
  name: string
  lines: ChecklistLine[]
  answered: number
  failed: number
}

/** `held` is the code of the group under the thumb: with its last answer it does not move away, camera and all. */
export function groupsOf(
  list: ChecklistDoc,
  groups: readonly CatalogueGroup[],
  answers: Readonly<Record<string, AnswerResult>>,
  language: 'zh' | 'en',
  held: string | null = null,
): { open: Group[]; done: Group[] } {
  const byCode = new Map<string, ChecklistLine[]>()
  for (const line of list.items) {
    const code = (line.items[0] ?? line.code).split('-')[0]!
    byCode.set(code, [...(byCode.get(code) ?? []), line])
  }
  const walk = new Map(groups.map((group) => [group.code, group]))
  const all = [...byCode].map(([code, lines]): Group => {
    const known = walk.get(code)
    const results = lines.map((line) => answers[line.code])
    return {
      code,
      name: known ? (language === 'en' ? known.name_en : known.short_name) : code,
      lines,
      answered: results.filter((result) => result !== undefined).length,
      failed: results.filter((result) => result === 'fail').length,
    }
  })
  all.sort((a, b) => (walk.get(a.code)?.walk ?? 99) - (walk.get(b.code)?.walk ?? 99))
  const open = (group: Group): boolean => group.answered < group.lines.length || group.code === held
  return { open: all.filter(open), done: all.filter((group) => !open(group)) }
}

/** Answered lines first, then what is left: a count, as everywhere. */
export function ticksOf(group: Group, answers: Readonly<Record<string, AnswerResult>>): TickState[] {
  const results = group.lines.map((line) => answers[line.code])
  const said = results.filter((result) => result !== undefined)
  return [
    ...said.map((result): TickState => (result === 'fail' ? 'fail' : 'done')),
    ...results.filter((result) => result === undefined).map((): TickState => 'todo'),
  ]
}
