/**
 * The engine: one loop that looks at the facts, does the most urgent thing that can be done, and looks again. It
 * keeps nothing in memory that a crash may not take: after a restart the facts alone lead on. Order: commands (small,
 * and everything else hangs on them), then the pull when it is due, then photos, a chunk at a time, giving way to new
 * commands between chunks, then videos, then originals where the link is free, then chores. A revoked phone sends what it has, pulls
 * nothing, and forgets.
 */
import { ApiProblem, NetworkError } from '../api'
import { clipOf, type OutboxRow, type PhotoRow, type Problem } from '../db'
import { delivery, readAnswers } from './delivery'
import { Displaced } from './outboxStore'
import { nextBatch, nextDue, nextOriginal, nextPhotos, unsentCount } from './outbox'
import type { Order, Parcel, Ports, PushAnswer } from './ports'
import { pullPage } from './pull'
import { backoff, problemOf, REVOKED, verdict } from './retry'
import { IDLE, type EngineStatus } from './status'
import { newPace, upload } from './uploads'

const MOST_COMMANDS = 50
const PULL_EVERY = 30_000
/** A command that the server chokes on (500) is tried alone and ever more rarely, while the others go on. */
const CHOKED_WAIT = [30_000, 120_000, 600_000, 3_600_000] as const
/** One that is merely suspected, because pushes with it get no answer or a 503 while the pull does. */
const SUSPECT_WAIT = [30_000, 60_000, 120_000] as const
/** Failed pushes in a row, each followed by a good pull, before the batch itself is suspected. */
const SUSPICIOUS = 2
const PHOTO_WAIT = 60_000
const UNSIGNED_WAIT = 60_000
/** What was reported may have been overtaken on its way by an older word: it is said again. */
const REPORT_EVERY = 600_000
/** From this chunk on a link carries two photos at once; below it two would only starve each other. */
const TWO_LANES = 256 * 1024
const LONG_WAIT = 300_000

type Step = 'again' | 'idle'

export class Engine {
  #status: EngineStatus = IDLE
  #batch = MOST_COMMANDS
  #failures = 0
  #woken = false
  #rouse: (() => void) | null = null
  #pullDue = 0
  #reported: number | null = null
  #reportDue = 0
  /** A push has failed: ask for something else first, to learn whether it is the link or the batch. */
  #probe = false
  #suspicions = 0
  /** In ticks. */
  #putOff = new Map<string, number>()
  #order: Order | null = null
  #wiped = false
  #looked: string | null = null
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

