import { describe, expect, test } from 'vitest'
import {
  areaChoices,
  byNeed,
  deviceState,
  matching,
  sizeText,
  units,
  type DeviceDoc,
  type UserDoc,
} from './model'

const user = (username: string, change: Partial<UserDoc> = {}): UserDoc => ({
  id: username,
  username,
  display_name: '陈巡01',
  role: 'inspector',
  organisation: { id: 'qh', name: '青禾街道办事处' },
  path: '9999.999901.999901003',
  firm_id: null,
  phone: null,
  is_active: true,
  valid_until: null,
  ...change,
})

describe('accounts', () => {
  const users = [
    user('inspector01'),
    user('street01', { role: 'supervisor', display_name: '何督01' }),
    user('third01', { path: '9999.999901' }),
    user('firm01', {
      role: 'firm_handler',
      organisation: { id: 'f', name: '岸禾物业' },
      path: null,
      firm_id: 'F',
      phone: '10000000007',
    }),
  ]

  test('found by any of their words, within a role', () => {
    const found = (text: string, role = ''): string[] =>
      matching(users, text, role).map((each) => each.username)
    expect(found(' Inspector01 ')).toEqual(['inspector01'])
    expect(found('何督')).toEqual(['street01'])
    expect(found('岸禾')).toEqual(['firm01'])
    expect(found('0007')).toEqual(['firm01'])
    expect(found('青禾', 'supervisor')).toEqual(['street01'])
    expect(found('')).toHaveLength(4)
  })

  test('an organisation offers the scope that most of its people have', () => {
    expect(units(users)).toEqual([
      { id: 'f', name: '岸禾物业', path: null, firm_id: 'F' },
      { id: 'qh', name: '青禾街道办事处', path: '9999.999901.999901003', firm_id: null },
    ])
  })
})

test('areas stand under their parents, whatever order they come in', () => {
  const area = (path: string, name: string) => ({ id: path, code: '', level: 'street' as const, name, path })
  expect(areaChoices([area('1.2.4', '乙'), area('1.2', '区'), area('1.2.3', '甲')])).toEqual([
    { path: '1.2', name: '区', depth: 0 },
    { path: '1.2.3', name: '甲', depth: 1 },
    { path: '1.2.4', name: '乙', depth: 1 },
  ])
})

describe('devices', () => {
  const now = Date.parse('2026-11-20T10:00:00+08:00')
  const device = (id: string, change: Partial<DeviceDoc> = {}): DeviceDoc => ({
    id,
    user: { id: 'u', username: 'inspector01', display_name: '陈巡01' },
    label: '陈巡的手机',
    app_version: '0.1.0',
    first_seen_at: '2026-10-01T10:00:00+08:00',
    last_seen_at: '2026-11-20T09:00:00+08:00',
    clock_offset_ms: 0,
    unsent: 0,
    readiness: null,
    gap: null,
    gap_since: null,
    revoked_at: null,
    drained_at: null,
    ...change,
  })

  test('those that hold something and are silent come first, those shut out last', () => {
    const silent = { last_seen_at: '2026-11-10T09:00:00+08:00' }
    const list = [
      device('quiet'),
      device('out', { revoked_at: '2026-11-19T09:00:00+08:00', unsent: 0 }),
      device('sealed', { revoked_at: '2026-11-19T09:00:00+08:00', unsent: 9 }),
      device('gap', { gap: { lost_here: 1, lost_there: 0 }, gap_since: '2026-11-20T02:37:00+08:00' }),
      device('unsent', { unsent: 2 }),
      device('lost', { ...silent, unsent: 3 }),
      device('old', silent),
    ]
    expect(byNeed(list, now).map((each) => each.id)).toEqual([
      'gap',
      'lost',
      'sealed',
      'unsent',
      'quiet',
      'old',
      'out',
    ])
  })

  test('a browser that may throw its data away, or has no room for a day, is unfit', () => {
    const fit = { persisted: true, installed: true, free_bytes: 2e9, oldest_unsent_at: null, missing: [] }
    const unfit = (change: Partial<typeof fit>): unknown =>
      deviceState(device('a', { readiness: { ...fit, ...change } }), now).unfit
    expect(unfit({})).toBeNull()
    expect(unfit({ persisted: false })).toBe('evictable')
    expect(unfit({ free_bytes: 20e6 })).toBe('small')
    expect(deviceState(device('a'), now).unfit).toBeNull()
  })

  test('a clock is off from a minute on, either way; not told is not off', () => {
    expect(deviceState(device('a', { clock_offset_ms: -61_000 }), now).clockOff).toBe(true)
    expect(deviceState(device('a', { clock_offset_ms: 2_000 }), now).clockOff).toBe(false)
    expect(deviceState(device('a', { clock_offset_ms: null }), now).clockOff).toBe(false)
  })
})

test('sizes', () => {
  expect([512, 34_400, 2_130_000].map(sizeText)).toEqual(['512 B', '34 KB', '2.1 MB'])
})
