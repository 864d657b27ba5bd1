import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeDatabase, DB_NAME, read, write, type OutboxRow, type PhotoRow } from '../db'
import { uuid7 } from '../domain/ids'
import { Engine } from './engine'
import { enqueue, outboxStore } from './outboxStore'
import { sendAgain } from './acts'
import { chance, ModelServer, sha256, World, type Luck } from './model.test-help'

const ME = 'user-1'
const AT = '2026-11-20T09:07:32+08:00'

async function wipe(): Promise<void> {
  await closeDatabase()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DB_NAME)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })
}
beforeEach(wipe)
afterEach(wipe)

interface Saved {
  finding: string
  photos: { id: string; bytes: Uint8Array; sha256: string }[]
}

/** What the screen does on 保存: finding, photos and command in one strict transaction. */
async function saveFinding(
  random: () => number,
  text = '',
  uses: string[] = [],
  spoil = false,
): Promise<Saved> {
  const finding = uuid7()
  const photos = await Promise.all(
    [1, 2].map(async () => {
      const bytes = new Uint8Array(20_000 + Math.floor(random() * 120_000))
      for (let i = 0; i < bytes.length; i += 97) bytes[i] = Math.floor(random() * 256)
      bytes.set([0xff, 0xd8])
      return { id: uuid7(), bytes, sha256: await sha256(bytes.buffer) }
    }),
  )
  await write(['findings', 'photos', 'blobs', 'outbox'], async (tx) => {
    const command = uuid7()
    await tx.objectStore('findings').put({
      id: finding,
      compound_id: 'k1',
      visit_id: uses[0] ?? null,
      state: 'submitted',
      unsent: 1,
      updated_at: AT,
      data: null,
      local: { text },
      user_id: ME,
    })
    for (const photo of photos) {
      await tx
        .objectStore('photos')
        .put(photoRow(photo.id, finding, command, photo.sha256, photo.bytes.length))
      const kept = photo.bytes.slice()
      if (spoil) kept[0] = (kept[0]! + 1) % 256
      await tx.objectStore('blobs').put({ key: `photo:${photo.id}`, bytes: kept.buffer })
    }
    const declared = photos.map((p) => ({
      photo_id: p.id,
      kind: 'O',
      sha256: p.sha256,
      size: p.bytes.length,
    }))
    await enqueue(tx, ME, {
      id: command,
      command: 'open_finding',
      subject_id: finding,
      creates: finding,
      uses,
      at: AT,
      body: {
        finding_id: finding,
        compound_id: 'k1',
        visit_id: uses[0] ?? null,
        item_code: text === 'refuse' ? 'XX-99' : 'FP-01',
        text,
        photos: declared,
      },
    })
  })
  return { finding, photos }
}

function photoRow(id: string, owner: string, command: string, hash: string, size: number): PhotoRow {
  return {
    id,
    owner_id: owner,
    owner_kind: 'finding',
    kind: 'O',
    sha256: hash,
    size,
    media_type: 'image/jpeg',
    width: 1,
    height: 1,
    captured_at: AT,
    position: null,
    sent: 0,
    state: 'queued',
    problem: null,
    user_id: ME,
    command_id: command,
  }
}

async function checkIn(visit: string, text = ''): Promise<void> {
  await write(['outbox'], async (tx) => {
    await enqueue(tx, ME, {
      command: 'check_in',
      subject_id: visit,
      creates: visit,
      at: AT,
      body: { visit_id: visit, compound_id: 'k1', text },
    })
  })
}

const rows = (): Promise<OutboxRow[]> => read(['outbox'], (tx) => tx.objectStore('outbox').getAll())
const photos = (): Promise<PhotoRow[]> => read(['photos'], (tx) => tx.objectStore('photos').getAll())

/** Runs engines, each a new page after a crash, until `done` or too many rests. */
async function drive(
  world: World,
  done: () => Promise<boolean>,
  mostRests = 400,
  store = outboxStore(ME),
): Promise<number> {
  let lives = 0
  while (lives < 2_000) {
    lives += 1
    world.boot()
    const stop = new AbortController()
    const engine = new Engine(world.ports(store))
    const over = async (): Promise<void> => {
      while (!stop.signal.aborted && !world.crashed) {
        if ((await done()) || world.rests > mostRests) stop.abort()
        await new Promise((resolve) => setTimeout(resolve, 0))
      }
    }
    await Promise.race([Promise.all([engine.run(stop.signal), over()]), world.death])
    if (!world.crashed) return lives
  }
  throw new Error('never came to an end')
}

