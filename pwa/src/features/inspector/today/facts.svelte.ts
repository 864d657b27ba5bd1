/** The facts of the readiness gate, asked anew whenever the database changes. */
import { session } from '../../../app/session.svelte'
import { live } from '../../../db'
import { unwritten, type Facts } from '../../../domain/readiness'
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
  // What is only a matter of half a minute is looked at again after it.
  $effect(() => {
    const wait = facts.value ? unwritten(facts.value) : 0
    if (wait === 0) return
    const timer = setTimeout(facts.refresh, wait + 100)
    return () => clearTimeout(timer)
  })
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
