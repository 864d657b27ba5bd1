/** A phone and its world: pages that may die, a storage that may fail, a network that does what networks do. */
import { ApiProblem, NetworkError, type Answer, type Options } from '../../api'
import { NOBODY, OWNER, StorageError, type Store } from '../../db'
import { MemoryStore } from '../../db/memory.test-help'
import { Engine } from '../engine'
import { type EngineStatus, IDLE } from '../status'
import type { FileRecord } from '../outboxFile'
import { lead, type Locks, type Place } from '../leader'
import { outboxStore, prune } from '../outboxStore'
import type { Network, Ports } from '../ports'
import { receiptBook, type ReceiptKey } from '../receipts'
import { Scheduler, WORLD, type Actor } from './scheduler'
import { hashOf, ModelServer, seal, type Message } from './server'

/** How often each kind of bad luck strikes, 0–1. */
export interface Luck {
  /** The request never arrives. */
  lostBefore: number
  /** Its answer never arrives. */
  lostAfter: number
  /** The phone gives up, and the request arrives later all the same. */
  late: number
  /** It arrives twice. */
  twice: number
  /** A 503, before or after the server acted. */
  trouble: number
  /** Somebody else answers: a captive portal, a proxy, a server with another key. */
  forged: number
  /** A transaction is aborted, the disk is full, or the connection is closed under it. */
  storage: number
  /** A page is killed, whatever it waits for. */
  crash: number
}

export const NO_LUCK: Luck = {
  lostBefore: 0,
  lostAfter: 0,
  late: 0,
  twice: 0,
  trouble: 0,
  forged: 0,
  storage: 0,
  crash: 0,
}

const BASE = Date.parse('2026-11-20T01:00:00Z')

/** A tab with the app in it. */
export class Page implements Actor {
  alive = true
  status: EngineStatus = IDLE
  readonly stop = new AbortController()
  readonly engine: Engine
  place: Place = { take: () => undefined }

  constructor(
    readonly phone: Phone,
    readonly userId: string,
  ) {
    this.engine = new Engine(phone.world.ports(this), (status) => (this.status = status))
    const name = `xunjian.sync.${userId}`
    const run = (signal: AbortSignal): Promise<void> => this.engine.run(signal)
    const { done, place } = lead(phone.locksOf(this), name, run, this.stop.signal)
    this.place = place
    done.catch((error: unknown) => phone.world.blame(`the engine rejected: ${String(error)}`))
  }
}

/** One device: its storage, its cookie, its tabs. */
export class Phone {
  readonly store = new MemoryStore()
  /** Whom the server takes this phone for. */
  cookie: string | null
  /** Whom the app takes itself for. */
  identity: string | null = null
  pages: Page[] = []
  clockOffset = 0
  wifi = true
  /** Whose requests are on their way. */
  readonly wire = new Map<Page, number>()
  /** Somebody took the lead away from a tab, which may hear of it in the middle of a request. */
  stolen = false
  /** A tab of somebody else was left open at a sign-in: it may still save what was in its hands. */
  unheard = false
  keys: ReceiptKey[]
  #held = new Map<string, { page: Page; lose: () => void }>()
  #line: { page: Page; name: string; grant: () => void }[] = []

  /** Who has been signed in here. */
  readonly users = new Set<string>()

  constructor(
    readonly world: World,
    readonly id: string,
    user: string,
  ) {
    this.cookie = user
    this.is(user)
    this.keys = [...world.server.keys]
  }

  /** The app takes itself for `user` from now on, and its database says so. */
  is(user: string | null): void {
    this.identity = user
    this.store.slip('identity', 'me', user === null ? null : { key: 'me', user_id: user })
    const owner = this.store.tables.get('settings')!.get(OWNER)
    if (user !== null && owner && owner['value'] !== user)
      this.store.slip('settings', OWNER, { key: OWNER, value: NOBODY })
  }

  open(): Page | null {
    if (!this.identity || this.pages.length >= 2) return null
    this.users.add(this.identity)
    const page = new Page(this, this.identity)
    this.pages.push(page)
    return page
  }

