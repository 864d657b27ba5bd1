/**
 * New versions. A new service worker waits; the page reloads only when the person says so and nothing would be
 * lost: no form dirty, nothing sending.
 */
import { Workbox } from 'workbox-window'

let waiting = $state(false)
let workbox: Workbox | null = null

export const update = {
  /** True when a new version is on the device and waits. */
  get ready(): boolean {
    return waiting
  },
  /** Lets the new version take over and reloads the page. */
  apply(): void {
    workbox?.addEventListener('controlling', () => location.reload())
    workbox?.messageSkipWaiting()
  },
}

/** Registers the service worker (production builds only) and looks for a new version every hour. */
export async function registerServiceWorker(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  workbox = new Workbox('/sw.js')
  workbox.addEventListener('waiting', () => (waiting = true))
  const registration = await workbox.register()
  if (!registration) return
  setInterval(() => void registration.update().catch(() => undefined), 3_600_000)
}
