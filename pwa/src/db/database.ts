/**
 * The one connection to IndexedDB. Three things that phones do shape it:
 * WebKit closes connections under memory pressure, so a closed one is opened again and the work repeated once;
 * a full disk aborts a transaction, so a write is all or nothing and says which of the two it was;
 * `durability: strict` waits for the disk, because "saved" must survive a battery that is pulled.
 */
import { openDB, type IDBPDatabase, type IDBPTransaction } from 'idb'
import { announce } from './changes'
import { DB_NAME, DB_VERSION, STORES, type Schema, type StoreName } from './schema'

export type Database = IDBPDatabase<Schema>
export type Writable<S extends StoreName[]> = IDBPTransaction<Schema, S, 'readwrite'>
export type Readable<S extends StoreName[]> = IDBPTransaction<Schema, S, 'readonly'>

/** A write that did not happen. `code` is a key of the problem dictionary; nothing of the write is left. */
export class StorageError extends Error {
  override name = 'StorageError'
  constructor(
    readonly code: 'storage.full' | 'storage.failed' | 'storage.unavailable',
    readonly original: unknown,
  ) {
    super(`${code}: ${original instanceof Error ? original.message : String(original)}`)
  }
}

let opening: Promise<Database> | null = null

/** The open database; opens it (again) when needed. Rejects with StorageError `storage.unavailable`. */
export function database(): Promise<Database> {
  opening ??= open().catch((error: unknown) => {
    opening = null
    throw new StorageError('storage.unavailable', error)
  })
  return opening
}

async function open(): Promise<Database> {
  const db = await openDB<Schema>(DB_NAME, DB_VERSION, {
    upgrade(db, oldVersion, _newVersion, tx) {
      for (const name of Object.keys(STORES) as StoreName[]) {
        const { keyPath, indexes, since } = STORES[name]
        const store = since > oldVersion ? db.createObjectStore(name, { keyPath }) : tx.objectStore(name)
        for (const [index, path] of Object.entries(indexes)) {
          const made = store as unknown as Pick<IDBObjectStore, 'indexNames' | 'createIndex'>
          if (!made.indexNames.contains(index)) made.createIndex(index, path)
        }
      }
      // A failure aborts the upgrade, and the next opening begins it anew.
      if (oldVersion === 1) askAgain(tx).catch(() => tx.abort())
    },
    // Another tab wants a newer version: step aside, the next access opens again.
    blocking: (_current, _wanted, event) => forget(event.target as IDBDatabase),
    terminated: () => (opening = null),
  })
  db.addEventListener('close', () => (opening = null))
  return db
}

/**
 * Version 1 believed an unsigned word. What it called confirmed is asked for once more, while the bytes are still here:
 * the server answers at once with the receipt. Its store of receipts held no signatures and goes.
 */
async function askAgain(tx: IDBPTransaction<Schema, StoreName[], 'versionchange'>): Promise<void> {
  tx.db.deleteObjectStore('receipts' as never)
  for (const row of await tx.objectStore('photos').index('by_state').getAll('confirmed')) {
    const here = await tx.objectStore('blobs').getKey(`photo:${row.id}`)
    const state = here ? 'queued' : 'stored'
    await tx.objectStore('photos').put({ ...row, state, problem: null, receipt: null })
  }
  for (const row of await tx.objectStore('outbox').index('by_state').getAll('confirmed')) {
    await tx
      .objectStore('outbox')
      .put({ ...row, state: 'queued', problem: null, answered_at: null, receipt: null })
  }
}

function forget(db: IDBDatabase): void {
  opening = null
  db.close()
}

/** Closes the connection, for tests and before the data is deleted. */
export async function closeDatabase(): Promise<void> {
  const db = await opening?.catch(() => null)
  opening = null
  db?.close()
}

/**
 * A page that is left behind must not hold the database: WebKit keeps it in memory with its connection, and what the
 * next page writes would wait for a transaction that never ends. Whoever comes back opens it again.
 */
globalThis.addEventListener?.('pagehide', () => void closeDatabase())

/** An error of the platform; by its shape too, since in another realm the class is another one. */
function isDomException(error: unknown): error is DOMException {
  return (
    error instanceof DOMException ||
    (error instanceof Error && typeof (error as { code?: unknown }).code === 'number')
  )
}

/** True when the connection died under us before anything was done, so the work may be repeated once. */
function connectionLost(error: unknown): boolean {
  return isDomException(error) && (error.name === 'InvalidStateError' || error.name === 'UnknownError')
}

/**
 * Runs `fn` in one read-write transaction with strict durability over `stores`, and resolves only when the disk
 * has it: after this, and not before, a screen may say saved. When anything fails the transaction is aborted
 * whole and a StorageError is thrown (`storage.full` when the quota is used up); an error that `fn` throws itself
 * aborts too and is passed on. `fn` may only await requests of this transaction, and may run twice.
 */
export async function write<S extends StoreName[], T>(
  stores: [...S],
  fn: (tx: Writable<S>) => Promise<T> | T,
): Promise<T> {
  const result = await attempt(async (db) => {
    const tx = db.transaction(stores as S, 'readwrite', { durability: 'strict' })
    return { value: await settle(tx, fn) }
  })
  announce(stores)
  return result.value
}

/** Runs `fn` in one read-only transaction: what it reads belongs together. */
export function read<S extends StoreName[], T>(
  stores: [...S],
  fn: (tx: Readable<S>) => Promise<T> | T,
): Promise<T> {
  return attempt(async (db) => fn(db.transaction(stores as S, 'readonly')))
}

async function attempt<T>(work: (db: Database) => Promise<T>): Promise<T> {
  try {
    return await work(await database())
  } catch (error) {
    if (!connectionLost(error)) throw error
    opening = null
    return await work(await database())
  }
}

async function settle<S extends StoreName[], T>(
  tx: Writable<S>,
  fn: (tx: Writable<S>) => Promise<T> | T,
): Promise<T> {
  const done = tx.done.then(
    () => null,
    (error: unknown) => ({ error }),
  )
  let value: T
  try {
    value = await fn(tx)
  } catch (error) {
    try {
      tx.abort()
    } catch {
      // The failing request has aborted it already.
    }
    const aborted = await done
    throw asStorageError(tx.error ?? aborted?.error, error)
  }
  const failed = await done
  if (failed) throw asStorageError(tx.error ?? failed.error, failed.error)
  return value
}

/** What IndexedDB itself refused becomes a StorageError; an error of the caller's own stays what it is. */
function asStorageError(cause: unknown, thrown: unknown): unknown {
  for (const error of [cause, thrown]) {
    if (isDomException(error) && error.name === 'QuotaExceededError') {
      return new StorageError('storage.full', error)
    }
  }
  if (connectionLost(thrown)) return thrown
  return isDomException(thrown) ? new StorageError('storage.failed', thrown) : thrown
}

/** The two ways into the database, as an argument: the simulator gives another store that keeps the same promises. */
export interface Store {
  read: typeof read
  write: typeof write
}

/** The phone's own. */
export const phone: Store = { read, write }
