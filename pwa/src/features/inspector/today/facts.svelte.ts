/** The facts of the readiness gate, asked anew whenever the database changes. */
import { session } from '../../../app/session.svelte'
import { live } from '../../../db'
import type { Facts } from '../../../domain/readiness'
import { fitness } from '../../../sync'

export interface Readiness {
  readonly facts: Facts | undefined
  /** Asks the browser once more to keep the data. */
  persist(): Promise<void>
  refresh(): void
}

/** Call while a component initialises. */
export function readiness(): Readiness {
  const facts = live(['compounds', 'catalogue', 'outbox', 'photos', 'identity', 'settings'], () =>
    fitness(session.identity?.user_id ?? '', session.state !== 'expired' && session.state !== 'out'),
  )
  return {
    get facts() {
      return facts.value
    },
    async persist() {
      await navigator.storage?.persist?.()
      facts.refresh()
    },
    refresh: facts.refresh,
  }
}
