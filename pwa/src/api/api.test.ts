import { afterEach, describe, expect, test, vi } from 'vitest'
import { ApiProblem, get, lastContactAt, NetworkError, post, request } from './index'

function answer(status: number, body: unknown, type = 'application/json'): Response {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
    status,
    headers: { 'Content-Type': type },
  })
}

const fetched = vi.fn<(url: string, init: RequestInit) => Promise<Response>>()
vi.stubGlobal('fetch', fetched)
afterEach(() => {
  fetched.mockReset()
})

describe('request', () => {
  test('sends JSON under /api with the session cookie', async () => {
    fetched.mockResolvedValue(answer(201, { id: 'x' }))
    expect(await post('/sync/push', { a: 1 })).toEqual({ id: 'x' })
    const [url, init] = fetched.mock.calls[0]!
    expect(url).toBe('/api/sync/push')
    expect(init).toMatchObject({ method: 'POST', body: '{"a":1}', credentials: 'same-origin' })
    expect((init.headers as Headers).get('Content-Type')).toBe('application/json')
  })

  test('bytes go as they are', async () => {
    fetched.mockResolvedValue(answer(204, ''))
    const bytes = new Uint8Array([1]).buffer
    await request('/blobs/x', { method: 'PATCH', body: bytes })
    expect(fetched.mock.calls[0]![1].body).toBe(bytes)
  })

  test('a problem is typed, and counts as contact', async () => {
    fetched.mockResolvedValue(
      answer(
        409,
        { code: 'blob.offset', title: 'Conflict', detail: 'd', offset: 65536 },
        'application/problem+json',
      ),
    )
    const before = Date.now()
    const error = (await request('/blobs/x').catch((e: unknown) => e)) as ApiProblem
    expect(error).toBeInstanceOf(ApiProblem)
    expect([error.code, error.status, error.extra['offset']]).toEqual(['blob.offset', 409, 65536])
    expect(lastContactAt()).toBeGreaterThanOrEqual(before)
  })

  test('401 is not a lost network', async () => {
    fetched.mockResolvedValue(answer(401, {}, 'application/problem+json'))
    const error = (await get('/session').catch((e: unknown) => e)) as ApiProblem
    expect([error.signedOut, error.transient, error.code]).toEqual([true, false, 'status.401'])
  })

  test('the page of a proxy is a server in trouble, not a crash', async () => {
    fetched.mockResolvedValue(answer(502, '<html>Bad gateway</html>', 'text/html'))
    const error = (await get('/session').catch((e: unknown) => e)) as ApiProblem
    expect([error.status, error.transient]).toEqual([502, true])
  })

  test('a wanted status is returned', async () => {
    fetched.mockResolvedValue(new Response(null, { status: 304 }))
    expect((await request('/list', { accept: [304] })).status).toBe(304)
  })

  test('no network', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'))
    await expect(get('/x')).rejects.toMatchObject({ code: 'network.offline', transient: true })
  })

  test('an answer cut short is a network failure', async () => {
    fetched.mockResolvedValue(answer(200, '{"items": [1, 2'))
    await expect(get('/x')).rejects.toBeInstanceOf(NetworkError)
  })

  test('no answer in time', async () => {
    fetched.mockImplementation(
      (_url, init) =>
        new Promise((_resolve, reject) => {
          init.signal!.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
        }),
    )
    await expect(get('/x', { timeout: 20 })).rejects.toMatchObject({ code: 'network.timeout' })
  })

  test('a caller who gives up hears their own abort, not a network failure', async () => {
    fetched.mockImplementation(
      (_url, init) =>
        new Promise((_resolve, reject) => {
          init.signal!.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
        }),
    )
    const controller = new AbortController()
    const asked = get('/x', { signal: controller.signal }).catch((e: unknown) => e)
    controller.abort()
    expect(await asked).toBeInstanceOf(DOMException)
  })
})
