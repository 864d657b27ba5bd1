/** The time for screens that say how long ago something was: it moves every five seconds. */

let now = $state(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** A reactive clock; call it while a component initialises. */
export function ticking(): { readonly now: number } {
  $effect(() => {
    users += 1
    now = Date.now()
    if (users === 1) timer = setInterval(() => (now = Date.now()), 5_000)
    return () => {
      users -= 1
      if (users === 0) clearInterval(timer)
    }
  })
  return {
    get now() {
      return now
    },
  }
}
