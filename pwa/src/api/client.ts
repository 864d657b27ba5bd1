/**
 * The only place that calls fetch. Every request has a time-out, every failure is an ApiProblem or a NetworkError,
 * and the time of the server's last answer is kept, because `navigator.onLine` lies.
 */
import { ApiProblem, NetworkError } from './problem'

export interface Options {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON unless it is bytes. */
  body?: unknown
  headers?: Record<string, string>
  /** Milliseconds until NetworkError `network.timeout`; 20 s unless said. */
  timeout?: number
  signal?: AbortSignal
  /** Answers of these statuses are returned instead of thrown, e.g. 304 or 409. */
  accept?: readonly number[]
  /** The answer is an ArrayBuffer instead of JSON. */
  bytes?: boolean
  /** Nobody waits for this one: it gives way to requests that a person waits for (see {@link lineFree}). */
  background?: boolean
  /** Lets a small request outlive the page that sends it. */
  keepalive?: boolean
}

/** An answer: status, headers, and the parsed JSON (undefined when there is none). */
export interface Answer<T> {
  status: number
  headers: Headers
  data: T
}

type ContactListener = (at: number) => void
const contactListeners = new Set<ContactListener>()
let lastContact: number | null = null

/** Milliseconds since 1970 of the server's last answer of any kind; null before the first. */
export function lastContactAt(): number | null {
  return lastContact
}

/** Called with the time whenever the server answers. Returns the function that stops it. */
export function onContact(listener: ContactListener): () => void {
  contactListeners.add(listener)
  return () => contactListeners.delete(listener)
}

function contact(): void {
  lastContact = Date.now()
  for (const listener of contactListeners) listener(lastContact)
}

const revokedListeners = new Set<() => void>()

/** Called whenever the server says that this device was revoked. Returns the function that stops it. */
export function onRevoked(listener: () => void): () => void {
  revokedListeners.add(listener)
  return () => revokedListeners.delete(listener)
}

let waitedFor = 0
const whenFree = new Set<() => void>()
/** A screen that hangs must not hold the evidence back for ever. */
const LONGEST_WAY = 10_000

/** Resolves when no request is on the line that a person waits for, or after ten seconds, or when `signal` aborts. */
export function lineFree(signal: AbortSignal): Promise<void> {
  if (waitedFor === 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      whenFree.delete(done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, LONGEST_WAY)
    whenFree.add(done)
    signal.addEventListener('abort', done)
  })
}

function onLine(by: 1 | -1): void {
  waitedFor += by
  if (waitedFor === 0) for (const done of [...whenFree]) done()
}

/** The version of the API that this app speaks. */
const API_VERSION = '1'

function encode(body: unknown, headers: Headers): BodyInit | undefined {
  if (body === undefined) return undefined
  if (
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof Blob ||
    body instanceof FormData
  ) {
    return body as BodyInit
  }
  headers.set('Content-Type', 'application/json')
  return JSON.stringify(body)
}

/** Sends a request under `/api`. `path` starts with a slash: `/session` → `/api/session`. */
export async function request<T = unknown>(path: string, options: Options = {}): Promise<Answer<T>> {
  const headers = new Headers({
    Accept: 'application/json',
    'X-Xunjian-Api': API_VERSION,
    ...options.headers,
  })
  const body = encode(options.body, headers)
  const controller = new AbortController()
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    controller.abort()
  }, options.timeout ?? 20_000)
  const cancel = (): void => controller.abort()
  if (options.signal?.aborted) cancel()
  options.signal?.addEventListener('abort', cancel)
  if (!options.background) onLine(1)
  try {
    const response = await fetch(`/api${path}`, {
      method: options.method ?? 'GET',
      headers,
      body,
      signal: controller.signal,
      credentials: 'same-origin',
      cache: 'no-store',
      keepalive: options.keepalive,
    })
    const data = options.bytes && response.ok ? await response.arrayBuffer() : await parse(response)
    contact()
    if (response.ok || options.accept?.includes(response.status)) {
      return { status: response.status, headers: response.headers, data: data as T }
    }
    throw new ApiProblem(response.status, isRecord(data) ? data : {})
  } catch (error) {
    if (error instanceof ApiProblem) {
      if (error.code === 'accounts.device_revoked') for (const listener of revokedListeners) listener()
      throw error
    }
    if (options.signal?.aborted) throw error
    throw new NetworkError(timedOut ? 'network.timeout' : 'network.offline', error)
  } finally {
    if (!options.background) onLine(-1)
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', cancel)
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The JSON of an answer. A proxy's HTML page counts as no JSON; a body cut short rejects, as the network did it. */
async function parse(response: Response): Promise<unknown> {
  const type = response.headers.get('Content-Type') ?? ''
  const text = await response.text()
  if (!/\bjson\b/.test(type) || text === '') return undefined
  return JSON.parse(text) as unknown
}

/** The data of a GET. */
export async function get<T>(path: string, options: Options = {}): Promise<T> {
  return (await request<T>(path, options)).data
}

/** The data of a POST. */
export async function post<T>(path: string, body?: unknown, options: Options = {}): Promise<T> {
  return (await request<T>(path, { ...options, method: 'POST', body })).data
}
