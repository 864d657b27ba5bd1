/**
 * Who is here. The server's answer is kept in the database, so that the app opens in a cellar as the person who
 * signed in above ground. A 401 never clears anything: the queue belongs to its user and waits for the sign-in.
 */
import { ApiProblem, get, NetworkError, post, request } from '../api'
import { read, write, type IdentityRow } from '../db'
import { deviceId, deviceLabel } from './device'

/** Answer of GET and POST /api/session. */
export interface SessionAnswer {
  user: { id: string; username: string; name: string }
  roles: string[]
  permissions: string[]
  organisation: { id: string; name: string } | null
  scope: unknown
  demo: boolean
}

export type SessionState =
  /** The database and the server have not been asked yet. */
  | 'unknown'
  /** Nobody is known on this device. */
  | 'out'
  /** The server has confirmed the identity since the app started. */
  | 'in'
  /** The last known identity, without a word of the server. */
  | 'offline'
  /** The last known identity, but the server wants a new sign-in. */
  | 'expired'

let status = $state<SessionState>('unknown')
let identity = $state.raw<IdentityRow | null>(null)
const permissions = $derived(new Set(identity?.permissions ?? []))

export const session = {
  get state(): SessionState {
    return status
  },
  /** The person, also when offline or expired; null when nobody is known. */
  get identity(): IdentityRow | null {
    return identity
  },
  get permissions(): ReadonlySet<string> {
    return permissions
  },
  may(permission: string): boolean {
    return permissions.has(permission)
  },
}

function toRow(answer: SessionAnswer): IdentityRow {
  return {
    key: 'me',
    user_id: answer.user.id,
    username: answer.user.username,
    name: answer.user.name,
    roles: answer.roles,
    permissions: answer.permissions,
    organisation: answer.organisation,
    scope: answer.scope,
    demo: answer.demo,
    seen_at: new Date().toISOString(),
  }
}

async function keep(row: IdentityRow): Promise<void> {
  await write(['identity'], async (tx) => {
    await tx.objectStore('identity').put(row)
  })
  identity = row
  status = 'in'
}

/** Opens as the last known person at once; {@link confirmSession} then asks the server. */
export async function openSession(): Promise<void> {
  const row = await read(['identity'], (tx) => tx.objectStore('identity').get('me'))
  identity = row ?? null
  status = row ? 'offline' : 'unknown'
}

/** Asks the server who is signed in. Without an answer the last known identity stays. */
export async function confirmSession(): Promise<void> {
  try {
    await keep(toRow(await get<SessionAnswer>('/session', { timeout: 8_000 })))
  } catch (error) {
    if (error instanceof ApiProblem && error.signedOut) status = identity ? 'expired' : 'out'
    else if (error instanceof ApiProblem || error instanceof NetworkError)
      status = identity ? 'offline' : 'out'
    else throw error
  }
}

/** Signs in. Rejects with ApiProblem (401 wrong, 429 too often), NetworkError or StorageError. */
export async function signIn(username: string, password: string, label: string): Promise<void> {
  const answer = await post<SessionAnswer>('/session', {
    username,
    password,
    device: { id: await deviceId(), label: label || deviceLabel(), app_version: __APP_VERSION__ },
  })
  await keep(toRow(answer))
}

/**
 * Signs out. The server is told first, so this needs a network; what is unsent stays on the device under the
 * user's id. Rejects with NetworkError when the server cannot be told.
 */
export async function signOut(): Promise<void> {
  await request('/session', { method: 'DELETE', accept: [401] })
  await write(['identity'], async (tx) => {
    await tx.objectStore('identity').delete('me')
  })
  identity = null
  status = 'out'
}

/** Called by whoever meets a 401 in the middle of work. */
export function sessionExpired(): void {
  if (identity) status = 'expired'
}
