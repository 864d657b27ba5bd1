/**
 * One run of a plan, and the promises that it must not break. While it lasts: nothing is called whole that is half,
 * nothing is let go without a receipt, nothing goes out in another's name. At its end, when all faults are over, the
 * engine comes to rest, and what the screen called saved is on the server once and byte by byte, or visible on a phone.
 */
import { heldBy } from '../outbox'
import { items } from '../items'
import { Person, type Rows, type Saved } from './person'
import { USERS, type Act, type Plan } from './plan'
import { chance, WORLD } from './scheduler'
import type { About } from '../receipts'
import { hashOf, hashOfCommand } from './server'
import { NO_LUCK, World, type Page, type Phone } from './world'

/** Steps and virtual time within which a quiet world must come to rest, for one person. */
const MOST_STEPS = 12_000
const MOST_TIME = 8 * 3_600_000
const CHECK_EVERY = 40

export interface Outcome {
  /** null: all promises were kept. */
  broken: string | null
  steps: number
}

export async function run(plan: Plan, prepare: (world: World) => void = () => undefined): Promise<Outcome> {
  const world = new World(chance(plan.seed ^ 0x5eed))
  world.lockless = plan.lockless
  const person = new Person(world)
  const phone = world.addPhone(USERS[0])
  phone.open()
  prepare(world)
  const broken = await live(world, person, phone, plan)
  return { broken, steps: world.sched.steps }
}

async function live(world: World, person: Person, phone: Phone, plan: Plan): Promise<string | null> {
  world.luck = plan.luck
  let wait = 0
  let left = plan.acts.length
  for (const { wait: ms, act } of plan.acts) {
    wait += ms
    world.sched.later(WORLD, wait, () => {
      left -= 1
      befall(world, person, phone, act)
    })
  }
  const linger = world.sched.steps + 150
  while (left > 0 || world.sched.steps < linger) {
    world.maybeKill()
    if (!(await world.sched.step())) break
    const what = world.sched.steps % CHECK_EVERY === 0 ? always(world, person) : null
    if (what) return what
  }
  calm(world)
  for (const each of [...world.phones]) {
    for (const user of [...USERS].reverse()) {
      if (!each.users.has(user)) continue
      const what = await settle(world, person, each, user)
      if (what) return what
    }
  }
  return always(world, person) ?? atTheEnd(world, person)
}

function befall(world: World, person: Person, phone: Phone, act: Act): void {
  switch (act.do) {
    case 'new tab':
      return void phone.open()
    case 'close tab':
      if (phone.pages[0]) phone.kill(phone.pages[0])
      if (phone.pages.length === 0) world.sched.later(WORLD, 30_000, () => void phone.open())
      return
    case 'clock':
      phone.clockOffset += act.by
      return
    case 'network':
      world.offline = !act.on
      if (act.on) for (const page of phone.pages) page.engine.wake(true)
      return
    case 'wifi':
      phone.wifi = act.on
      return
    case 'sign out':
      return signOut(phone)
    case 'sign in':
      return signIn(phone, act.user, act.heard)
    case 'revoke':
      return void (phone.cookie && world.server.revoked.add(phone.cookie))
    case 'new key':
      return world.server.rotate()
    case 'too old':
      world.server.tooOld = act.on
      return
  }
  // A person looks at the tab of whoever is signed in; another goes on by itself.
  const page = world.pick(phone.pages.filter((each) => each.userId === phone.identity))
  // What fails is told on the screen, and not called saved.
  if (page) void person.does(act, page).catch(() => undefined)
}

function signOut(phone: Phone): void {
  phone.cookie = null
  phone.identity = null
  for (const page of [...phone.pages]) {
    page.stop.abort()
    phone.kill(page)
  }
}

/** Signs in on one tab. Another tab may not hear of it for a while, and goes on for the one before. */
function signIn(phone: Phone, user: string, heard: boolean): void {
  if (phone.identity === user) return
  phone.cookie = user
  phone.identity = user
  const [first, ...others] = [...phone.pages]
  for (const page of heard ? phone.pages : [first]) {
    if (!page) continue
    page.stop.abort()
    phone.kill(page)
  }
  if (!heard) phone.pages = others
  phone.open()
}

function calm(world: World): void {
  world.luck = NO_LUCK
  world.offline = false
  world.server.tooOld = false
  for (const phone of world.phones) phone.wifi = true
}

