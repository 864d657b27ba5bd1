/** For two seconds after a save the dock says so; the phone shakes its head once. */

let shown = $state(false)
let timer: ReturnType<typeof setTimeout> | undefined

export const flash = {
  get saved(): boolean {
    return shown
  },
  save(): void {
    shown = true
    clearTimeout(timer)
    timer = setTimeout(() => (shown = false), 2_000)
    navigator.vibrate?.(20)
  },
}
