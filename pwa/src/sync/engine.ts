/**
 * The engine: one loop that looks at the facts, does the most urgent thing that can be done, and looks again. It
 * keeps nothing in memory that a crash may not take: after a restart the facts alone lead on. Order: commands (small,
 * and everything else hangs on them), then the pull when it is due, then photos, a chunk at a time, giving way to new
 * commands between chunks, then chores.
 */
import { ApiProblem, NetworkError } from '../api'
import type { OutboxRow, PhotoRow, Problem } from '../db'
import { nextBatch, nextDue, nextPhoto, unsentCount } from './outbox'
import type { CommandResult, Ports, PushAnswer } from './ports'
import { pullPage } from './pull'
import { backoff, problemOf, verdict } from './retry'
import { newPace, upload } from './uploads'

export interface EngineStatus {
  phase: 'idle' | 'push' | 'pull' | 'photo'
  /** Why nothing goes at the moment; null while all is well. */
  halt: null | 'network' | 'server' | 'signed-out' | 'barred' | 'storage'
  problem: Problem | null
  /** The photo on its way: id, bytes acknowledged, bytes in all. */
  photo: { id: string; sent: number; size: number } | null
  /** Commands on their way. */
  commands: readonly string[]
  /** Bytes per second of the last chunk; null before one. */
  rate: number | null
  /** ms since 1970 of the last complete pull in this run; null before. */
  pulledAt: number | null
}

export const IDLE: EngineStatus = {
  phase: 'idle',
  halt: null,
  problem: null,
  photo: null,
  commands: [],
  rate: null,
  pulledAt: null,
}

const MOST_COMMANDS = 50
const PULL_EVERY = 30_000
/** A command that the server chokes on (500) is tried alone and ever more rarely, while the others go on. */
const CHOKED_WAIT = [30_000, 120_000, 600_000, 3_600_000] as const
/** One that is merely suspected, because pushes with it get no answer or a 503 while the pull does. */
const SUSPECT_WAIT = [30_000, 60_000, 120_000] as const
/** Failed pushes in a row, each followed by a good pull, before the batch itself is suspected. */
const SUSPICIOUS = 2
const PHOTO_WAIT = 60_000

type Step = 'again' | 'idle'

export class Engine {
  #status: EngineStatus = IDLE
  #batch = MOST_COMMANDS
  #failures = 0
  #woken = false
  #rouse: (() => void) | null = null
  #pullDue = 0
  #reported: number | null = null
  /** A push has failed: ask for something else first, to learn whether it is the link or the batch. */
  #probe = false
  #suspicions = 0
  #photosPutOff = new Map<string, number>()
  readonly #pace = newPace()

  constructor(
    private readonly ports: Ports,
    private readonly onstatus: (status: EngineStatus) => void = () => undefined,
  ) {}

  get status(): EngineStatus {
    return this.#status
  }

  /** Asks for a look at the facts now, whatever wait is going on; `pull` also asks the server for news. */
  wake(pull = false): void {
    if (pull) this.#pullDue = 0
    this.#woken = true
    this.#rouse?.()
  }

  /** Works until the signal aborts. Resolves then; rejects never. */
  async run(signal: AbortSignal): Promise<void> {
    let opened = false
    while (!signal.aborted) {
      this.#woken = false
      let wait: number
      try {
        if (!opened) {
          await this.ports.store.open()
          opened = true
        }
        wait = await this.#work(signal)
      } catch (error) {
        if (signal.aborted) break
        wait = this.#failed(error)
      }
      this.#tell({ phase: 'idle', photo: null, commands: [] })
      await this.#rest(wait, signal)
    }
    this.#tell(IDLE)
  }

