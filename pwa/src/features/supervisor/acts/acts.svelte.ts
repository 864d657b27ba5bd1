/**
 * Acts of the office: commands with ids of our own, kept in IndexedDB from the press of the button until the
 * server's answer. An act may be held back for a few seconds, so that it can be undone without the server ever
 * hearing of it; a page that is closed meanwhile sends it on its way out, and if even that fails the next start does.
 * A command that arrives twice is answered once, so no lock between tabs is needed.
 */
import { onChange, read, write, type DraftRow } from '../../../db'
import { uuid7 } from '../../../domain/ids'
import { ApiProblem, NetworkError, request } from '../../../remote'

/** How long an act of triage can be undone. The toast shows the same time. */
export const HOLD_MS = 8_000
const RETRIES_MS = [2_000, 4_000, 8_000, 15_000, 30_000, 60_000]
const KIND = 'act'

export interface Refusal {
  code: string
  status: number
  title?: string
  [extra: string]: unknown
}

export type Outcome =
  | { status: 'applied'; result: Record<string, unknown> }
  | { status: 'refused'; problem: Refusal }
  | { status: 'undone' }

/** A command that the server has not answered yet. */
export interface Pending {
  id: string
  kind: string
  /** The findings that it is about. */
  subjects: readonly string[]
  /** For people, e.g. 飞线充电 拾汀苑. */
  title: string
  captured_at: string
  body: unknown
  /** Not before this time (ms since 1970). */
  send_after: number
  state: 'held' | 'sending' | 'waiting'
}

interface Answer {
  results: {
    id: string
    status: 'applied' | 'refused'
    result: Record<string, unknown> | null
    problem: Refusal | null
  }[]
}

let pending = $state.raw<readonly Pending[]>([])
let applied = $state(0)
let user: string | null = null
let timer: ReturnType<typeof setTimeout> | undefined
let sending = false
let failures = 0
const waiting = new Map<string, (outcome: Outcome) => void>()
const refusalListeners = new Set<(act: Pending, problem: Refusal) => void>()

export const acts = {
  /** Not answered yet, oldest first. Reactive. */
  get pending(): readonly Pending[] {
    return pending
  },
  /** Grows with every applied act: whoever reads it asks the server again. Reactive. */
  get applied(): number {
    return applied
  },
  /** Whether something about this finding is under way. Reactive. */
  concerns(subject: string): boolean {
    return pending.some((act) => act.subjects.includes(subject))
  },
  /** Called with acts that the server refused when nobody waits for their outcome any more. */
  onRefused(listener: (act: Pending, problem: Refusal) => void): () => void {
    refusalListeners.add(listener)
    return () => refusalListeners.delete(listener)
  },
  start,
  perform,
  undo,
  flush,
}

/** Takes up what this user left unanswered; call it when the face opens. Returns the function that stops it. */
function start(userId: string): () => void {
  user = userId
  void resume(userId)
  const again = (): void => {
    failures = 0
    schedule(0)
  }
  const leaving = (): void => void flush()
  window.addEventListener('online', again)
  window.addEventListener('pagehide', leaving)
  const unwatch = onChange(['drafts'], () => void forgetSettled())
  return () => {
    unwatch()
    window.removeEventListener('online', again)
    window.removeEventListener('pagehide', leaving)
    clearTimeout(timer)
    user = null
    pending = []
    waiting.clear()
  }
}

async function resume(userId: string): Promise<void> {
  const rows = await read(['drafts'], (tx) => tx.objectStore('drafts').index('by_user').getAll(userId))
  const known = new Set(pending.map((act) => act.id))
  const left = rows.filter((row) => row.kind === KIND && !known.has(row.id)).map((row) => row.data as Pending)
  if (user !== userId) return
  pending = [...left, ...pending].sort((a, b) => (a.id < b.id ? -1 : 1))
  schedule(0)
}

/** Another tab has undone or delivered some of ours: their rows are gone. */
async function forgetSettled(): Promise<void> {
  const held = pending.filter((act) => act.state !== 'sending')
  if (held.length === 0) return
  const keys = new Set(await read(['drafts'], (tx) => tx.objectStore('drafts').getAllKeys()))
  const gone = held.filter((act) => !keys.has(act.id)).map((act) => act.id)
  if (gone.length === 0) return
  pending = pending.filter((act) => !gone.includes(act.id))
  applied += 1
  for (const id of gone) {
    waiting.get(id)?.({ status: 'undone' })
    waiting.delete(id)
  }
}

/**
 * Stores a command and sends it after `hold` ms. Resolves when the disk has it (rejects with StorageError when
 * not); `outcome` resolves with the server's answer, or `undone`.
 */