/** Promise 3, at every moment: what the phone calls confirmed, the server holds byte by byte. */
async function honest(server: ModelServer): Promise<void> {
  for (const photo of await photos()) {
    if (photo.state === 'confirmed')
      expect(!!server.photos.get(photo.id)?.stored_at, `photo ${photo.id}`).toBe(true)
  }
  for (const row of await rows()) {
    if (row.state === 'confirmed') expect(server.commands.get(row.id)?.result.status).toBe('applied')
  }
}

const quiet = async (): Promise<boolean> =>
  (await rows()).every((row) => row.state !== 'queued') &&
  (await photos()).every((photo) => photo.state !== 'queued')

async function expectWhole(server: ModelServer, saved: Saved[]): Promise<void> {
  for (const { finding, photos: own } of saved) {
    expect(server.findings.get(finding)?.times, `finding ${finding}`).toBe(1)
    for (const photo of own) {
      const there = server.photos.get(photo.id)
      expect(there?.stored_at).toBeTruthy()
      expect(await sha256(there!.bytes.slice().buffer)).toBe(photo.sha256)
    }
  }
}

describe('a good day', () => {
  test('everything arrives, each photo is confirmed for itself, the queue is empty because the server said so', async () => {
    const server = new ModelServer()
    const random = chance(1)
    const visit = uuid7()
    await checkIn(visit)
    const saved = [await saveFinding(random, '', [visit]), await saveFinding(random, '', [visit])]
    const world = new World(server, random, {})
    await drive(world, quiet)
    await expectWhole(server, saved)
    expect((await photos()).every((photo) => photo.state === 'confirmed' && photo.sent === photo.size)).toBe(
      true,
    )
    for (const row of [...(await photos()), ...(await rows())]) expect(row.receipt!.id).toBe(row.id)
    const findings = await read(['findings'], (tx) => tx.objectStore('findings').getAll())
    expect(findings.every((row) => row.unsent === 0)).toBe(true)
  })

  test('what is saved while the engine looks at the facts is not sent before its command', async () => {
    const server = new ModelServer()
    const random = chance(3)
    const saved = [await saveFinding(random)]
    const store = outboxStore(ME)
    const thenSave =
      <T>(look: () => Promise<T>) =>
      async (): Promise<T> => {
        const facts = await look()
        if (saved.length < 4 && (await quiet())) saved.push(await saveFinding(random))
        return facts
      }
    const watched = { ...store, commands: thenSave(store.commands), photos: thenSave(store.photos) }
    await drive(
      new World(server, random, {}),
      async () => saved.length === 4 && (await quiet()),
      400,
      watched,
    )
    expect((await photos()).map((photo) => photo.problem?.code ?? photo.state)).toEqual(
      saved.flatMap(() => ['confirmed', 'confirmed']),
    )
    await expectWhole(server, saved)
  })

  test('the office hears of the empty queue too', async () => {
    const server = new ModelServer()
    await saveFinding(chance(2))
    await drive(
      new World(server, chance(2), {}),
      async () => (await quiet()) && server.told('phone', ME) === 0,
    )
    expect(server.told('phone', ME)).toBe(0)
  })
})

describe('bad luck', () => {
  const LUCKS: [string, Luck][] = [
    ['answers lost', { lostAfter: 0.4 }],
    ['requests lost', { lostBefore: 0.4 }],
    ['a server in trouble', { trouble: 0.3 }],
    ['everything twice', { twice: 0.5 }],
    ['page killed at any await', { crash: 0.06 }],
    ['all of it', { lostAfter: 0.12, lostBefore: 0.12, trouble: 0.08, twice: 0.15, crash: 0.03 }],
  ]
  const SEEDS = [11, 12, 13, 14, 15, 16]
  test.each(LUCKS.flatMap(([name, luck]) => SEEDS.map((seed) => [name, seed, luck] as const)))(
    '%s, seed %i: nothing lost, nothing twice, nothing called whole that is half',
    async (_name, seed, luck) => {
      const server = new ModelServer()
      const random = chance(seed)
      const visit = uuid7()
      await checkIn(visit)
      const saved = [await saveFinding(random, '', [visit]), await saveFinding(random)]
      const world = new World(server, random, luck, () => honest(server))
      await drive(world, quiet)
      await expectWhole(server, saved)
      await honest(server)
    },
    20_000,
  )
})

