// @vitest-environment node
import { expect, test } from 'vitest'
import { MemoryStore } from '../db/memory.test-help'
import { Displaced, outboxStore } from './outboxStore'

const owner = (db: MemoryStore): unknown => db.tables.get('settings')!.get('sync.owner')?.['value']

test('a tab that comes to lead after somebody else has signed in leaves the phone to them', async () => {
  const db = new MemoryStore()
  db.slip('identity', 'me', { key: 'me', user_id: 'user-b' })
  await outboxStore('user-b', db).open()
  await expect(outboxStore('user-a', db).open()).rejects.toBeInstanceOf(Displaced)
  expect(owner(db)).toBe('user-b')
  db.slip('identity', 'me', { key: 'me', user_id: 'user-a' })
  await outboxStore('user-a', db).open()
  expect(owner(db)).toBe('user-a')
})
