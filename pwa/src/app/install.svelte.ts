/** Installation: on iOS the storage of a page that is not on the home screen is cleared after seven days. */

interface InstallEvent extends Event {
  prompt(): Promise<void>
  userChoice: Promise<{ outcome: 'accepted' | 'dismissed' }>
}

let offered = $state.raw<InstallEvent | null>(null)
let installed = $state(
  window.matchMedia('(display-mode: standalone)').matches ||
    (navigator as Navigator & { standalone?: boolean }).standalone === true,
)
const ios = /iPhone|iPad/.test(navigator.userAgent)

window.addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault()
  offered = event as InstallEvent
})
window.addEventListener('appinstalled', () => {
  installed = true
  offered = null
})

export const install = {
  get installed(): boolean {
    return installed
  },
  /** `prompt`: a button can do it; `ios`: words must say how; `none`: this browser cannot, or it is done. */
  get way(): 'prompt' | 'ios' | 'none' {
    if (installed) return 'none'
    return offered ? 'prompt' : ios ? 'ios' : 'none'
  },
  async ask(): Promise<void> {
    const event = offered
    if (!event) return
    offered = null
    await event.prompt()
    installed = (await event.userChoice).outcome === 'accepted'
  },
}
