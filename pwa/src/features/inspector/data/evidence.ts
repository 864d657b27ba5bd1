/**
 * Which camera files go to the office besides the rendition that is sent at once: the evidence lane. By severity,
 * because a blocked fire lane ends before a court more often than a dirty stairwell. What was drawn on or blurred keeps
 * its original whatever its severity, or there would be no picture without the drawing; and a video is an original itself.
 */
import { blobKeys, clipOf, read, setSetting, type PhotoRow, type Writable } from '../../../db'
import type { Severity } from '../../../domain/documents'

export type KeepOriginals = Readonly<Record<Severity, boolean>>

const OWN = 'originals.keep'
const OFFICE = 'originals.office'
/** Before the office has said anything. */
export const KEEP_BY_DEFAULT: KeepOriginals = { critical: true, major: false, general: false }

interface Settings {
  get(key: string): Promise<{ value: unknown } | undefined>
}

/** What the office asks for, which nobody can switch off here; null before it has said. */
async function officeKeeps(settings: Settings): Promise<KeepOriginals | null> {
  const list = (await settings.get(OFFICE))?.value as Severity[] | undefined
  if (!list) return null
  return {
    critical: list.includes('critical'),
    major: list.includes('major'),
    general: list.includes('general'),
  }
}

async function keeps(settings: Settings): Promise<KeepOriginals> {
  const office = await officeKeeps(settings)
  const own = (await settings.get(OWN))?.value as KeepOriginals | undefined
  const chosen = own ?? office ?? KEEP_BY_DEFAULT
  const either = (severity: Severity): boolean => chosen[severity] || (office?.[severity] ?? false)
  return { critical: either('critical'), major: either('major'), general: either('general') }
}

/** What holds on this phone: what the office asks for, and what its owner adds. */
export const keepOriginals = (): Promise<KeepOriginals> =>
  read(['settings'], (tx) => keeps(tx.objectStore('settings')))

/** What the office asks for. */
export const askedOriginals = (): Promise<KeepOriginals | null> =>
  read(['settings'], (tx) => officeKeeps(tx.objectStore('settings')))

export const setKeepOriginals = (keep: KeepOriginals): Promise<void> => setSetting(OWN, keep)

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
  const wanted = (await keeps(tx.objectStore('settings')))[severity]
  if (wanted || photo.annotated || clipOf(photo)) {
    return { ...photo, original: { ...photo.original, state: 'queued' } }
  }
  await drop([original!])
  return { ...photo, original: null }
}
