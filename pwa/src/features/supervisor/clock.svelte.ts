/** One clock for the face: screens count seconds since the last answer and minutes to a deadline by it. */

let now = $state(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

export const clock = {
  /** Milliseconds since 1970, a second old at most while the face is open. Reactive. */
  get now(): number {
    return now
  },
  /** Starts the clock; returns the function that stops it. */
  start(): () => void {
    users += 1
    timer ??= setInterval(() => (now = Date.now()), 1_000)
    now = Date.now()
    return () => {
      users -= 1
      if (users > 0) return
      clearInterval(timer)
      timer = undefined
    }
  },
}
