/** One run of a plan: what happens, then calm, until every phone has come to rest for each of its users. */
import { Person } from './person'
import { USERS, type Act, type Plan } from './plan'
import { always, atRest, atTheEnd, forgotten, open, outOfSight } from './promises'
import { chance, WORLD } from './scheduler'
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
  return always(world, person) ?? (await atTheEnd(world, person))
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
    case 'expire':
      phone.cookie = null
      return
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
  phone.is(null)
  for (const page of [...phone.pages]) {
    page.stop.abort()
    phone.kill(page)
  }
}

/** Signs in on one tab. Another tab may not hear of it for a while, and goes on for the one before. */
function signIn(phone: Phone, user: string, heard: boolean): void {
  phone.cookie = user
  if (phone.identity === user) return phone.pages.forEach((page) => page.engine.wake(true))
  phone.is(user)
  const [first, ...others] = [...phone.pages]
  for (const page of heard ? phone.pages : [first]) {
    if (!page) continue
    page.stop.abort()
    phone.kill(page)
  }
  if (!heard && others.length > 0) phone.pages = others
  phone.unheard ||= phone.pages.length > 0
  phone.open()
}

function calm(world: World): void {
  world.luck = NO_LUCK
  world.offline = false
  world.server.tooOld = false
  for (const phone of world.phones) {
    phone.cookie = phone.identity
  }
}

/** Signs `user` in on `phone` and lets it run until nothing moves any more; only then is there Wi-Fi for the rest. */
async function settle(world: World, person: Person, phone: Phone, user: string): Promise<string | null> {
  // A draft begun after all was forgotten goes when the app is started again.
  const afresh = world.server.revoked.has(user) || phone.pages.some((page) => page.userId !== user)
  if (phone.identity !== user || phone.pages.length === 0 || afresh) {
    signOut(phone)
    signIn(phone, user, true)
  }
  while (phone.pages.length > 1) phone.kill(phone.pages[1]!)
  const page = phone.pages[0]!
  const without = phone.wifi ? null : await rest(world, person, page)
  if (without) return without
  phone.wifi = true
  return (
    (await rest(world, person, page)) ??
    outOfSight(phone, user, person) ??
    (world.server.revoked.has(user) ? forgotten(phone, page) : null)
  )
}

async function rest(world: World, person: Person, page: Page): Promise<string | null> {
  const { phone, userId } = page
  page.engine.wake(true)
  const until = world.sched.steps + MOST_STEPS
  const deadline = world.sched.ticks + MOST_TIME
  while (!atRest(world, phone, userId)) {
    if (!(await world.sched.step())) return 'everything waits for something that never comes'
    if (world.sched.steps > until || world.sched.ticks > deadline) {
      return `does not come to rest: ${JSON.stringify(page.status)} ${JSON.stringify(open(phone, userId))}`
    }
    const what = world.sched.steps % CHECK_EVERY === 0 ? always(world, person) : null
    if (what) return what
  }
  return null
}
