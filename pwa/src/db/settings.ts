/** Small choices of this device: one row each. */
import { read, write } from './database'

/** The stored value, or `fallback` when there is none. */
export async function getSetting<T>(key: string, fallback: T): Promise<T> {
  const row = await read(['settings'], (tx) => tx.objectStore('settings').get(key))
  return row === undefined ? fallback : (row.value as T)
}

/** Stores a plain value under `key`. */
export async function setSetting(key: string, value: unknown): Promise<void> {
  await write(['settings'], async (tx) => {
    await tx.objectStore('settings').put({ key, value })
  })
}
