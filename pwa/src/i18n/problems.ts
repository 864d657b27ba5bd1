/** Problem code → sentence for people. Codes themselves are shown only under 详情. */
import { m } from './index.svelte'

/**
 * The sentence for a problem: by its code, else by its HTTP status, else the general one for a server's failure.
 * The server's own `detail` is never shown as the message: it is written for developers.
 */
export function problemText(problem: { code: string; status?: number }): string {
  const known: Record<string, string> = m.problems
  const status = problem.status ?? 500
  return (
    known[problem.code] ??
    known[`status.${status}`] ??
    (status >= 500 ? m.problems['status.500'] : m.problems['status.400'])
  )
}
