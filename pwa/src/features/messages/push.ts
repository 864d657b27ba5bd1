/** Web push of this browser: asking for it, registering it with the server, giving it up. */
import { get, post, request } from '../../remote'

export type PushState = 'unsupported' | 'denied' | 'off' | 'on'

const KEPT = 'push.subscription'

async function registration(): Promise<ServiceWorkerRegistration | null> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window))
    return null
  return (await navigator.serviceWorker.getRegistration()) ?? null
}

/** Where this browser stands. */
export async function pushState(): Promise<PushState> {
  const worker = await registration()
  if (!worker) return 'unsupported'
  if (Notification.permission === 'denied') return 'denied'
  return (await worker.pushManager.getSubscription()) ? 'on' : 'off'
}

/** The bytes of a key in base64url. */
export function keyBytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/') + '='.repeat((4 - (text.length % 4)) % 4))
  const bytes = new Uint8Array(plain.length)
  for (let i = 0; i < plain.length; i++) bytes[i] = plain.charCodeAt(i)
  return bytes
}

/** Asks the person, subscribes, registers. Rejects with ApiProblem or NetworkError, or what the browser says. */
export async function allowPush(): Promise<PushState> {
  const worker = await registration()
  if (!worker) return 'unsupported'
  if ((await Notification.requestPermission()) !== 'granted') return 'denied'
  const { key } = await get<{ key: string }>('/messages/push-key')
  const made = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: keyBytes(key),
  })
  const { id } = await post<{ id: string }>('/messages/subscriptions', made.toJSON())
  localStorage.setItem(KEPT, id)
  return 'on'
}

/** Gives push up on this browser; the server forgets it by itself if it cannot be told now. */
export async function stopPush(): Promise<PushState> {
  const worker = await registration()
  await (await worker?.pushManager.getSubscription())?.unsubscribe()
  const id = localStorage.getItem(KEPT)
  if (id) await request(`/messages/subscriptions/${id}`, { method: 'DELETE', accept: [404] })
  localStorage.removeItem(KEPT)
  return pushState()
}
