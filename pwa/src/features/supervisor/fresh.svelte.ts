/** How fresh the screen is: its main list reports each answer here, and the bar on top shows it. */

/** Longer than this without an answer and the dot turns hollow. */
export const STALE_MS = 60_000

let at = $state<number | null>(null)
let lost = $state(false)

export const fresh = {
  /** When the server last answered the shown screen (ms); null before that. Reactive. */
  get at(): number | null {
    return at
  },
  /** The last try got no answer. Reactive. */
  get lost(): boolean {
    return lost
  },
  /** Another screen begins. */
  reset(): void {
    at = null
    lost = false
  },
  answered(when: number): void {
    at = when
    lost = false
  },
  failed(): void {
    lost = true
  },
}