  /** What the person has open goes first: the id of a finding, a visit or a review, or null. */
  look(ownerId: string | null): void {
    this.#looked = ownerId
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
          this.#heed(await this.ports.store.order())
          opened = true
        }
        wait = await this.#work(signal)
      } catch (error) {
        if (signal.aborted) break
        if (error instanceof Displaced) opened = false
        wait = this.#failed(error)
      }
      this.#tell({ phase: 'idle', photos: [], commands: [] })
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
    const { clock, store } = this.ports
    const ticks = clock.ticks()
    for (const [id, at] of this.#putOff) if (at <= ticks) this.#putOff.delete(id)
    const now = clock.now()
    const due = nextDue(await store.commands(), now)
    const times = [
      this.#order ? ticks + LONG_WAIT : this.#pullDue,
      ...(due === null ? [] : [ticks + due - now]),
      ...this.#putOff.values(),
    ]
    return Math.max(1_000, Math.min(...times) - ticks)
  }

  async #step(signal: AbortSignal): Promise<Step> {
    const { store, clock } = this.ports
    // Photos first: what is saved between the two reads then shows as a command without its photos, and never as
    // photos that seem to have had their command answered; the server would refuse them as unknown.
    const photos = await store.photos()
    const rows = await store.commands()
    const originals = await store.originals()
    // A revoked phone is shut out when it says that it has nothing left: then all that it holds counts.
    const unsent =
      unsentCount(rows, photos) + (this.#order ? originals.filter((row) => !clipOf(row)).length : 0)
    const batch = nextBatch(rows, clock.now(), this.#batch)
    if (batch.length > 0 && !this.#probe) return this.#push(batch, unsent, signal)
    if (this.#probe) return this.#order ? this.#push([], unsent, signal) : this.#pull(signal)
    const ticks = clock.ticks()
    if (ticks >= this.#pullDue && !this.#order) return this.#pull(signal)
    const lanes = this.#pace.chunk >= TWO_LANES ? 2 : 1
    const parcels = nextPhotos(photos, rows, this.#putOff, ticks, lanes, this.#looked)
    if (parcels.length > 0) return this.#sendAll(parcels, signal)
    // The office hears of an empty queue too, or it would go on believing the last number: also what a page that was
    // killed had told it. A revoked phone says so last of all: the server closes the lane then, also to originals.
    const tell = this.#reported !== unsent || ticks >= this.#reportDue
    if (tell && !this.#order) return this.#push([], unsent, signal)
    const roomy = this.#order !== null || (this.ports.roomy?.() ?? true)
    const original = nextOriginal(originals, this.#putOff, ticks, roomy)
    if (original) return this.#sendAll([original], signal)
    if (tell) return this.#push([], unsent, signal)
    if (this.#order) return this.#forget(rows, photos)
    this.#tell({ phase: 'idle' })
    for (const chore of this.ports.chores ?? []) if (await chore(signal)) return 'again'
    return 'idle'
  }

  /** The order's last part: nothing is on its way any more, so what was pulled and what is confirmed goes. */
  async #forget(rows: readonly OutboxRow[], photos: readonly PhotoRow[]): Promise<Step> {
    const waiting = rows.some((row) => row.state === 'queued') || photos.some((p) => p.state === 'queued')
    if (waiting || this.#putOff.size > 0 || this.#wiped) return 'idle'
    await this.ports.store.wipe()
    this.#wiped = true
    this.#tell({ order: 'wiped' })
    return 'idle'
  }

  /** Something was saved after all was forgotten: it goes as well, and is forgotten then. */
  #unwiped(): void {
    if (!this.#wiped) return
    this.#wiped = false
    this.#tell({ order: 'sealed' })
  }

  #heed(order: Order | null): void {
    if (!order || this.#order) return
    this.#order = order
    this.#tell({ order: 'sealed' })
  }

  async #push(batch: readonly OutboxRow[], unsent: number, signal: AbortSignal): Promise<Step> {
    const { store, network, clock } = this.ports
    const rows = await store.begin(batch.map((row) => row.id))
    if (batch.length > 0 && rows.length === 0) return 'again'
    if (rows.length > 0) this.#unwiped()
    this.#tell({ phase: 'push', commands: rows.map((row) => row.id) })
    const body = await delivery(this.ports, rows, unsent)
    try {
      const { data } = await network.request<PushAnswer>('/sync/commands', {
        method: 'POST',
        body,
        timeout: 30_000,
        signal,
      })
      // A captive portal says 200 as well.
      if (!Array.isArray(data?.results)) throw new NetworkError('network.offline', new Error('no results'))
      const { answers, unsigned } = await readAnswers(this.ports, rows, data)
      await store.answered(answers, data.server_time)
      const missing = rows.length - answers.length - unsigned.length
      if (missing > 0) throw new NetworkError('network.offline', new Error(`${missing} answers missing`))
      this.#reported = unsent
      this.#reportDue = clock.ticks() + REPORT_EVERY
      if (rows.length > 0) this.#batch = Math.min(MOST_COMMANDS, this.#batch * 2)
      this.#suspicions = rows.length > 0 ? 0 : this.#suspicions + Number(this.#probe)
      this.#probe = false
      if (rows.length > 0) this.#pullDue = 0
      this.#tell({ commands: [] })
      await this.#heedAll(data.orders)
      if (unsigned.length > 0) await this.#unsigned(unsigned)
      return 'again'
    } catch (error) {
      return this.#pushFailed(rows, error)
    }
  }

  /** A yes that nobody signed is no yes: it is asked for again in a minute, while the others go on. */
  async #unsigned(rows: readonly OutboxRow[]): Promise<never> {
    const problem: Problem = { code: 'receipt.invalid', status: 502 }
    const until = new Date(this.ports.clock.now() + UNSIGNED_WAIT).toISOString()
    for (const row of rows) await this.ports.store.setAside(row.id, problem, until)
    throw new ApiProblem(502, { code: problem.code })
  }

  async #heedAll(orders: PushAnswer['orders']): Promise<void> {
    if (this.#order || !orders?.some(({ order }) => order === 'upload_and_wipe')) return
    await this.ports.store.obey('upload_and_wipe')
    this.#heed('upload_and_wipe')
  }

  /**
   * Where the whole request failed and one command may be the reason, it is found by halves: nothing that one
   * command contains may keep the others from the server. A refusal or a 500 is reason enough; a lost answer or a 503
   * is one only when other requests go through (a command that kills the server's worker looks like a lost network).
   */
  async #pushFailed(rows: readonly OutboxRow[], error: unknown): Promise<Step> {
    const what = verdict(error)
    const [row] = rows
    if (!row || what === 'signed-out' || what === 'barred' || what === 'too-old') throw error
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
    let more: boolean
    try {
      more = await pullPage(this.ports, signal)
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== REVOKED) throw error
      await this.#heedAll([{ order: 'upload_and_wipe' }])
      return 'again'
    }
    if (this.#probe) this.#suspicions += 1
    this.#probe = false
    if (more) return 'again'
    this.#pullDue = this.ports.clock.ticks() + PULL_EVERY
    this.#tell({ pulledAt: this.ports.clock.now() })
    return 'again'
  }

  /** One or two files at once; a failure of one is heard when the other has come to its end. */
  async #sendAll(parcels: readonly Parcel[], signal: AbortSignal): Promise<Step> {
    this.#unwiped()
    this.#tell({ phase: 'photo', photos: parcels.map(({ id, sent, size }) => ({ id, sent, size })) })
    const ends = await Promise.all(
      parcels.map((parcel) =>
        this.#send(parcel, signal).then(
          () => null,
          (error: unknown) => ({ error }),
        ),
      ),
    )
    this.#woken = false
    const failed = ends.find((end) => end !== null)
    if (failed) throw failed.error
    return 'again'
  }

  async #send(parcel: Parcel, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.ports
    try {
      const outcome = await upload(parcel, this.ports, {
        pace: this.#pace,
        signal,
        shouldYield: () => this.#woken || (!this.#order && clock.ticks() >= this.#pullDue),
        onsent: async (sent, ms, bytes) => {
          await store.sent(parcel, sent)
          const rate = ms > 0 ? (bytes * 1000) / ms : this.#status.rate
          const photos = this.#status.photos.map((each) => (each.id === parcel.id ? { ...each, sent } : each))
          this.#tell({ photos, rate, halt: null, problem: null })
        },
      })
      if (outcome.kind === 'confirmed') await store.confirm(parcel, outcome.receipt)
      else if (outcome.kind === 'refused') await store.refuse(parcel, outcome.problem)
      this.#putOff.delete(parcel.id)
    } catch (error) {
      // A server in trouble over this one photo must not keep the next one waiting.
      if (error instanceof ApiProblem && error.status >= 500) {
        this.#putOff.set(parcel.id, clock.ticks() + PHOTO_WAIT)
      }
      throw error
    }
  }

  /** Takes note of a failure; returns ms until the next try. */
  #failed(error: unknown): number {
    this.#failures += 1
    const wait = backoff(this.#failures, this.ports.random)
    if (error instanceof Displaced) {
      this.#tell({ halt: 'signed-out', problem: { code: 'core.sign_in_required', status: 401 } })
      return LONG_WAIT
    }
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
    if (what === 'signed-out' || what === 'barred' || what === 'too-old') {
      this.#tell({ halt: what, problem })
      return LONG_WAIT
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
