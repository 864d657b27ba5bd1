/**
 * Who is here. The server's answer is kept in the database, so that the app opens in a cellar as the person who
 * signed in above ground. A 401 never clears anything: the queue belongs to its user and waits for the sign-in.
 */
import { ApiProblem, get, NetworkError, post, request } from '../api'
import { changeHands, onChange, read, write, type IdentityRow } from '../db'
import { deviceId, deviceLabel } from './device'

/** Answer of GET and POST /api/session. */
export interface SessionAnswer {
  user: {
    id: string
    username: string
    display_name: string
    role: string
    organisation: { id: string; name: string; kind: string }
    firm: { id: string; name: string } | null
  }
  scope: { path: string; name: string } | null
  permissions: string[]
  demo: boolean
  device_id: string | null
  expires_at: string
  server_time: string
  /** Public keys that verify receipts, also without a network. */
  receipt_keys?: { id: string; algorithm: string; public_key: string }[]
  /** Severities whose camera files the office wants as well. */
  keep_originals?: string[]
  /** What outbox files are sealed to; null where the office has no key. */
  outbox_key?: { id: string; algorithm: string; public_key: string } | null
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
let revoked = $state(false)
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
  /** True after this phone was revoked, has sent what it had, and forgot. */
  get revoked(): boolean {
    return revoked
  },
  may(permission: string): boolean {
    return permissions.has(permission)
  },
}

/** The row to keep; `asked` is the phone's clock when the request left, so that its middle is the fair moment. */
function toRow(answer: SessionAnswer, asked: number): IdentityRow {
  const { user } = answer
  return {
    key: 'me',
    user_id: user.id,
    username: user.username,
    display_name: user.display_name,
    role: user.role,
    permissions: answer.permissions,
    organisation: user.organisation,
    firm: user.firm,
    scope: answer.scope,
    device_id: answer.device_id,
    demo: answer.demo,
    expires_at: answer.expires_at,
    seen_at: answer.server_time,
    clock_offset_ms: Math.round(Date.parse(answer.server_time) - (asked + Date.now()) / 2),
  }
}

/** The row of the same person as kept before. */
const known = (row: IdentityRow): IdentityRow | null => (identity?.user_id === row.user_id ? identity : null)

async function keep(fresh: IdentityRow, answer: SessionAnswer): Promise<void> {
  const row = { signed_in_at: known(fresh)?.signed_in_at, ...fresh }
  await write(['identity', 'settings'], async (tx) => {
    await tx.objectStore('identity').put(row)
    await changeHands(tx.objectStore('settings'), row.user_id)
    const settings = tx.objectStore('settings')
    if (answer.receipt_keys) await settings.put({ key: 'receipt.keys', value: answer.receipt_keys })
    if (answer.keep_originals) await settings.put({ key: 'originals.office', value: answer.keep_originals })
    if (answer.outbox_key !== undefined) await settings.put({ key: 'outbox.key', value: answer.outbox_key })
  })
  identity = row
  status = 'in'
}

/** A captive portal says 200 as well, and so does an answer that was cut in its head: then nobody has answered. */
function whole(answer: SessionAnswer | undefined): SessionAnswer {
  if (!answer?.user) throw new NetworkError('network.offline', new Error('no session in the answer'))
  return answer
}

/** Opens as the last known person at once; {@link confirmSession} then asks the server. */
export async function openSession(): Promise<void> {
  const row = await read(['identity'], (tx) => tx.objectStore('identity').get('me'))
  identity = row ?? null
  status = row ? 'offline' : 'unknown'
}

/** Asks the server who is signed in. Without an answer the last known identity stays. */
export async function confirmSession(): Promise<void> {
  const asked = Date.now()
  try {
    const answer = whole(await get<SessionAnswer | undefined>('/session', { timeout: 8_000 }))
    await keep(toRow(answer, asked), answer)
  } catch (error) {
    // A revoked phone still delivers what it has; a new sign-in would not be let in.
    const sealed = error instanceof ApiProblem && error.code === 'accounts.device_revoked'
    if (error instanceof ApiProblem && error.signedOut && !sealed) status = identity ? 'expired' : 'out'
    else if (error instanceof ApiProblem || error instanceof NetworkError)
      status = identity ? 'offline' : 'out'
    else throw error
  }
}

/** Signs in. Rejects with ApiProblem (401 wrong, 429 too often), NetworkError or StorageError. */
export async function signIn(username: string, password: string, label: string): Promise<void> {
  const device = await deviceId(username)
  const asked = Date.now()
  const said = await post<SessionAnswer | undefined>('/session', {
    username,
    password,
    device: { id: device, label: label || deviceLabel(), app_version: __APP_VERSION__ },
  })
  const answer = whole(said)
  await keep({ ...toRow(answer, asked), signed_in_at: new Date().toISOString() }, answer)
  revoked = false
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

/** The engine has carried out the order to forget: nobody is known here any more. */
export async function sessionRevoked(): Promise<void> {
  revoked = true
  // Behind the shell: who is never revoked never loads it.
  const { dropBaseMaps } = await import('../sync')
  await dropBaseMaps()
  await write(['identity'], async (tx) => {
    await tx.objectStore('identity').delete('me')
  })
  identity = null
  status = 'out'
}

/** Follows the other tabs: the cookie is the phone's, so whoever signs in or out there does it here as well. */
export function followTabs(): () => void {
  return onChange(['identity'], () => {
    read(['identity'], (tx) => tx.objectStore('identity').get('me')).then(
      (row) => {
        if (row?.user_id === identity?.user_id) return
        identity = row ?? null
        status = row ? 'offline' : 'out'
      },
      (error: unknown) => console.error(error),
    )
  })
}

/** Called by whoever meets a 401 in the middle of work. */
export function sessionExpired(): void {
  if (identity) status = 'expired'
}
