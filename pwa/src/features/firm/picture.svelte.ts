/** Where the bytes of a photo come from: this phone first, then the server, and the small picture when both fail. */
import { read } from '../../db'
import { sync } from '../../sync'

export interface PictureSource {
  /** Address to show; null when there is nothing to show it from, or not yet. */
  readonly src: string | null
  /** True when the picture can be had neither here nor from the server now. */
  readonly missing: boolean
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
  let broken = $state<string | null>(null)

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
  $effect(() => {
    if (sync.net !== 'offline') broken = null
  })

  const src = $derived.by(() => {
    if (own === null || own.id !== id()) return null
    const small = size === 'thumb' ? own.thumb : null
    const here = own.photo ?? small
    if (here) return here
    const remote =
      broken === own.id || sync.net === 'offline' ? null : `/api/photos/${own.id}/content?size=${size}`
    return remote ?? own.thumb
  })

  return {
    get src() {
      return src
    },
    get missing() {
      return own !== null && own.id === id() && src === null
    },
    failed() {
      broken = id()
    },
  }
}
