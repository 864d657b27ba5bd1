/** Failures of a request, each a class of its own, because each wants another act: wait, sign in, or mend. */

/** One wrong field: `path` as in the request body, `message` for developers. */
export interface FieldProblem {
  path: string
  message: string
}

/** The server answered with a problem (RFC 9457). `code` is stable; the sentence for people is problemText(). */
export class ApiProblem extends Error {
  override name = 'ApiProblem'
  readonly code: string
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Further members of the problem body, e.g. `errors`, `offset`, `retry_after`. */
  readonly extra: Readonly<Record<string, unknown>>

  constructor(status: number, body: Record<string, unknown>) {
    const text = (key: string): string => (typeof body[key] === 'string' ? (body[key] as string) : '')
    super(`${status} ${text('code')} ${text('detail')}`.trim())
    this.status = status
    this.code = text('code') || `status.${status}`
    this.title = text('title')
    this.detail = text('detail')
    this.extra = body
  }

  /** 401: the queue stays and the person signs in again. */
  get signedOut(): boolean {
    return this.status === 401
  }

  /** Worth another try without any change: time-outs, throttling, a server in trouble. */
  get transient(): boolean {
    return this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500
  }
}

/** No answer at all: no network, or none in time. Always worth another try. */
export class NetworkError extends Error {
  override name = 'NetworkError'
  readonly status = 0
  readonly transient = true
  constructor(
    readonly code: 'network.offline' | 'network.timeout',
    readonly original?: unknown,
  ) {
    super(code)
  }
}
