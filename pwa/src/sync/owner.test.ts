// @vitest-environment node
import { expect, test } from 'vitest'
import { MemoryStore } from '../db/memory.test-help'
import { changeHands } from '../db/owner'
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

test('what somebody saved before their queue had started is not the next person’s, who was here before', async () => {
  const db = new MemoryStore()
  const arrives = (user: string): Promise<void> =>
    db.write(['identity', 'settings'], async (tx) => {
      await tx.objectStore('identity').put({ key: 'me', user_id: user } as never)
      await changeHands(tx.objectStore('settings'), user)
    })
  await arrives('user-a')
  await outboxStore('user-a', db).open()
  await arrives('user-b')
  db.slip('findings', 'f', { id: 'f', user_id: 'user-b', local: {}, unsent: 1 })
  await arrives('user-a')
  await outboxStore('user-a', db).open()
  expect(db.tables.get('findings')!.size).toBe(0)
  await arrives('user-b')
  await outboxStore('user-b', db).open()
  expect(db.tables.get('findings')!.get('f')).toMatchObject({ user_id: 'user-b' })
})