  /** The tab is gone, in the middle of whatever it did; its locks are free. */
  kill(page: Page): void {
    page.alive = false
    this.pages = this.pages.filter((each) => each !== page)
    this.#line = this.#line.filter((each) => each.page !== page)
    for (const [name, held] of this.#held) if (held.page === page) this.#release(name)
  }

  locksOf(page: Page): Locks | undefined {
    if (this.world.lockless) return undefined
    const request = (
      name: string,
      options: { signal?: AbortSignal; steal?: boolean },
      work: () => Promise<unknown>,
    ): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const abort = (): void => reject(Object.assign(new Error('aborted'), { name: 'AbortError' }))
        const grant = (): void => {
          const mine = { page, lose: abort }
          this.#held.set(name, mine)
          const free = (): void => {
            if (this.#held.get(name) === mine) this.#release(name)
          }
          work().then(
            (value) => (free(), resolve(value)),
            (error) => (free(), reject(error)),
          )
        }
        if (options.signal?.aborted) return abort()
        const place = { page, name, grant }
        options.signal?.addEventListener('abort', () => {
          if (!this.#line.includes(place)) return
          this.#line = this.#line.filter((each) => each !== place)
          abort()
        })
        if (options.steal) {
          this.stolen = true
          this.#held.get(name)?.lose()
          return grant()
        }
        this.#line.push(place)
        this.#next(name)
      })
    return { request } as unknown as Locks
  }

  #release(name: string): void {
    this.#held.delete(name)
    this.#next(name)
  }

  #next(name: string): void {
    if (this.#held.has(name)) return
    const first = this.#line.find((each) => each.name === name)
    if (!first) return
    this.#line = this.#line.filter((each) => each !== first)
    first.grant()
  }
}

export class World {
  readonly server = new ModelServer()
  readonly sched: Scheduler
  phones: Phone[] = []
  luck: Luck = NO_LUCK
  offline = false
  /** As over plain http: no Web Locks, every tab leads. */
  lockless = false
  /** What must never happen, and did. */
  readonly blames: string[] = []
  /** Every request that reached the server, and what it said. */
  onanswer: (message: Message, answer: Answer<unknown> | Error) => void = () => undefined

  constructor(readonly random: () => number) {
    this.sched = new Scheduler(random)
  }

  addPhone(user: string): Phone {
    const phone = new Phone(this, `phone-${this.phones.length}`, user)
    this.phones.push(phone)
    return phone
  }

  blame(what: string): void {
    if (this.blames.length < 20) this.blames.push(what)
  }

