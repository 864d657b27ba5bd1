/** The database of the phone: the only code that names IndexedDB stores and versions. */
export { onChange } from './changes'
export {
  closeDatabase,
  database,
  phone,
  read,
  StorageError,
  write,
  type Readable,
  type Store,
  type Writable,
} from './database'
export { live, type Live } from './live.svelte'
export type * from './schema'
export { blobKeys, clipOf, DB_NAME, isOwed } from './schema'
export { changeHands, NOBODY, OWNER } from './owner'
export { getSetting, setSetting } from './settings'
