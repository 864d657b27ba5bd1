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

/** Asks when `may` says so. Call while a component initialises. */
export function readiness(may: () => boolean = () => true): Readiness {
  const facts = live(['compounds', 'catalogue', 'outbox', 'photos', 'identity', 'settings'], async () =>
    may()
      ? fitness(session.identity?.user_id ?? '', session.state !== 'expired' && session.state !== 'out')
      : undefined,
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