  strikes(p: number): boolean {
    return p > 0 && this.random() < p
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.random() * list.length)]
  }

  ports(page: Page): Ports {
    const { phone } = page
    const db = this.storageOf(page)
    const network = this.networkOf(page)
    return {
      clock: {
        now: () => BASE + this.sched.ticks + phone.clockOffset,
        ticks: () => this.sched.ticks,
        sleep: (ms, signal) =>
          new Promise((resolve) => {
            if (signal.aborted) return resolve()
            const off = this.sched.later(page, ms, resolve)
            signal.addEventListener('abort', () => {
              off()
              this.sched.soon(page, resolve)
            })
          }),
      },
      network,
      store: outboxStore(page.userId, db),
      random: this.random,
      sha256: (bytes) => this.sched.point(page, () => hashOf(new Uint8Array(bytes))),
      receipts: receiptBook(
        {
          known: () => this.sched.point(page, () => phone.keys),
          refresh: async () => {
            const { data } = await network.request<{ keys?: ReceiptKey[] }>('/receipts/keys')
            if (!Array.isArray(data?.keys)) throw new NetworkError('network.offline')
            return this.sched.point(page, () => (phone.keys = data.keys!))
          },
        },
        async (key, signature, text) => seal(key, text) === signature,
      ),
      appVersion: '0.1.0',
      roomy: () => phone.wifi,
      giveWay: () => this.sched.point(page, () => undefined),
      chores: [
        async () => {
          if (!this.strikes(0.2)) return false
          // Every time as if another month had passed.
          const now = BASE + this.sched.ticks + phone.clockOffset
          await prune(db, page.userId, now + Math.floor(this.random() * 60) * 86_400_000, 0)
          return false
        },
      ],
    }
  }

  /** The storage as a page meets it. */
  storageOf(page: Actor & { phone: Phone }): Store {
    const { store } = page.phone
    const run = (how: 'read' | 'write', stores: never, fn: never): Promise<never> =>
      this.sched.point(page, () => {
        if (this.strikes(this.luck.storage)) {
          const kind = Math.floor(this.random() * 4)
          if (kind === 0) store.befall({ fail: new StorageError('storage.failed', 'aborted') })
          else if (kind === 1) store.befall({ fail: new StorageError('storage.full', 'quota') })
          else if (kind === 2) store.befall({ again: true })
          else throw new StorageError('storage.unavailable', 'closed')
        }
        return store[how](stores, fn) as Promise<never>
      })
    return {
      read: ((stores: never, fn: never) => run('read', stores, fn)) as unknown as Store['read'],
      write: ((stores: never, fn: never) => run('write', stores, fn)) as unknown as Store['write'],
    }
  }

  private networkOf(page: Page): Network {
    return {
      request: <T>(path: string, options: Options = {}) =>
        new Promise<Answer<T>>((resolve, reject) => {
          const { signal } = options
          const off = this.dial(page)
          const end = (): void => {
            off()
            signal?.removeEventListener('abort', stop)
          }
          const give = (error: unknown): void => (end(), reject(error))
          const take = (answer: Answer<unknown>): void => (end(), resolve(answer as Answer<T>))
          const stop = (): void => this.sched.soon(page, () => give(new Error('aborted')))
          signal?.addEventListener('abort', stop)
          this.sched.soon(page, () => {
            const message = {
              user: page.phone.cookie,
              device: page.phone.id,
              named: page.userId,
              path,
              options,
            }
            this.travel(page, message, take, give)
          })
        }),
    }
  }

  /** Two tabs of one person must not send at once. Returns what hangs up. */
  private dial(page: Page): () => void {
    const { wire, stolen } = page.phone
    for (const [other, calls] of wire) {
      const both = other !== page && other.alive && other.userId === page.userId && calls > 0
      if (both && !this.lockless && !stolen) this.blame('two tabs send at once')
    }
    wire.set(page, (wire.get(page) ?? 0) + 1)
    let on = true
    return () => {
      if (on) wire.set(page, wire.get(page)! - 1)
      on = false
    }
  }

  private travel(
    page: Page,
    message: Message,
    resolve: (answer: Answer<unknown>) => void,
    reject: (error: unknown) => void,
  ): void {
    const fail = (): void => this.sched.soon(page, () => reject(new NetworkError('network.timeout')))
    this.sched.ticks += 20 + Math.floor(this.random() * 200)
    if (this.offline || this.strikes(this.luck.lostBefore)) return fail()
    const arrive = (): void => {
      const answer = this.ask(message)
      if (this.strikes(this.luck.twice)) this.sched.soon(WORLD, () => this.ask(message))
      if (this.offline || this.strikes(this.luck.lostAfter)) return fail()
      this.sched.soon(page, () => (answer instanceof Error ? reject(answer) : resolve(this.mangled(answer))))
    }
    this.sched.soon(WORLD, arrive)
    if (this.strikes(this.luck.late)) fail()
  }

  /** The server, and a proxy before it that may say 503 though the server has acted. */
  private ask(message: Message): Answer<unknown> | Error {
    const busy = this.strikes(this.luck.trouble)
    if (busy && this.random() < 0.5) return new ApiProblem(503, { code: 'core.busy' })
    this.server.now = BASE + this.sched.ticks
    let answer: Answer<unknown> | Error
    try {
      answer = this.server.handle(message)
    } catch (error) {
      answer = error as Error
    }
    this.onanswer(message, answer)
    return busy ? new ApiProblem(502, {}) : answer
  }

  private mangled(answer: Answer<unknown>): Answer<unknown> {
    if (answer.data === undefined || !this.strikes(this.luck.forged)) return answer
    return this.random() < 0.3 ? { ...answer, data: undefined } : this.forge(answer)
  }

  /** Now and then with receipts in it that nobody gave. */
  tampered<T extends object>(thing: T): T {
    return this.strikes(this.luck.forged) ? this.forge(thing) : thing
  }

  /** A file that says of a photo that the server has it. */
  claimed(record: FileRecord): FileRecord {
    if (record.type !== 'photo' || !this.strikes(this.luck.forged)) return record
    const { id, sha256 } = record.json
    const receipt = {
      kind: 'photo',
      id,
      sha256,
      received_at: '2026-11-20T01:00:00Z',
      key_id: 'k0',
      signature: 'x',
    }
    return { ...record, json: { ...record.json, receipt } }
  }

  private forge<T extends object>(thing: T): T {
    const other = Math.floor(this.random() * 4)
    const forge = (key: string, value: unknown): unknown => {
      if (key !== 'receipt' || value === null) return value
      const receipt = value as Record<string, string>
      if (other === 0) return null
      if (other === 1) return { ...receipt, signature: `x${receipt['signature']}` }
      if (other === 2) return { ...receipt, key_id: 'nobody' }
      return this.server.first.get(receipt['kind']!) ?? null
    }
    const part = 'data' in thing ? 'data' : 'json'
    if (!(part in thing)) return thing
    return { ...thing, [part]: JSON.parse(JSON.stringify(thing[part as keyof T], forge)) as unknown }
  }

  /** Now and then a page dies, or the whole browser. */
  maybeKill(): void {
    if (!this.strikes(this.luck.crash)) return
    const phone = this.pick(this.phones)!
    const page = this.pick(phone.pages)
    if (!page) return
    const dying = this.random() < 0.5 ? [page] : [...phone.pages]
    for (const each of dying) phone.kill(each)
    this.sched.later(WORLD, Math.floor(this.random() * 60_000), () => {
      if (phone.pages.length === 0) phone.open()
    })
  }
}
