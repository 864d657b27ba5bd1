/** A slip that the server refused because the office was quicker with some of its lines. Pure. */
import type { OutboxRow, Problem } from '../../../db'

interface SlipBody {
  items: { finding_id: string }[]
}

/** Ids of the lines that the office has dealt with meanwhile; empty for any other trouble. */
export const overtakenBy = (problem: Problem): readonly { finding_id: string; state: string }[] =>
  problem.code === 'notice.spot_overtaken' ? (problem.findings ?? []) : []

/** How many lines of a refused slip still stand. */
export function standing(row: OutboxRow, problem: Problem): number {
  const gone = new Set(overtakenBy(problem).map(({ finding_id }) => finding_id))
  return (row.body as SlipBody).items.filter(({ finding_id }) => !gone.has(finding_id)).length
}

/** The body without those lines, for a command under a new id. */
export function without(problem: Problem): (body: unknown) => unknown {
  const gone = new Set(overtakenBy(problem).map(({ finding_id }) => finding_id))
  return (body) => {
    const slip = body as SlipBody
    return { ...slip, items: slip.items.filter(({ finding_id }) => !gone.has(finding_id)) }
  }
}
