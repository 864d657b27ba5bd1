/** The engine's tests on the real database: the simulator's server, and a small world with a clock and bad luck. */
import { ApiProblem, NetworkError, type Answer, type Options } from '../api'
import { hex } from '../domain/ids'
import type { Clock, Network, Ports, SyncStore } from './ports'
import { receiptBook } from './receipts'
import { seal, type ModelServer } from './simulation/server'

export { chance } from './simulation/scheduler'
export { ModelServer } from './simulation/server'

export async function sha256(bytes: ArrayBuffer): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
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
  /** Whom the server takes this phone for. */
  user: string | null = 'user-1'
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
      receipts: receiptBook(
        { known: async () => this.server.keys, refresh: async () => this.server.keys },
        async (key, signature, text) => seal(key, text) === signature,
      ),
    }
  }

  private strikes(p: number | undefined): boolean {
    return p !== undefined && p > 0 && this.random() < p
  }

  /** A delivery whose answer nobody hears. */
  private handle(message: Parameters<ModelServer['handle']>[0]): void {
    try {
      this.server.handle(message)
    } catch {
      // Refused the first time; so it will be the second.
    }
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
    ticks: () => this.now,
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
      const message = { user: this.user, device: 'phone', named: undefined, path, options }
      if (this.strikes(this.luck.lostBefore)) throw new NetworkError('network.offline')
      if (this.strikes(this.luck.trouble)) throw new ApiProblem(503, { code: 'core.busy' })
      if (this.strikes(this.luck.twice)) this.handle(message)
      const result = this.server.handle(message) as Answer<T>
      await this.awaitPoint()
      if (this.strikes(this.luck.lostAfter)) throw new NetworkError('network.timeout')
      return result
    },
  }
}
