import { describe, expect, test, vi } from 'vitest'
import { busy } from './busy.svelte'
import { faceAt, faces, facesOf } from './faces'
import { matchRoute, router } from './router.svelte'

describe('router', () => {
  const routes = [
    { pattern: '/i/today', to: 'today' },
    { pattern: '/i/finding/new', to: 'new' },
    { pattern: '/i/finding/:id', to: 'finding' },
  ]

  test('first fit wins; parts are decoded; a slash at the end does not matter', () => {
    expect(matchRoute(routes, '/i/finding/new')?.to).toBe('new')
    expect(matchRoute(routes, '/i/finding/a%20b')).toMatchObject({ to: 'finding', params: { id: 'a b' } })
    expect(matchRoute(routes, '/i/today/')?.to).toBe('today')
    expect(matchRoute(routes, '/i/finding/')).toBeNull()
    expect(matchRoute(routes, '/i/finding/1/2')).toBeNull()
  })

  test('goes, changes the query, and a guard keeps the page', () => {
    router.go('/i/today?day=1')
    expect([router.path, router.query.get('day')]).toEqual(['/i/today', '1'])
    router.setQuery({ day: null, q: 'xfc' })
    expect(location.search).toBe('?q=xfc')
    const remove = router.guard(() => false)
    router.go('/i/outbox')
    expect(router.path).toBe('/i/today')
    remove()
    router.go('/i/outbox')
    expect(router.path).toBe('/i/outbox')
  })
})

describe('faces', () => {
  test('each role opens its face, and a path belongs to one', () => {
    expect(facesOf('inspector').map((face) => face.name)).toEqual(['inspector'])
    expect(facesOf('firm_manager').map((face) => face.name)).toEqual(['firm'])
    expect(facesOf('department').map((face) => face.home)).toEqual(['/s/transfers'])
    expect(facesOf(undefined)).toEqual([])
    expect(faceAt(faces, '/s/map')?.name).toBe('supervisor')
    expect(faceAt(faces, '/safe')).toBeNull()
    expect(faceAt(facesOf('inspector'), '/s/map')).toBeNull()
  })

  test('homes lie inside their faces', () => {
    for (const face of faces) expect(faceAt([face], face.home)).toBe(face)
  })
})

test('an update waits for forms and for the queue', () => {
  expect(busy.free).toBe(true)
  busy.setDirty('finding', true)
  busy.setDirty('note', true)
  busy.setDirty('finding', false)
  expect([busy.dirty, busy.free]).toEqual([true, false])
  busy.setDirty('note', false)
  busy.setSending(true)
  expect(busy.free).toBe(false)
  busy.setSending(false)
  expect(busy.free).toBe(true)
})

test('a link inside the app is taken, others are left alone', async () => {
  const { catchLinks } = await import('./router.svelte')
  const go = vi.spyOn(router, 'go').mockImplementation(() => undefined)
  for (const [html, taken] of [
    ['<a href="/i/me">x</a>', true],
    ['<a href="/api/docs">x</a>', false],
    ['<a href="/i/me" download>x</a>', false],
    ['<a href="https://example.org/">x</a>', false],
  ] as const) {
    document.body.innerHTML = html
    const link = document.querySelector('a')!
    link.addEventListener('click', (event) => {
      catchLinks(event)
      expect(event.defaultPrevented).toBe(taken)
      event.preventDefault()
    })
    link.click()
  }
  expect(go).toHaveBeenCalledTimes(1)
})
