/**
 * Which camera files go to the office besides the rendition that is sent at once: the evidence lane. By severity,
 * because a blocked fire lane ends before a court more often than a dirty stairwell. What was drawn on or blurred keeps
 * its original whatever its severity, or there would be no picture without the drawing.
 */
import { blobKeys, getSetting, setSetting, type PhotoRow, type Writable } from '../../../db'
import type { Severity } from '../../../domain/documents'

export type KeepOriginals = Readonly<Record<Severity, boolean>>

const KEY = 'originals.keep'
export const KEEP_BY_DEFAULT: KeepOriginals = { critical: true, major: false, general: false }

/** The setting of this phone. */
export const keepOriginals = (): Promise<KeepOriginals> => getSetting(KEY, KEEP_BY_DEFAULT)

export const setKeepOriginals = (keep: KeepOriginals): Promise<void> => setSetting(KEY, keep)

/**
 * The row of a photo once its severity is known: its original waits for the evidence lane, or is let go, and so is what
 * was there before something was drawn on it. Inside a transaction over `settings` and `blobs`.
 */
export async function settleOriginal(
  transaction: unknown,
  photo: PhotoRow,
  severity: Severity,
): Promise<PhotoRow> {
  const tx = transaction as Writable<['settings', 'blobs']>
  const [, , original, ...clean] = blobKeys(photo.id)
  const drop = (keys: readonly string[]): Promise<unknown> =>
    Promise.all(keys.map((key) => tx.objectStore('blobs').delete(key)))
  if (photo.marks) await drop(clean)
  if (!photo.original) return photo
  const stored = (await tx.objectStore('settings').get(KEY))?.value as KeepOriginals | undefined
  if ((stored ?? KEEP_BY_DEFAULT)[severity] || photo.annotated) {
    return { ...photo, original: { ...photo.original, state: 'queued' } }
  }
  await drop([original!])
  return { ...photo, original: null }
}
