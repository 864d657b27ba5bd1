/** The clock that deadlines are shown by: the server's, as far as this phone knows it, so that a wrong phone does not lie. */
import { session } from '../../app/session.svelte'

let at = $state(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

export const clock = {
  /** Milliseconds since 1970 by the server's clock, at most five seconds old while the face is open. Reactive. */
  get now(): number {
    return at + (session.identity?.clock_offset_ms ?? 0)
  },
  /** The phone's own clock, for what this phone has noted itself. */
  get here(): number {
    return at
  },
  /** Starts the clock; returns the function that stops it. */
  start(): () => void {
    users += 1
    at = Date.now()
    timer ??= setInterval(() => (at = Date.now()), 5_000)
    return () => {
      users -= 1
      if (users > 0) return
      clearInterval(timer)
      timer = undefined
    }
  },
}
