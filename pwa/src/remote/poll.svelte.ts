/** A resource of the server that keeps itself fresh: asked again at an interval with ETag, and when the page shows. */
import { request } from '../api/client'
import type { ApiProblem, NetworkError } from '../api/problem'

export interface Poll<T> {
  /** undefined until the first answer. Keeps the last good answer when a later one fails. */
  readonly value: T | undefined
  /** The failure of the last try; null when it went well. */
  readonly error: ApiProblem | NetworkError | null
  /** When the server last said that `value` is true (ms since 1970). */
  readonly freshAt: number | null
  /** Asks again now; resolves when answered. */
  refresh(): Promise<void>
}

/**
 * Polls `path()` (under /api; null = nothing to ask) every `every` ms while the page is visible. Call it while a
 * component initialises. A change of what `path` reads asks at once and forgets the old value.
 */
export function poll<T>(path: () => string | null, every = 10_000): Poll<T> {
  let value = $state.raw<T>()
  let error = $state.raw<ApiProblem | NetworkError | null>(null)
  let freshAt = $state<number | null>(null)
  let etag: string | null = null
  let controller: AbortController | null = null

  async function ask(url: string): Promise<void> {
    controller?.abort()
    const mine = (controller = new AbortController())
    try {
      const answer = await request<T>(url, {
        headers: etag === null ? {} : { 'If-None-Match': etag },
        accept: [304],
        signal: mine.signal,
      })
      if (mine !== controller) return
      if (answer.status !== 304) {
        value = answer.data
        etag = answer.headers.get('ETag')
      }
      error = null
      freshAt = Date.now()
    } catch (reason) {
      if (mine === controller) error = reason as ApiProblem | NetworkError
    }
  }

  $effect(() => {
    const url = path()
    value = undefined
    error = null
    freshAt = null
    etag = null
    if (url === null) return
    void ask(url)
    const again = (): void => {
      if (document.visibilityState === 'visible') void ask(url)
    }
    const timer = setInterval(again, every)
    document.addEventListener('visibilitychange', again)
    window.addEventListener('online', again)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', again)
      window.removeEventListener('online', again)
      controller?.abort()
      controller = null
    }
  })

  return {
    get value() {
      return value
    },
    get error() {
      return error
    },
    get freshAt() {
      return freshAt
    },
    async refresh() {
      const url = path()
      if (url !== null) await ask(url)
    },
  }
}