  /** Everything that can be done now; returns ms until there is more. */
  async #work(signal: AbortSignal): Promise<number> {
    while (!signal.aborted) {
      if ((await this.#step(signal)) === 'idle') break
      this.#failures = 0
      this.#tell({ halt: null, problem: null })
    }
    const now = this.ports.clock.now()
    for (const [id, at] of this.#photosPutOff) if (at <= now) this.#photosPutOff.delete(id)
    const due = nextDue(await this.ports.store.commands())
    const times = [this.#pullDue, due, ...this.#photosPutOff.values()].filter(
      (at): at is number => at !== null,
    )
    return Math.max(1_000, Math.min(...times) - now)
  }

  async #step(signal: AbortSignal): Promise<Step> {
    const { store, clock } = this.ports
    const now = clock.now()
    // Photos first: what is saved between the two reads then shows as a command without its photos, and never as
    // photos that seem to have had their command answered; the server would refuse them as unknown.
    const photos = await store.photos()
    const rows = await store.commands()
    const batch = nextBatch(rows, now, this.#batch)
    if (batch.length > 0 && !this.#probe) return this.#push(batch, unsentCount(rows, photos), signal)
    if (now >= this.#pullDue || this.#probe) return this.#pull(signal)
    const photo = nextPhoto(photos, rows, this.#photosPutOff, now)
    if (photo) return this.#send(photo, signal)
    const unsent = unsentCount(rows, photos)
    // The office hears of an empty queue too, or it would go on believing the last number.
    if (this.#reported !== null && this.#reported !== unsent) return this.#push([], unsent, signal)
    this.#tell({ phase: 'idle' })
    for (const chore of this.ports.chores ?? []) if (await chore(signal)) return 'again'
    return 'idle'
  }

  async #push(batch: readonly OutboxRow[], unsent: number, signal: AbortSignal): Promise<Step> {
    const { store, network, clock } = this.ports
    const rows = await store.begin(batch.map((row) => row.id))
    if (batch.length > 0 && rows.length === 0) return 'again'
    this.#tell({ phase: 'push', commands: rows.map((row) => row.id) })
    const body = {
      device_time: new Date(clock.now()).toISOString(),
      unsent,
      commands: rows.map((row) => ({
        id: row.id,
        kind: row.command,
        captured_at: row.created_at,
        body: row.body,
      })),
    }
    try {
      const { data } = await network.request<PushAnswer>('/sync/commands', {
        method: 'POST',
        body,
        timeout: 30_000,
        signal,
      })
      const results = answersTo(rows, data)
      await store.answered(results, data.server_time)
      const missing = rows.length - results.length
      if (missing > 0) throw new NetworkError('network.offline', new Error(`${missing} answers missing`))
      this.#reported = unsent - results.filter((result) => result.status === 'applied').length
      this.#batch = Math.min(MOST_COMMANDS, this.#batch * 2)
      this.#suspicions = 0
      if (rows.length > 0) this.#pullDue = 0
      this.#tell({ commands: [] })
      return 'again'
    } catch (error) {
      return this.#pushFailed(rows, error)
    }
  }

  /**
   * Where the whole request failed and one command may be the reason, it is found by halves: nothing that one
   * command contains may keep the others from the server. A refusal or a 500 is reason enough; a lost answer or a 503
   * is one only when other requests go through (a command that kills the server's worker looks like a lost network).
   */
  async #pushFailed(rows: readonly OutboxRow[], error: unknown): Promise<Step> {
    const what = verdict(error)
    const [row] = rows
    if (!row || what === 'signed-out' || what === 'barred') throw error
    const failure = error as ApiProblem | NetworkError
    if (what === 'again') this.#probe = true
    if (what === 'again' && failure.status !== 500 && this.#suspicions < SUSPICIOUS) throw error
    if (rows.length > 1) {
      this.#batch = Math.ceil(rows.length / 2)
      if (what === 'refused') return 'again'
      throw error
    }
    if (what === 'refused') {
      await this.ports.store.setAside(row.id, problemOf(failure), null)
      return 'again'
    }
    const waits = failure.status === 500 ? CHOKED_WAIT : SUSPECT_WAIT
    const wait = waits[Math.min(row.attempts, waits.length) - 1]!
    this.#suspicions = 0
    await this.ports.store.setAside(
      row.id,
      problemOf(failure),
      new Date(this.ports.clock.now() + wait).toISOString(),
    )
    throw error
  }

  async #pull(signal: AbortSignal): Promise<Step> {
    this.#tell({ phase: 'pull' })
    const more = await pullPage(this.ports, signal)
    if (this.#probe) this.#suspicions += 1
    this.#probe = false
    if (more) return 'again'
    const now = this.ports.clock.now()
    this.#pullDue = now + PULL_EVERY
    this.#tell({ pulledAt: now })
    return 'again'
  }

  async #send(photo: PhotoRow, signal: AbortSignal): Promise<Step> {
    const { store, clock } = this.ports
    this.#tell({ phase: 'photo', photo: { id: photo.id, sent: photo.sent, size: photo.size } })
    try {
      const outcome = await upload(photo, this.ports, {
        pace: this.#pace,
        signal,
        shouldYield: () => this.#woken || clock.now() >= this.#pullDue,
        onsent: async (sent, ms, bytes) => {
          await store.sent(photo.id, sent)
          const rate = ms > 0 ? (bytes * 1000) / ms : this.#status.rate
          this.#tell({ photo: { id: photo.id, sent, size: photo.size }, rate, halt: null, problem: null })
        },
      })
      this.#woken = false
      if (outcome.kind === 'confirmed') {
        await store.confirmPhoto(photo.id, outcome.receipt, new Date(clock.now()).toISOString())
      } else if (outcome.kind === 'refused') {
        await store.refusePhoto(photo.id, outcome.problem)
      }
      this.#photosPutOff.delete(photo.id)
      return 'again'
    } catch (error) {
      // A server in trouble over this one photo must not keep the next one waiting.
      if (error instanceof ApiProblem && error.status >= 500) {
        this.#photosPutOff.set(photo.id, clock.now() + PHOTO_WAIT)
      }
      throw error
    }
  }

  /** Takes note of a failure; returns ms until the next try. */
  #failed(error: unknown): number {
    this.#failures += 1
    const wait = backoff(this.#failures, this.ports.random)
    let what
    try {
      what = verdict(error)
    } catch {
      // The phone's own storage or a fault of ours: say so and go on, the facts are on the disk.
      console.error(error)
      this.#tell({ halt: 'storage', problem: { code: 'storage.failed', status: 0 } })
      return wait
    }
    const problem = problemOf(error as ApiProblem | NetworkError)
    if (what === 'signed-out' || what === 'barred') {
      this.#tell({ halt: what, problem })
      return 300_000
    }
    this.#tell({ halt: error instanceof NetworkError ? 'network' : 'server', problem })
    return wait
  }

  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#woken || signal.aborted) return
    const early = new AbortController()
    const stop = (): void => early.abort()
    this.#rouse = stop
    signal.addEventListener('abort', stop)
    await this.ports.clock.sleep(ms, early.signal)
    signal.removeEventListener('abort', stop)
    this.#rouse = null
  }

  #tell(change: Partial<EngineStatus>): void {
    this.#status = { ...this.#status, ...change }
    this.onstatus(this.#status)
  }
}

/** The results that belong to what was sent; anything else in an answer is noise. */
function answersTo(rows: readonly OutboxRow[], data: PushAnswer): CommandResult[] {
  const ids = new Set(rows.map((row) => row.id))
  return (data.results ?? []).filter((result) => ids.has(result.id))
}
