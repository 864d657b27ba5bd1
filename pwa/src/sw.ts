/**
 * The service worker: keeps the shell, so that the app opens without a network, and wakes the sync engine of an
 * open page. It sends nothing itself and never touches answers of the API.
 */
import { clientsClaim } from 'workbox-core'
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'

declare const self: ServiceWorkerGlobalScope & {
  __WB_MANIFEST: Array<{ url: string; revision: string | null }>
}

interface SyncEvent extends ExtendableEvent {
  readonly tag: string
}

precacheAndRoute(self.__WB_MANIFEST)
cleanupOutdatedCaches()
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/index.html'), {
    // Documents, public pages and health checks belong to the server.
    denylist: [/^\/api\//, /^\/v\//, /^\/healthz$/, /^\/readyz$/],
  }),
)
// A page that was opened before the first installation is served offline too; an update still waits to be asked.
clientsClaim()

self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type === 'SKIP_WAITING') void self.skipWaiting()
})

self.addEventListener('sync', (event) => {
  const sync = event as SyncEvent
  if (sync.tag !== 'outbox') return
  sync.waitUntil(
    self.clients.matchAll({ type: 'window' }).then((pages) => {
      for (const page of pages) page.postMessage({ type: 'wake', reason: 'background-sync' })
    }),
  )
})

interface Pushed {
  id: string
  title: string
  body: string
  link: string
}

// Every push shows something: a browser takes the right away from apps that wake silently.
self.addEventListener('push', (event) => {
  const pushed = event.data?.json() as Pushed | undefined
  if (!pushed) return
  event.waitUntil(
    self.registration.showNotification(pushed.title, {
      body: pushed.body,
      tag: pushed.id,
      icon: '/icon-192.png',
      badge: '/icon-192.png',
      data: { link: pushed.link },
    }),
  )
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const link = new URL((event.notification.data as { link: string }).link, self.location.origin)
  // A link of ours stays in the app, whatever a message says.
  const target = link.origin === self.location.origin ? link.href : self.location.origin
  event.waitUntil(
    self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then(async (pages) => {
      const page = pages[0]
      if (!page) return self.clients.openWindow(target)
      page.postMessage({ type: 'open', path: link.pathname + link.search })
      return page.focus()
    }),
  )
})
