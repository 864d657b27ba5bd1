/** Where the bytes of a photo come from: this phone first, then the server, and the small picture when both fail. */
import { read } from '../../db'
import { sync } from '../../sync'

export interface PictureSource {
  /** Address to show; null when there is nothing to show it from, or not yet. */
  readonly src: string | null
  /** `missing`: neither here nor to be had now · `undrawable`: here, but this browser cannot show it (HEIC). */
  readonly lack: 'missing' | 'undrawable' | null
  /** To be called when `src` does not load. */
  failed(): void
}

interface Own {
  id: string
  photo: string | null
  thumb: string | null
}

/** Follows the photo with the id that `id()` gives (null: none). Call while a component initialises. */
export function picture(id: () => string | null, size: 'thumb' | 'large'): PictureSource {
  let own = $state.raw<Own | null>(null)
  /** Addresses of this photo that did not load. */
  let broken = $state.raw<ReadonlySet<string>>(new Set())

  $effect(() => {
    const wanted = id()
    if (wanted === null) return
    const urls: string[] = []
    const url = (bytes: ArrayBuffer | undefined): string | null => {
      if (!bytes) return null
      const made = URL.createObjectURL(new Blob([bytes]))
      urls.push(made)
      return made
    }
    let gone = false
    read(['blobs'], async (tx) => {
      const store = tx.objectStore('blobs')
      return { photo: await store.get(`photo:${wanted}`), thumb: await store.get(`thumb:${wanted}`) }
    }).then(
      ({ photo, thumb }) => {
        if (!gone) own = { id: wanted, photo: url(photo?.bytes), thumb: url(thumb?.bytes) }
      },
      () => {
        if (!gone) own = { id: wanted, photo: null, thumb: null }
      },
    )
    return () => {
      gone = true
      own = null
      for (const each of urls) URL.revokeObjectURL(each)
    }
  })

  // Back on the network the server may be asked again.
  const online = $derived(sync.net !== 'offline')
  $effect(() => {
    if (online) broken = new Set()
  })

  const src = $derived.by(() => {
    if (own === null || own.id !== id()) return null
    const small = size === 'thumb' ? own.thumb : null
    const remote = !online ? null : `/api/photos/${own.id}/content?size=${size}`
    const usable = [own.photo, small, remote, own.thumb].filter((each) => each !== null && !broken.has(each))
    return usable[0] ?? null
  })

  return {
    get src() {
      return src
    },
    get lack() {
      if (own === null || own.id !== id() || src !== null) return null
      return own.photo === null ? 'missing' : 'undrawable'
    },
    failed() {
      if (src !== null) broken = new Set([...broken, src])
    },
  }
}
