import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiProblem, NetworkError } from '../api'
import { read } from '../db'
import { confirmSession, openSession, session, signIn, signOut, type SessionAnswer } from './session.svelte'

const answer: SessionAnswer = {
  user: {
    id: '0190d0b2-0000-7000-8000-000000000001',
    username: 'inspector01',
    display_name: '陈巡01',
    role: 'inspector',
    organisation: { id: 'o1', name: '青禾街道办事处', kind: 'street' },
    firm: null,
  },
  scope: { path: '9999.999901', name: '青禾街道' },
  permissions: ['finding:open'],
  demo: true,
  device_id: 'd1',
  expires_at: '2026-12-20T09:00:00+08:00',
  server_time: '2026-11-20T09:00:00+08:00',
}

const fetched = vi.fn<(url: string, init: RequestInit) => Promise<Response>>()
vi.stubGlobal('fetch', fetched)

const json = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })

beforeEach(() => {
  fetched.mockReset()
})

describe('a day with and without a network', () => {
  test('nobody is known: the server says so, or there is no network', async () => {
    await openSession()
    expect(session.state).toBe('unknown')
    fetched.mockResolvedValue(json(401, { code: 'core.sign_in_required' }))
    await confirmSession()
    expect([session.state, session.identity]).toEqual(['out', null])
  })

  test('a captive portal that says 200 is nobody: the sign-in shows, and says that there is no network', async () => {
    await openSession()
    const page = (): Promise<Response> =>
      Promise.resolve(new Response('<html>', { status: 200, headers: { 'Content-Type': 'text/html' } }))
    fetched.mockImplementation(page)
    await confirmSession()
    expect(session.state).toBe('out')
    await expect(signIn('inspector01', 'pw', '')).rejects.toBeInstanceOf(NetworkError)
    expect(session.identity).toBeNull()
  })

  test('a wrong password leaves nothing behind', async () => {
    fetched.mockResolvedValue(json(401, { code: 'accounts.bad_credentials' }))
    await expect(signIn('inspector01', 'no', '')).rejects.toBeInstanceOf(ApiProblem)
    expect(session.identity).toBeNull()
  })

  test('signing in names the device, with one id for each account that never changes', async () => {
    fetched.mockImplementation(() => Promise.resolve(json(200, answer)))
    await signIn('inspector01', 'pw', '陈巡的手机')
    await signIn('inspector01', 'pw', '')
    await signIn('inspector02', 'pw', '')
    const sent = fetched.mock.calls.map(([, init]) => JSON.parse(init.body as string))
    expect(sent[0]).toMatchObject({ username: 'inspector01', device: { label: '陈巡的手机' } })
    expect(sent[1].device.id).toBe(sent[0].device.id)
    expect(sent[2].device.id).not.toBe(sent[0].device.id)
    expect(sent[1].device.label).not.toBe('')
    expect([session.state, session.may('finding:open'), session.may('finding:triage')]).toEqual([
      'in',
      true,
      false,
    ])
  })

  test('when somebody signed in outlives what the server says of the session, and a new sign-in is a new time', async () => {
    fetched.mockImplementation(() => Promise.resolve(json(200, answer)))
    await signIn('inspector01', 'pw', '')
    const at = session.identity?.signed_in_at
    expect(Date.now() - Date.parse(at!)).toBeLessThan(5_000)
    await confirmSession()
    expect(session.identity?.signed_in_at).toBe(at)
    expect((await read(['identity'], (tx) => tx.objectStore('identity').get('me')))?.signed_in_at).toBe(at)
  })

  test('opens as the last person while the network is away', async () => {
    await openSession()
    expect([session.state, session.identity?.display_name]).toEqual(['offline', '陈巡01'])
    fetched.mockRejectedValue(new TypeError('Failed to fetch'))
    await confirmSession()
    expect(session.state).toBe('offline')
  })

  test('a server in trouble is no reason to send anyone away', async () => {
    fetched.mockResolvedValue(json(503, { code: 'core.unavailable' }))
    await confirmSession()
    expect([session.state, session.identity?.username]).toEqual(['offline', 'inspector01'])
  })

  test('a 401 keeps the person and asks for the sign-in', async () => {
    fetched.mockResolvedValue(json(401, { code: 'core.sign_in_required' }))
    await confirmSession()
    expect([session.state, session.identity?.username]).toEqual(['expired', 'inspector01'])
  })

  test('the clock of the phone is compared with the server', async () => {
    const twoDays = 2 * 86_400_000
    fetched.mockResolvedValue(
      json(200, { ...answer, server_time: new Date(Date.now() + twoDays).toISOString() }),
    )
    await confirmSession()
    expect(Math.abs(session.identity!.clock_offset_ms - twoDays)).toBeLessThan(5_000)
  })

  test('signing out needs the server; then the device forgets the person', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'))
    await expect(signOut()).rejects.toMatchObject({ code: 'network.offline' })
    expect(session.identity).not.toBeNull()
    fetched.mockResolvedValue(new Response(null, { status: 204 }))
    await signOut()
    expect([session.state, session.identity]).toEqual(['out', null])
    expect(await read(['identity'], (tx) => tx.objectStore('identity').count())).toBe(0)
  })
})
