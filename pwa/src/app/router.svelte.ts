/** A small router over the history API: works offline, since every address is answered by the cached shell. */

type Guard = () => boolean

let path = $state(location.pathname)
let search = $state.raw(new URLSearchParams(location.search))
const guards = new Set<Guard>()

function take(): void {
  path = location.pathname
  search = new URLSearchParams(location.search)
}

window.addEventListener('popstate', take)

export const router = {
  /** The current path, e.g. `/i/today`. Reactive. */
  get path(): string {
    return path
  },
  /** The current query. Reactive; replaced as a whole. */
  get query(): URLSearchParams {
    return search
  },
  /** Goes to a path (with query) of this app; a guard may refuse. */
  go(to: string, { replace = false } = {}): void {
    for (const guard of guards) if (!guard()) return
    if (replace) history.replaceState({ inside: true }, '', to)
    else history.pushState({ inside: true }, '', to)
    take()
    window.scrollTo(0, 0)
  },
  /** One step back inside the app, or to `fallback` when the app was opened here. */
  back(fallback: string): void {
    if ((history.state as { inside?: boolean } | null)?.inside) history.back()
    else router.go(fallback, { replace: true })
  },
  /** Changes the query without a new page in the history; null removes a key. */
  setQuery(changes: Record<string, string | null>): void {
    const next = new URLSearchParams(search)
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) next.delete(key)
      else next.set(key, value)
    }
    const text = next.toString()
    history.replaceState(history.state, '', path + (text ? `?${text}` : ''))
    take()
  },
  /** `guard` answers whether the page may be left. Returns the function that removes it. */
  guard(guard: Guard): () => void {
    guards.add(guard)
    return () => guards.delete(guard)
  },
}

/** A route: pattern with `:name` parts, and whatever belongs to it (a component, a loader). */
export interface Route<T> {
  pattern: string
  to: T
}

/** The first route that fits `at`, with the values of its `:name` parts; null when none does. */
export function matchRoute<T>(
  routes: readonly Route<T>[],
  at: string,
): { to: T; pattern: string; params: Record<string, string> } | null {
  const parts = at.replace(/\/+$/, '').split('/')
  for (const { pattern, to } of routes) {
    const wanted = pattern.replace(/\/+$/, '').split('/')
    if (wanted.length !== parts.length) continue
    const params: Record<string, string> = {}
    const fits = wanted.every((word, i) => {
      if (!word.startsWith(':')) return word === parts[i]
      params[word.slice(1)] = decodeURIComponent(parts[i]!)
      return parts[i] !== ''
    })
    if (fits) return { to, pattern, params }
  }
  return null
}

/** Catches clicks on plain links of this app, so that components write `<a href>` and nothing else. */
export function catchLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || !link.href || link.target || link.hasAttribute('download')) return
  const url = new URL(link.href)
  if (url.origin !== location.origin || url.pathname.startsWith('/api/')) return
  if (url.hash !== '' && url.pathname === location.pathname) return
  event.preventDefault()
  router.go(url.pathname + url.search)
}
