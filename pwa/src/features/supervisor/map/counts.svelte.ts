/** Counts of the panel. The last ones stay until new ones are here, so that no number flickers while the map pans. */
import { poll } from '../../../remote'
import type { Severity } from '../../../ui'
import { acts } from '../acts/acts.svelte'
import type { Status } from './filters'

/** Answer of GET /api/map/counts. */
export interface CountsDoc {
  total: number
  overdue: number
  by_progress: Record<string, number>
  by_status: Record<Status, number>
  by_severity: Record<Severity, number>
  by_category: Record<string, number>
  by_street: { path: string; name: string; n: number }[]
  closed_capped: boolean
}

export interface MapCounts {
  /** undefined until the first answer. */
  readonly value: CountsDoc | undefined
  /** Changes when any number does. */
  readonly tag: string
  /** When the server last answered (ms). */
  readonly freshAt: number | null
}

/** Call while a component initialises; `query` without a leading `?`. */
export function mapCounts(query: () => string): MapCounts {
  const answer = poll<CountsDoc>(() => `/map/counts?${query()}`)
  let kept = $state.raw<CountsDoc>()
  $effect(() => {
    if (answer.value) kept = answer.value
  })
  let seen = acts.applied
  $effect(() => {
    if (acts.applied === seen) return
    seen = acts.applied
    void answer.refresh()
  })
  return {
    get value() {
      return answer.value ?? kept
    },
    get freshAt() {
      return answer.freshAt
    },
    get tag() {
      return JSON.stringify(answer.value ?? kept ?? null)
    },
  }
}
