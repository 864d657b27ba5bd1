/** A delivery of commands, as it goes out and as its answer is read. */
import type { OutboxRow, Problem } from '../db'
import type { Answered, CommandResult, Ports, PushAnswer } from './ports'
import { commandText } from './receipts'

/** What goes to the office with `rows`, of `unsent` things in all. */
export async function delivery(ports: Ports, rows: readonly OutboxRow[], unsent: number): Promise<object> {
  return {
    device_time: new Date(ports.clock.now()).toISOString(),
    unsent,
    counters: await ports.store.counters(),
    ...(ports.appVersion ? { app_version: ports.appVersion } : {}),
    ...(ports.fitness ? { readiness: await ports.fitness() } : {}),
    commands: rows.map((row) => ({
      id: row.id,
      kind: row.command,
      captured_at: row.created_at,
      body: row.body,
      ...(row.recorded_on ? { recorded_on: row.recorded_on } : {}),
    })),
  }
}

/** The answers that count, and the rows whose answer came without a receipt that verifies. */
export async function readAnswers(
  ports: Ports,
  rows: readonly OutboxRow[],
  data: PushAnswer,
): Promise<{ answers: Answered[]; unsigned: OutboxRow[] }> {
  const answers: Answered[] = []
  const unsigned: OutboxRow[] = []
  const byId = new Map(data.results.map((result) => [result.id, result]))
  for (const row of rows) {
    const result = byId.get(row.id)
    if (!result) continue
    const text = new TextEncoder().encode(commandText(row))
    const sha256 = await ports.sha256(text.buffer as ArrayBuffer)
    const about = { kind: 'command', id: row.id, sha256 } as const
    const receipt = await ports.receipts.verify(result.receipt, about)
    if (result.status === 'refused') {
      answers.push({ id: row.id, status: 'refused', receipt, problem: refusalOf(result) })
    } else if (receipt) answers.push({ id: row.id, status: 'applied', receipt })
    else unsigned.push(row)
  }
  return { answers, unsigned }
}

function refusalOf(result: CommandResult): Problem {
  const problem = result.problem
  if (!problem) return { code: 'status.422', status: 422 }
  const detail = problem.detail ?? wrongFields(problem) ?? problem.title
  const findings = (problem as Pick<Problem, 'findings'>).findings
  return {
    code: problem.code,
    status: problem.status,
    ...(detail ? { detail } : {}),
    ...(Array.isArray(findings) ? { findings } : {}),
  }
}

/** Which fields a refusal names, for the details that a developer reads. */
function wrongFields(problem: object): string | undefined {
  const errors = (problem as { errors?: unknown }).errors
  return errors === undefined ? undefined : JSON.stringify(errors).slice(0, 500)
}
