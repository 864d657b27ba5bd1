/**
 * The database in memory, for the simulator: thousands of schedules a minute. It keeps what the real one promises
 * (transactions are all or nothing, one after the other; rows are copies; keys and indexes) and nothing more;
 * memory.test.ts holds the two to the same behaviour.
 */
import { STORES, type StoreName } from './schema'
import type { Store } from './database'

type Row = Record<string, unknown>
type Table = Map<string, Row>
type Tables = Map<StoreName, Table>

const compare = (a: unknown, b: unknown): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : a === b ? 0 : 1

const keyOf = (name: StoreName, row: Row): string => row[STORES[name].keyPath] as string

const sorted = new WeakMap<Table, readonly Row[]>()

/** The rows of a table by key; sorted again only after a commit that changed it. */
function inOrder(table: Table): readonly Row[] {
  const before = sorted.get(table)
  if (before?.length === table.size) return before
  const rows = [...table].sort(([a], [b]) => compare(a, b)).map(([, row]) => row)
  sorted.set(table, rows)
  return rows
}

/** One store inside a transaction: reads its own writes, which reach the table at the commit. */
class View {
  readonly changed = new Map<string, Row | null>()
  cleared = false
  constructor(
    private readonly name: StoreName,
    private readonly table: Table,
    private readonly writable: boolean,
  ) {}

  private look(key: string): Row | undefined {
    const own = this.changed.get(key)
    if (own !== undefined) return own ?? undefined
    return this.cleared ? undefined : this.table.get(key)
  }
  private rows(): readonly Row[] {
    if (!this.cleared && this.changed.size === 0) return inOrder(this.table)
    const all = this.cleared ? new Map<string, Row>() : new Map(this.table)
    for (const [key, row] of this.changed) {
      if (row) all.set(key, row)
      else all.delete(key)
    }
    return [...all].sort(([a], [b]) => compare(a, b)).map(([, row]) => row)
  }
  private indexed(index: string): { key: unknown; row: Row }[] {
    const path = STORES[this.name].indexes[index]
    if (!path) throw new DOMException(`no index ${index}`, 'NotFoundError')
    return this.rows()
      .filter((row) => typeof row[path] === 'string' || typeof row[path] === 'number')
      .map((row) => ({ key: row[path], row }))
      .sort((a, b) => compare(a.key, b.key))
  }
  private mayWrite(): void {
    if (!this.writable) throw new DOMException('read only', 'ReadOnlyError')
  }

  get = async (key: string): Promise<Row | undefined> => this.look(key)
  getKey = async (key: string): Promise<string | undefined> => (this.look(key) ? key : undefined)
  getAll = async (): Promise<Row[]> => [...this.rows()]
  getAllKeys = async (): Promise<string[]> => this.rows().map((row) => keyOf(this.name, row))
  count = async (): Promise<number> => this.rows().length
  put = async (row: Row): Promise<string> => {
    this.mayWrite()
    const key = keyOf(this.name, row)
    if (typeof key !== 'string') throw new DOMException('no key', 'DataError')
    this.changed.set(key, Object.freeze({ ...row }))
    return key
  }
  delete = async (key: string): Promise<void> => {
    this.mayWrite()
    this.changed.set(key, null)
  }
  clear = async (): Promise<void> => {
    this.mayWrite()
    this.changed.clear()
    this.cleared = true
  }
  index = (index: string) => ({
    getAll: async (wanted?: unknown): Promise<Row[]> =>
      this.indexed(index)
        .filter(({ key }) => wanted === undefined || key === wanted)
        .map(({ row }) => row),
    get: async (wanted: unknown): Promise<Row | undefined> =>
      this.indexed(index).find(({ key }) => key === wanted)?.row,
    count: async (wanted?: unknown): Promise<number> =>
      this.indexed(index).filter(({ key }) => wanted === undefined || key === wanted).length,
    openCursor: async (_range: null, direction?: 'prev'): Promise<{ value: Row } | null> => {
      const rows = this.indexed(index)
      const found = direction === 'prev' ? rows[rows.length - 1] : rows[0]
      return found ? { value: found.row } : null
    },
  })

  commit(table: Table): void {
    if (this.cleared || this.changed.size > 0) sorted.delete(table)
    if (this.cleared) table.clear()
    for (const [key, row] of this.changed) {
      if (row) table.set(key, row)
      else table.delete(key)
    }
  }
}

/** What a storage device may do to one transaction. */
export interface Mishap {
  /** Thrown instead of the commit: nothing of the transaction stays. */
  fail?: Error
  /** The connection died before the commit; the work is done again on a new one, as `database.ts` does. */
  again?: boolean
}

export class MemoryStore implements Store {
  readonly tables: Tables = new Map(
    (Object.keys(STORES) as StoreName[]).map((name) => [name, new Map<string, Row>()]),
  )
  #mishap: Mishap = {}

  /** Past all transactions: a row is other than it was, or gone. */
  slip(name: StoreName, key: string, row: Row | null): void {
    const table = this.tables.get(name)!
    sorted.delete(table)
    if (row) table.set(key, row)
    else table.delete(key)
  }

  /** What befalls the next transaction. */
  befall(mishap: Mishap): void {
    this.#mishap = mishap
  }

  read = ((stores: StoreName[], fn: (tx: unknown) => unknown) =>
    this.#run(stores, fn, false)) as Store['read']
  write = ((stores: StoreName[], fn: (tx: unknown) => unknown) =>
    this.#run(stores, fn, true)) as Store['write']

  async #run(stores: StoreName[], fn: (tx: unknown) => unknown, writable: boolean): Promise<unknown> {
    const { fail, again } = this.#mishap
    this.#mishap = {}
    if (again) await fn(this.#transaction(stores, writable).tx)
    const { tx, views } = this.#transaction(stores, writable)
    const value = await fn(tx)
    if (fail) throw fail
    for (const [name, view] of views) view.commit(this.tables.get(name)!)
    return value
  }

  #transaction(stores: StoreName[], writable: boolean): { tx: unknown; views: Map<StoreName, View> } {
    const views = new Map(stores.map((name) => [name, new View(name, this.tables.get(name)!, writable)]))
    const objectStore = (name: StoreName): View => {
      const view = views.get(name)
      if (!view) throw new DOMException(`${name} is not part of this transaction`, 'NotFoundError')
      return view
    }
    return { tx: { objectStore }, views }
  }
}
