/** How much waits and how much is stuck, for strips, tabs and titles. */
import { getContext, setContext } from 'svelte'
import { live, read } from '../../../db'
import { items, sync, unanswered, unsentPhotos, type OutboxItem } from '../../../sync'

export interface Pending {
  /** Things that are not at the office; undefined before the database has answered. */
  readonly items: OutboxItem[] | undefined
  readonly count: number | null
  readonly attention: number
}

const KEY = Symbol('pending')

/** The queue as the face asked for it; one query for strip, tabs and chips. */
export const pending = (): Pending => getContext<Pending>(KEY)

/** Asks once for the whole face; see {@link pending}. Call while the face initialises. */
export function providePending(userId: () => string): Pending {
  return setContext(KEY, pendingOf(userId))
}

function pendingOf(userId: () => string): Pending {
  const facts = live(['outbox', 'photos'], async () => {
    const id = userId()
    return read(['outbox', 'photos'], async (tx) => {
      const open = await unanswered(tx, id)
      const photos = await unsentPhotos(tx, id)
      const subjects = new Set(open.map((row) => row.subject_id))
      for (const photo of photos) {
        const row = await tx.objectStore('outbox').get(photo.command_id ?? '')
        if (row) subjects.add(row.subject_id)
      }
      const rows = (
        await Promise.all(
          [...subjects].map((each) => tx.objectStore('outbox').index('by_subject').getAll(each)),
        )
      ).flat()
      const all = [...photos]
      const known = new Set(photos.map((photo) => photo.id))
      const owners = new Set(photos.map((photo) => photo.owner_id))
      for (const owner of owners) {
        for (const photo of await tx.objectStore('photos').index('by_owner').getAll(owner)) {
          if (photo.state === 'confirmed' && photo.user_id === id && !known.has(photo.id)) all.push(photo)
        }
      }
      return { rows: rows.filter((row) => row.user_id === id), photos: all }
    })
  })
  const list = $derived(
    facts.value &&
      items(facts.value.rows, facts.value.photos, sync.status).filter((item) => item.state !== 'confirmed'),
  )
  return {
    get items() {
      return list
    },
    get count() {
      return list?.length ?? null
    },
    get attention() {
      return list?.filter((item) => item.state === 'attention').length ?? 0
    },
  }
}
