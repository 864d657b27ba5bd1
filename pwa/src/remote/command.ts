/**
 * One command of an online face, sent at once. Trying again after a lost answer sends the same id, so that the
 * server answers what it did the first time instead of doing it twice.
 */
import { post } from '../api/client'
import { ApiProblem } from '../api/problem'
import { uuid7 } from '../domain/ids'

interface Result {
  status: 'applied' | 'refused'
  result: Record<string, unknown> | null
  problem: Record<string, unknown> | null
}

/** Returns a sender that keeps its id until the server has answered. It rejects with ApiProblem or NetworkError. */
export function commander(): (
  kind: string,
  body: Record<string, unknown>,
) => Promise<Record<string, unknown>> {
  let last: { content: string; id: string; captured_at: string } | null = null
  return async (kind, body) => {
    const content = JSON.stringify([kind, body])
    if (last?.content !== content) last = { content, id: uuid7(), captured_at: new Date().toISOString() }
    const command = { id: last.id, captured_at: last.captured_at, kind, body }
    const sent = { device_time: new Date().toISOString(), commands: [command] }
    const { results } = await post<{ results: Result[] }>('/sync/commands', sent)
    last = null
    const answer = results[0]!
    if (answer.status === 'applied') return answer.result ?? {}
    const problem = answer.problem ?? {}
    throw new ApiProblem(Number(problem['status'] ?? 409), problem)
  }
}
