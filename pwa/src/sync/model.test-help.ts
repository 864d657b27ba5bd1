/** A small model of the server and of bad luck, for the tests of the engine. Deterministic by seed. */
import { ApiProblem, NetworkError, type Answer, type Options } from '../api'
import { hex } from '../domain/ids'
import type { Changes, Clock, CommandResult, Network, Ports, SyncStore } from './ports'

/** mulberry32: numbers in [0, 1) that a seed repeats exactly. */
export function chance(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export async function sha256(bytes: ArrayBuffer): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

interface Sent {
  id: string
  kind: string
  captured_at: string
  body: Record<string, unknown>
}

interface Declared {
  id: string
  case_id: string
  sha256: string
  size: number
  bytes: Uint8Array
  stored: boolean
}

/** What the server knows, and how it answers. `text: 'refuse'` is refused for good, `text: 'choke'` is a 500, `text: 'kill'` ends the worker. */
export class ModelServer {
  now = 0
  readonly answers = new Map<string, { content: string; result: CommandResult }>()
  readonly findings = new Map<string, { body: Record<string, unknown>; times: number }>()
  readonly visits = new Map<string, Record<string, unknown>>()
  readonly photos = new Map<string, Declared>()
  signedIn = true
  unsent: number | null = null

  async handle(path: string, options: Options): Promise<Answer<unknown>> {
    if (!this.signedIn) throw new ApiProblem(401, { code: 'core.sign_in_required' })
    const method = options.method ?? 'GET'
    if (path === '/sync/commands') return this.push(options.body as { unsent: number; commands: Sent[] })
    if (path.startsWith('/sync/changes')) return ok(this.changes())
    const photo = /^\/photos\/([^/]+)\/content$/.exec(path)
    if (photo && method === 'HEAD') return this.head(photo[1]!)
    if (photo && method === 'PATCH') return this.patch(photo[1]!, options)
    throw new ApiProblem(404, { code: 'core.not_found' })
  }

  private push(body: { unsent: number; commands: Sent[] }): Answer<unknown> {
    if (body.commands.some((each) => each.body['text'] === 'choke')) throw new ApiProblem(500, {})
    if (body.commands.some((each) => each.body['text'] === 'kill')) throw new NetworkError('network.offline')
    if (body.commands.some((each) => each.body['text'] === 'malformed'))
      throw new ApiProblem(422, { code: 'core.invalid' })
    this.unsent = body.unsent
    const results = body.commands.map((each) => this.one(each))
    return ok({ server_time: new Date(this.now).toISOString(), results })
  }

  private one(sent: Sent): CommandResult {
    const content = JSON.stringify([sent.kind, sent.captured_at, sent.body])
    const known = this.answers.get(sent.id)
    if (known) {
      if (known.content !== content) return refusal(sent.id, 'sync.id_reused')
      return { ...known.result, replayed: true }
    }
    const result = this.apply(sent)
    this.answers.set(sent.id, { content, result })
    return result
  }

  private apply({ id, kind, body }: Sent): CommandResult {
    if (body['text'] === 'refuse') return refusal(id, 'finding.unknown_item')
    if (kind === 'check_in') this.visits.set(body['visit_id'] as string, body)
    if (kind === 'open_finding') {
      const visit = body['visit_id'] as string | undefined
      if (visit && !this.visits.has(visit)) return refusal(id, 'finding.visit_mismatch')
      const finding = body['finding_id'] as string
      this.findings.set(finding, { body, times: (this.findings.get(finding)?.times ?? 0) + 1 })
    }
    for (const photo of (body['photos'] as { photo_id: string; sha256: string; size: number }[]) ?? []) {
      this.photos.set(photo.photo_id, {
        id: photo.photo_id,
        case_id: body['finding_id'] as string,
        sha256: photo.sha256,
        size: photo.size,
        bytes: new Uint8Array(0),
        stored: false,
      })
    }
    return { id, status: 'applied', replayed: false, result: {}, problem: null }
  }

  private head(id: string): Answer<unknown> {
    const photo = this.declared(id)
    return answer(204, undefined, { 'Upload-Offset': String(photo.stored ? photo.size : photo.bytes.length) })
  }

  private async patch(id: string, options: Options): Promise<Answer<unknown>> {
    const photo = this.declared(id)
    if (photo.stored) return ok(doc(photo))
    const chunk = new Uint8Array(options.body as ArrayBuffer)
    const offset = Number(options.headers!['Upload-Offset'])
    if (offset !== photo.bytes.length) {
      throw new ApiProblem(409, { code: 'photo.offset_mismatch', offset: photo.bytes.length })
    }
    photo.bytes = concat(photo.bytes, chunk)
    if (photo.bytes.length < photo.size)
      return answer(204, undefined, { 'Upload-Offset': String(photo.bytes.length) })
    if ((await sha256(photo.bytes.slice().buffer)) !== photo.sha256) {
      photo.bytes = new Uint8Array(0)
      throw new ApiProblem(422, { code: 'photo.hash_mismatch', offset: 0 })
    }
    photo.stored = true
    return ok(doc(photo))
  }

  private declared(id: string): Declared {
    const photo = this.photos.get(id)
    if (!photo) throw new ApiProblem(404, { code: 'core.not_found' })
    return photo
  }

  changes(): Changes {
    const items: Changes['items'] = {
      compounds: [],
      rounds: [],
      visits: [],
      findings: [...this.findings].map(([id, { body }]) => finding(id, body)) as never,
      photos: [...this.photos.values()].map(doc) as never,
      notices: [],
    }
    return {
      items,
      cursor: String(this.answers.size),
      more: false,
      server_time: new Date(this.now).toISOString(),
    }
  }
}

const finding = (id: string, body: Record<string, unknown>) => ({
  id,
  compound_id: body['compound_id'],
  visit_id: body['visit_id'] ?? null,
  state: 'submitted',
  captured_at: '2026-11-20T09:07:32+08:00',
})
const doc = (photo: Declared) => ({
  id: photo.id,
  case_id: photo.case_id,
  visit_id: null,
  group_id: photo.case_id,
  stage: 'before',
  kind: 'O',
  sha256: photo.sha256,
  size: photo.size,
  mime: 'image/jpeg',
  captured_at: '2026-11-20T09:07:32+08:00',
  state: photo.stored ? 'stored' : 'expected',
  position: null,
  accuracy_m: null,
})
const refusal = (id: string, code: string): CommandResult => ({
  id,
  status: 'refused',
  replayed: false,
  result: null,
  problem: { code, status: 422 },
})
const answer = <T>(status: number, data: T, headers: Record<string, string> = {}): Answer<T> => ({
  status,
  headers: new Headers(headers),
  data,
})
const ok = (data: unknown): Answer<unknown> => answer(200, data)

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}