/** Signs `user` in on `phone` and lets it run until nothing moves any more. */
async function settle(world: World, person: Person, phone: Phone, user: string): Promise<string | null> {
  // A draft begun after all was forgotten goes when the app is started again.
  const afresh = world.server.revoked.has(user) || phone.pages.some((page) => page.userId !== user)
  if (phone.identity !== user || phone.pages.length === 0 || afresh) {
    signOut(phone)
    signIn(phone, user, true)
  }
  while (phone.pages.length > 1) phone.kill(phone.pages[1]!)
  const page = phone.pages[0]!
  page.engine.wake(true)
  const until = world.sched.steps + MOST_STEPS
  const deadline = world.sched.ticks + MOST_TIME
  while (!atRest(world, phone, user)) {
    if (!(await world.sched.step())) return 'everything waits for something that never comes'
    if (world.sched.steps > until || world.sched.ticks > deadline) {
      return `does not come to rest: ${JSON.stringify(page.status)} ${JSON.stringify(open(phone, user))}`
    }
    const what = world.sched.steps % CHECK_EVERY === 0 ? always(world, person) : null
    if (what) return what
  }
  return world.server.revoked.has(user) ? forgotten(phone, page) : null
}

const table = <T>(phone: Phone, name: 'outbox' | 'photos' | 'findings' | 'visits'): T[] =>
  [...phone.store.tables.get(name)!.values()] as T[]

const rowsOf = (phone: Phone, user: string): Rows => ({
  outbox: table<Rows['outbox'][number]>(phone, 'outbox').filter((row) => row.user_id === user),
  photos: table<Rows['photos'][number]>(phone, 'photos').filter((row) => row.user_id === user),
})

/** What of this user still could go: not refused, not held by what is refused, not a command that the server chokes on. */
function open(phone: Phone, user: string): string[] {
  const { outbox, photos } = rowsOf(phone, user)
  const unanswered = outbox.filter((row) => row.state !== 'confirmed')
  const trouble = (row: Rows['outbox'][number]): boolean =>
    ['choke', 'kill'].includes((row.body as { text?: string }).text ?? '')
  const stuck = (row: Rows['outbox'][number], depth = 0): boolean => {
    const holder = heldBy(row, unanswered)
    if (row.state === 'attention' || trouble(row)) return true
    return holder !== null && depth < 9 && stuck(holder, depth + 1)
  }
  const waiting = new Set(unanswered.map((row) => row.id))
  return [
    ...unanswered.filter((row) => !stuck(row)).map((row) => `command ${row.id}`),
    ...photos
      .filter((photo) => photo.state === 'queued' && !waiting.has(photo.command_id ?? ''))
      .map((photo) => `photo ${photo.id}`),
    ...photos
      .filter((photo) => photo.state === 'confirmed' && photo.original?.state === 'queued')
      .map((photo) => `original ${photo.id}`),
  ]
}

function atRest(world: World, phone: Phone, user: string): boolean {
  const page = phone.pages[0]
  if (page && page.status.phase !== 'idle' && page.status.order !== 'wiped') return false
  if (open(phone, user).length > 0) return false
  const { outbox, photos } = rowsOf(phone, user)
  if (world.server.revoked.has(user)) {
    const held = outbox.some((row) => row.state === 'queued') || photos.some((p) => p.state === 'queued')
    return page?.status.order === 'wiped' || (held && page?.status.phase === 'idle')
  }
  // The office hears the true number too.
  const unsent =
    outbox.filter((row) => row.state !== 'confirmed').length +
    photos.filter((photo) => photo.state === 'queued' || photo.state === 'attention').length
  return page?.status.phase === 'idle' && world.server.told(phone.id, user) === unsent
}

/** A phone that was revoked has let go of everything that the server has, or never was this person's own. */
function forgotten(phone: Phone, page: Page): string | null {
  if (page.status.order !== 'wiped') return null
  const { outbox, photos } = rowsOf(phone, page.userId)
  const kept = [...outbox, ...photos].filter((row) => row.state === 'confirmed' || row.state === 'draft')
  if (kept.length > 0) return `wiped, and still here: ${kept.map((row) => row.id).join()}`
  const pulled = table<{ id: string; user_id?: string }>(phone, 'findings').filter((row) => !row.user_id)
  return pulled.length > 0 ? `wiped, and still here: ${pulled.length} pulled findings` : null
}

