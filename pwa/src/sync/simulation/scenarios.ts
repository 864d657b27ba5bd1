/** Requests that phones made in the simulator, and what the model of the server answered: for the real one to be held to. */
import type { Answer } from '../../api'
import { ApiProblem } from '../../api'
import type { CommandResult } from '../ports'
import { planOf, USERS, type Plan } from './plan'
import { run } from './run'
import { NO_LUCK } from './world'
import type { Message } from './server'

/** One request: whose cookie, in whose name, what; and the answer in the words that both sides share. */
export interface Exchange {
  user: number | null
  named: number | null
  method: string
  path: string
  headers: Record<string, string>
  commands?: unknown[]
  bytes?: string
  expect: {
    status: number
    code?: string
    offset?: number
    stored?: string
    results?: { id: string; status: string; replayed: boolean; code: string | null; receipt: boolean }[]
  }
}

/** The exchanges of a run. What only the model knows (a bug on demand, a revoked phone) stays out of the plan. */
export async function scenario(seed: number): Promise<Exchange[]> {
  const exchanges: Exchange[] = []
  await run(tame(planOf(seed)), (world) => {
    world.onanswer = (message, answer) => {
      const exchange = told(message, answer)
      if (exchange) exchanges.push(exchange)
    }
  })
  return exchanges
}

function tame(plan: Plan): Plan {
  const skipped = new Set(['revoke', 'new key', 'too old', 'take away', 'spoil'])
  const acts = plan.acts
    .filter(({ act }) => !skipped.has(act.do))
    .map(({ wait, act }) => {
      if (act.do === 'check in') return { wait, act: { ...act, text: '' as const } }
      if (act.do !== 'save') return { wait, act }
      const text = act.text === 'refuse' ? act.text : ('' as const)
      return { wait, act: { ...act, text, original: false } }
    })
  const { lostBefore, lostAfter, late, twice } = plan.luck
  return { ...plan, acts, luck: { ...NO_LUCK, lostBefore, lostAfter, late, twice, crash: plan.luck.crash } }
}

const index = (user: string | null | undefined): number | null =>
  user == null ? null : USERS.indexOf(user as (typeof USERS)[number])

function told({ user, named, path, options }: Message, answer: Answer<unknown> | Error): Exchange | null {
  if (path.startsWith('/sync/changes') || path === '/receipts/keys') return null
  const body = options.body
  const push = path === '/sync/commands' ? (body as { commands: unknown[] }) : null
  return {
    user: index(user),
    named: index(named),
    method: options.method ?? 'GET',
    path,
    headers: options.headers ?? {},
    ...(push ? { commands: push.commands } : {}),
    ...(body instanceof ArrayBuffer ? { bytes: base64(new Uint8Array(body)) } : {}),
    expect: answer instanceof Error ? refused(answer) : accepted(answer),
  }
}

function refused(error: Error): Exchange['expect'] {
  if (!(error instanceof ApiProblem)) throw error
  const offset = error.extra['offset']
  return { status: error.status, code: error.code, ...(typeof offset === 'number' ? { offset } : {}) }
}

function accepted({ status, headers, data }: Answer<unknown>): Exchange['expect'] {
  const offset = headers.get('Upload-Offset')
  if (offset !== null) return { status, offset: Number(offset) }
  const { results, sha256 } = data as { results?: CommandResult[]; sha256?: string }
  if (!results) return { status, stored: sha256 }
  return {
    status,
    results: results.map(({ id, status, replayed, problem, receipt }) => ({
      id,
      status,
      replayed,
      code: problem?.code ?? null,
      receipt: !!receipt,
    })),
  }
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