/** How often each kind of bad luck strikes, 0–1. */
export interface Luck {
  lostBefore?: number
  lostAfter?: number
  trouble?: number
  twice?: number
  crash?: number
}

/**
 * The phone's world: a clock that runs only while the engine rests, a network with bad luck, and a store that may be
 * the last thing this page ever awaits. A crash is a promise that never settles, as when the page is killed.
 */
export class World {
  now = Date.parse('2026-11-20T01:00:00Z')
  rests = 0
  requests = 0
  crashed = false
  #fall: () => void = () => undefined
  /** Resolves when the page dies. */
  death = new Promise<void>(() => undefined)

  constructor(
    readonly server: ModelServer,
    readonly random: () => number,
    public luck: Luck,
    /** Called at each rest and before each crash; throws when a promise is broken. */
    readonly check: () => Promise<void> = async () => undefined,
  ) {
    this.boot()
  }

  boot(): void {
    this.crashed = false
    this.death = new Promise((resolve) => {
      this.#fall = () => resolve()
    })
  }

  ports(store: SyncStore): Ports {
    return {
      clock: this.clock,
      network: this.network,
      store: this.fragile(store),
      random: this.random,
      sha256,
    }
  }

  private strikes(p: number | undefined): boolean {
    return p !== undefined && p > 0 && this.random() < p
  }

  /** Either goes on, or the page is gone and nothing after this await ever runs. */
  private async awaitPoint(): Promise<void> {
    if (!this.crashed && this.strikes(this.luck.crash)) {
      this.crashed = true
      this.#fall()
    }
    if (this.crashed) await new Promise(() => undefined)
  }

  private fragile(store: SyncStore): SyncStore {
    const wrapped: Record<string, unknown> = {}
    for (const [name, method] of Object.entries(store) as [
      string,
      (...args: unknown[]) => Promise<unknown>,
    ][]) {
      wrapped[name] = async (...args: unknown[]) => {
        await this.awaitPoint()
        const value = await method(...args)
        await this.awaitPoint()
        return value
      }
    }
    return wrapped as unknown as SyncStore
  }

  readonly clock: Clock = {
    now: () => this.now,
    sleep: async (ms, signal) => {
      this.rests += 1
      await this.check()
      if (!signal.aborted) this.now += ms
      await new Promise((resolve) => setTimeout(resolve, 0))
    },
  }

  readonly network: Network = {
    request: async <T>(path: string, options: Options = {}): Promise<Answer<T>> => {
      this.requests += 1
      this.now += 40
      this.server.now = this.now
      await this.awaitPoint()
      if (this.strikes(this.luck.lostBefore)) throw new NetworkError('network.offline')
      if (this.strikes(this.luck.trouble)) throw new ApiProblem(503, { code: 'core.busy' })
      if (this.strikes(this.luck.twice)) await this.server.handle(path, options).catch(() => undefined)
      const result = (await this.server.handle(path, options)) as Answer<T>
      await this.awaitPoint()
      if (this.strikes(this.luck.lostAfter)) throw new NetworkError('network.timeout')
      return result
    },
  }
}