async function perform(
  kind: string,
  body: Record<string, unknown>,
  options: { subjects: readonly string[]; title?: string; hold?: number },
): Promise<{ id: string; outcome: Promise<Outcome> }> {
  if (user === null) throw new Error('acts are not started')
  const hold = options.hold ?? 0
  const act: Pending = {
    id: uuid7(),
    kind,
    subjects: [...options.subjects],
    title: options.title ?? '',
    captured_at: new Date().toISOString(),
    body: JSON.parse(JSON.stringify(body)),
    send_after: Date.now() + hold,
    state: hold > 0 ? 'held' : 'waiting',
  }
  const row: DraftRow = {
    id: act.id,
    user_id: user,
    kind: KIND,
    subject_id: act.subjects[0] ?? null,
    updated_at: act.captured_at,
    data: act,
  }
  await write(['drafts'], async (tx) => {
    await tx.objectStore('drafts').put(row)
  })
  const outcome = new Promise<Outcome>((resolve) => waiting.set(act.id, resolve))
  pending = [...pending, act]
  schedule(hold)
  return { id: act.id, outcome }
}

/** Takes an act back that has not been sent. False when it is too late. */
async function undo(id: string): Promise<boolean> {
  const act = pending.find((one) => one.id === id)
  if (!act || act.state !== 'held') return false
  await settle(act, { status: 'undone' })
  return true
}

/** Sends everything now, held or not, in a way that outlives the page. */
async function flush(): Promise<void> {
  const now = Date.now()
  pending = pending.map((act) => (act.state === 'held' ? { ...act, send_after: now, state: 'waiting' } : act))
  if (pending.length > 0) await drain(true)
}

function schedule(delay: number): void {
  clearTimeout(timer)
  const next = pending.filter((act) => act.state !== 'sending').map((act) => act.send_after)
  if (next.length === 0) return
  const wait = Math.max(delay === 0 ? 0 : Math.min(...next) - Date.now(), 0)
  timer = setTimeout(() => void drain(), wait)
}

async function drain(keepalive = false): Promise<void> {
  if (sending || user === null) return
  const now = Date.now()
  const due = pending.filter((act) => act.send_after <= now).slice(0, 50)
  if (due.length === 0) return schedule(1)
  sending = true
  mark(due, 'sending')
  try {
    await deliver(due, keepalive)
    failures = 0
  } catch (error) {
    mark(due, 'waiting')
    if (error instanceof ApiProblem && !error.transient && !error.signedOut) {
      // The envelope itself was refused. One at a time, so that a bad one sinks no other.
      for (const act of due) await single(act, error, due.length === 1)
    } else if (!(error instanceof ApiProblem || error instanceof NetworkError)) {
      console.error(error)
    }
    failures += 1
  } finally {
    sending = false
  }
  if (pending.length === 0) return
  clearTimeout(timer)
  const pause = failures > 0 ? RETRIES_MS[Math.min(failures, RETRIES_MS.length) - 1]! : 0
  const next = Math.min(...pending.map((act) => act.send_after)) - Date.now()
  timer = setTimeout(() => void drain(), Math.max(pause, next, 0))
}

async function single(act: Pending, error: ApiProblem, alone: boolean): Promise<void> {
  if (alone) return settle(act, { status: 'refused', problem: { code: error.code, status: error.status } })
  try {
    await deliver([act], false)
  } catch (again) {
    if (again instanceof ApiProblem && !again.transient && !again.signedOut) await single(act, again, true)
  }
}

async function deliver(due: readonly Pending[], keepalive: boolean): Promise<void> {
  const answer = await request<Answer>('/sync/commands', {
    method: 'POST',
    keepalive,
    body: {
      device_time: new Date().toISOString(),
      commands: due.map(({ id, kind, captured_at, body }) => ({ id, kind, captured_at, body })),
    },
  })
  for (const result of answer.data.results) {
    const act = due.find((one) => one.id === result.id)
    if (!act) continue
    if (result.problem) await settle(act, { status: 'refused', problem: result.problem })
    else await settle(act, { status: 'applied', result: result.result ?? {} })
  }
}

function mark(due: readonly Pending[], state: Pending['state']): void {
  const ids = new Set(due.map((act) => act.id))
  pending = pending.map((act) => (ids.has(act.id) ? { ...act, state } : act))
}

async function settle(act: Pending, outcome: Outcome): Promise<void> {
  await write(['drafts'], async (tx) => {
    await tx.objectStore('drafts').delete(act.id)
  })
  pending = pending.filter((one) => one.id !== act.id)
  if (outcome.status === 'applied') applied += 1
  const resolve = waiting.get(act.id)
  waiting.delete(act.id)
  if (resolve) resolve(outcome)
  else if (outcome.status === 'refused')
    for (const listener of refusalListeners) listener(act, outcome.problem)
}
