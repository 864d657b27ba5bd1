/** The facts of the readiness gate, asked of browser and database. */
import { session } from '../../../app/session.svelte'
import { live, read } from '../../../db'
import { unanswered } from '../../../sync'
import type { Facts } from './readiness'

export interface Readiness {
  readonly facts: Facts | undefined
  /** Asks the browser once more to keep the data. */
  persist(): Promise<void>
  refresh(): void
}

/** Call while a component initialises. */
export function readiness(): Readiness {
  let persisted = $state<boolean | null>(null)
  let free = $state<number | null>(null)
  let location = $state<Facts['location']>(null)

  async function ask(): Promise<void> {
    persisted = (await navigator.storage?.persisted?.()) ?? null
    const estimate = await navigator.storage?.estimate?.()
    free = estimate?.quota === undefined ? null : estimate.quota - (estimate.usage ?? 0)
    const permission = await navigator.permissions?.query({ name: 'geolocation' }).catch(() => null)
    location = permission?.state ?? null
  }

  const counts = live(['compounds', 'catalogue', 'outbox'], () =>
    read(['compounds', 'catalogue', 'outbox'], async (tx) => {
      const compounds = await tx.objectStore('compounds').count()
      const checklists = await tx.objectStore('catalogue').index('by_kind').count('checklist')
      const rows = await unanswered(tx, session.identity?.user_id ?? '')
      const dayAgo = Date.now() - 86_400_000
      return { compounds, checklists, old: rows.filter((row) => Date.parse(row.created_at) < dayAgo).length }
    }),
  )
  function refresh(): void {
    counts.refresh()
    ask().catch((error: unknown) => console.error(error))
  }
  $effect(refresh)

  return {
    get facts() {
      if (!counts.value) return undefined
      const me = session.identity
      return {
        now: Date.now(),
        expiresAt: me?.expires_at ?? null,
        signedIn: session.state !== 'expired' && session.state !== 'out',
        secure: window.isSecureContext,
        persisted,
        free,
        ...counts.value,
        clockOffset: me?.clock_offset_ms ?? 0,
        location,
      }
    },
    async persist() {
      persisted = (await navigator.storage?.persist?.()) ?? false
    },
    refresh,
  }
}
