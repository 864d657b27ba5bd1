/**
 * A long list of the server that keeps itself fresh. While a new question is under way the old rows stay, so that a
 * panned map or a poll never empties the list; only the rows that are shown are asked again.
 */
import { untrack } from 'svelte'
import { request, type ApiProblem, type NetworkError } from '../../remote'
import { acts } from './acts/acts.svelte'
import { fresh } from './fresh.svelte'
import type { Page } from './model'

const MOST = 200

export interface Feed<T> {
  /** undefined until the first answer. */
  readonly items: readonly T[] | undefined
  /** More rows can be fetched. */
  readonly more: boolean
  readonly error: ApiProblem | NetworkError | null
  readonly freshAt: number | null
  /** The rows belong to an earlier question. */
  readonly stale: boolean
  refresh(): Promise<void>
  /** Fetches the next rows. */
  extend(): Promise<void>
}

/**
 * Follows `path()` (under /api, with its query; null: nothing to ask, no rows). Call while a component initialises.
 * `main`: this list is what the screen is about, so it tells how fresh the screen is.
 */
export function feed<T extends { id: string }>(
  path: () => string | null,
  { every = 10_000, limit = 50, main = false }: { every?: number; limit?: number; main?: boolean } = {},
): Feed<T> {
  let items = $state.raw<readonly T[]>()
  let next = $state.raw<string | null>(null)
  let error = $state.raw<ApiProblem | NetworkError | null>(null)
  let freshAt = $state<number | null>(null)
  let stale = $state(false)
  let turn = 0
  let extending = false
  let controller: AbortController | null = null

  const address = (url: string, n: number, cursor: string | null): string =>
    `${url}${url.includes('?') ? '&' : '?'}limit=${n}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`

  async function ask(url: string, n: number): Promise<void> {
    const mine = ++turn
    controller?.abort()
    controller = new AbortController()
    try {
      const { data } = await request<Page<T>>(address(url, n, null), { signal: controller.signal })
      if (mine !== turn) return
      const shown = new Set(data.items.map((item) => item.id))
      const rest = (n === MOST && data.next !== null ? (items ?? []).slice(MOST) : []).filter(
        (item) => !shown.has(item.id),
      )
      items = [...data.items, ...rest]
      if (rest.length === 0) next = data.next
      error = null
      stale = false
      freshAt = Date.now()
      if (main) fresh.answered(freshAt)
    } catch (reason) {
      if (mine !== turn) return
      error = reason as ApiProblem | NetworkError
      if (main) fresh.failed()
    }
  }

  $effect(() => {
    const url = path()
    turn += 1
    // Only the question is followed: reading the answer here would ask again for ever.
    stale = untrack(() => items !== undefined)
    error = null
    if (url === null) {
      items = []
      next = null
      stale = false
      return
    }
    void ask(url, limit)
    const again = (): void => {
      if (document.visibilityState === 'visible') void ask(url, covered())
    }
    const timer = setInterval(again, every)
    document.addEventListener('visibilitychange', again)
    window.addEventListener('online', again)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', again)
      window.removeEventListener('online', again)
      controller?.abort()
    }
  })

  // What somebody at this desk has just done shows at once, not at the next poll.
  let seen = acts.applied
  $effect(() => {
    if (acts.applied === seen) return
    seen = acts.applied
    untrack(() => {
      const url = path()
      if (url !== null) void ask(url, covered())
    })
  })

  const covered = (): number => Math.min(MOST, Math.max(limit, items?.length ?? 0))

  return {
    get items() {
      return items
    },
    get more() {
      return next !== null
    },
    get error() {
      return error
    },
    get freshAt() {
      return freshAt
    },
    get stale() {
      return stale
    },
    async refresh() {
      const url = path()
      if (url !== null) await ask(url, covered())
    },
    async extend() {
      const url = path()
      if (url === null || next === null || extending) return
      extending = true
      const mine = turn
      try {
        const { data } = await request<Page<T>>(address(url, limit, next))
        if (mine !== turn) return
        const known = new Set((items ?? []).map((item) => item.id))
        items = [...(items ?? []), ...data.items.filter((item) => !known.has(item.id))]
        next = data.next
      } catch (reason) {
        if (mine === turn) error = reason as ApiProblem | NetworkError
      } finally {
        extending = false
      }
    },
  }
}