describe('one bad item never blocks the others', () => {
  test('a refused finding is set aside with its photos; a retry under a new id sends it', async () => {
    const server = new ModelServer()
    const random = chance(3)
    const bad = await saveFinding(random, 'refuse')
    const good = await saveFinding(random)
    const world = new World(server, random, {})
    await drive(world, async () => (await photos()).filter((p) => p.state === 'confirmed').length === 2)
    await expectWhole(server, [good])
    const [refused] = (await rows()).filter((row) => row.subject_id === bad.finding)
    expect([refused!.state, refused!.problem!.code]).toEqual(['attention', 'finding.unknown_item'])
    expect((await photos()).filter((p) => p.owner_id === bad.finding).map((p) => p.state)).toEqual([
      'queued',
      'queued',
    ])

    await sendAgain(refused!.id, (body) => ({ ...(body as object), text: '', item_code: 'FP-01' }))
    world.rests = 0
    await drive(world, quiet)
    await expectWhole(server, [bad, good])
  })

  test('a refused arrival holds back its findings instead of having them refused as well', async () => {
    const server = new ModelServer()
    const visit = uuid7()
    await checkIn(visit, 'refuse')
    const held = await saveFinding(chance(4), '', [visit])
    const free = await saveFinding(chance(5))
    await drive(
      new World(server, chance(4), {}),
      async () => (await photos()).filter((p) => p.state === 'confirmed').length === 2,
    )
    await expectWhole(server, [free])
    expect((await rows()).find((row) => row.subject_id === held.finding)!.state).toBe('queued')
  })

  test.each(['choke', 'malformed', 'kill'])(
    'a command on which the whole request fails (%s) is found by halves',
    async (text) => {
      const server = new ModelServer()
      const random = chance(6)
      const saved: Saved[] = []
      for (let i = 0; i < 5; i++) saved.push(await saveFinding(random, i === 2 ? text : ''))
      const good = saved.filter((_, i) => i !== 2)
      await drive(
        new World(server, random, {}),
        async () => (await photos()).filter((p) => p.state === 'confirmed').length === 8,
      )
      await expectWhole(server, good)
      const bad = (await rows()).find((row) => row.subject_id === saved[2]!.finding)!
      expect(bad.problem).not.toBeNull()
      expect(bad.state).toBe(text === 'malformed' ? 'attention' : 'queued')
    },
  )

  test('bytes that are damaged on the phone are found before they are sent', async () => {
    const server = new ModelServer()
    const spoiled = await saveFinding(chance(7), '', [], true)
    const good = await saveFinding(chance(8))
    await drive(new World(server, chance(7), {}), quiet)
    await expectWhole(server, [good])
    const own = (await photos()).filter((p) => p.owner_id === spoiled.finding)
    expect(own.map((p) => [p.state, p.problem?.code])).toEqual([
      ['attention', 'photo.damaged_here'],
      ['attention', 'photo.damaged_here'],
    ])
  })
})

describe('who', () => {
  test('a 401 keeps the queue and asks for a sign-in', async () => {
    const server = new ModelServer()
    const saved = await saveFinding(chance(9))
    const world = new World(server, chance(9), {})
    world.user = null
    await drive(world, async () => world.rests > 3)
    expect((await rows()).map((row) => row.state)).toEqual(['queued'])
    world.user = ME
    world.rests = 0
    await drive(world, quiet)
    await expectWhole(server, [saved])
  })

  test("another user's queue is neither sent nor lost", async () => {
    const saved = await saveFinding(chance(10))
    const server = new ModelServer()
    const world = new World(server, chance(10), {})
    const stop = new AbortController()
    const other = new Engine(world.ports(outboxStore('user-2')))
    const running = other.run(stop.signal)
    await new Promise((resolve) => setTimeout(resolve, 60))
    stop.abort()
    await running
    expect(server.findings.size).toBe(0)
    await drive(world, quiet)
    await expectWhole(server, [saved])
  })
})
