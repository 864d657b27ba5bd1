/** Screens are queries over the database: a value that is asked again after each commit that may change it. */
import { onChange } from './changes'
import type { StoreName } from './schema'

export interface Live<T> {
  /** undefined until the database has answered: never show "0 pending" before that. */
  readonly value: T | undefined
  readonly error: unknown
  /** Asks again now. */
  refresh(): void
}

/**
 * A live query. Call it while a component initialises; it stops with the component. What `query` reads
 * reactively (runes) before its first await makes it ask again too. Answers that arrive out of order are dropped.
 */
export function live<T>(stores: readonly StoreName[], query: () => Promise<T>): Live<T> {
  let value = $state.raw<T>()
  let error = $state.raw<unknown>(null)
  let turn = 0

  function refresh(): void {
    const mine = ++turn
    query().then(
      (answer) => {
        if (mine !== turn) return
        value = answer
        error = null
      },
      (reason: unknown) => {
        if (mine === turn) error = reason
      },
    )
  }

  $effect(() => {
    refresh()
    const stop = onChange(stores, refresh)
    return () => {
      turn++
      stop()
    }
  })

  return {
    get value() {
      return value
    },
    get error() {
      return error
    },
    refresh,
  }
}