/** What must hold at every moment. */
function always(world: World, person: Person): string | null {
  if (world.blames.length > 0) return world.blames[0]!
  const { server } = world
  for (const phone of world.phones) {
    const blobs = phone.store.tables.get('blobs')!
    for (const user of USERS) {
      const { outbox, photos } = rowsOf(phone, user)
      const unsigned = receipts({ outbox, photos }).find(([receipt, about]) => !server.gave(receipt, about))
      if (unsigned)
        return `${unsigned[1].kind} ${unsigned[1].id} is called confirmed without the server's word`
      for (const row of outbox) {
        if (row.state === 'confirmed' && server.commands.get(row.id)?.result.status !== 'applied')
          return `command ${row.id} is called confirmed, and the server has not applied it`
      }
      for (const photo of photos) {
        const there = server.photos.get(photo.id)
        if (photo.state === 'draft') {
          if (there) return `draft photo ${photo.id} was sent`
          continue
        }
        const stored = there?.stored_at && hashOf(there.bytes) === photo.sha256
        if (photo.state === 'confirmed' && !stored)
          return `photo ${photo.id} is called confirmed, and the server does not have it`
        const here = blobs.has(`photo:${photo.id}`) || person.spoiled.has(photo.id)
        if (photo.state !== 'confirmed' && !here) return `photo ${photo.id} was let go without a receipt`
        if (photo.original?.state === 'confirmed' && !there?.original.stored_at)
          return `the original of ${photo.id} is called confirmed, and the server does not have it`
        if (photo.original?.state === 'queued' && !blobs.has(`original:${photo.id}`))
          return `the original of ${photo.id} was let go without a receipt`
      }
      const half = items(outbox, photos).find(
        (item) =>
          item.state === 'confirmed' && item.photos.some((photo) => !server.photos.get(photo.id)?.stored_at),
      )
      if (half) return `${half.id} is shown as whole, and is half`
      if (
        phone.identity &&
        phone.pages.some((page) => page.userId === user && page.status.pulledAt !== null)
      ) {
        if (phone.identity !== user) continue
        const strange = table<{ id: string; user_id?: string }>(phone, 'findings').find(
          (row) => row.user_id && row.user_id !== user,
        )
        if (strange) return `finding ${strange.id} of another person is shown`
      }
    }
  }
  for (const [id, finding] of server.findings) {
    if (finding.times > 1) return `finding ${id} was opened ${finding.times} times`
  }
  for (const { user, finding, photos } of person.saved) {
    const there = server.findings.get(finding)
    if (there && there.user !== user) return `finding ${finding} went out in the name of ${there.user}`
    for (const { id } of photos) {
      const photo = server.photos.get(id)
      if (photo && photo.user !== user) return `photo ${id} went out in the name of ${photo.user}`
    }
  }
  return null
}

/** Every receipt that is kept as a reason to let something go, and what it has to be about. */
function receipts({ outbox, photos }: Rows): [unknown, About][] {
  const list: [unknown, About][] = []
  for (const row of outbox) {
    if (row.state !== 'confirmed') continue
    list.push([row.receipt, { kind: 'command', id: row.id, sha256: hashOfCommand(row) }])
  }
  for (const { id, sha256, state, receipt, original, original_sha256 } of photos) {
    if (state === 'confirmed') list.push([receipt, { kind: 'photo', id, sha256 }])
    if (original?.state === 'confirmed')
      list.push([original.receipt, { kind: 'original', id, sha256: original_sha256! }])
  }
  return list
}

/** What must hold when all is over: on the server once and whole, or visible on a phone of this person. */
function atTheEnd(world: World, person: Person): string | null {
  for (const saved of person.saved) {
    const what = kept(world, saved)
    if (what) return what
  }
  return null
}

function kept(world: World, saved: Saved): string | null {
  const { server } = world
  const visible = (test: (rows: Rows) => boolean): boolean =>
    world.phones.some((phone) => test(rowsOf(phone, saved.user)))
  const found = server.findings.get(saved.finding)
  const waits = visible(({ outbox }) =>
    outbox.some((row) => row.subject_id === saved.finding && row.state !== 'confirmed'),
  )
  if (!found && !waits) return `finding ${saved.finding} is lost`
  for (const { id, sha256: hash } of saved.photos) {
    const photo = server.photos.get(id)
    const whole = !!photo?.stored_at && hashOf(photo.bytes) === hash
    const here = visible(({ photos }) =>
      photos.some((row) => row.id === id && (row.state === 'queued' || row.state === 'attention')),
    )
    if (!whole && !here) return `photo ${id} of finding ${saved.finding} is lost`
  }
  return null
}
