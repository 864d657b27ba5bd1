/**
 * The promises that no run may break. While it lasts: nothing is called whole that is half, nothing is let go without a
 * receipt that verifies, nothing goes out in another's name. At its end, when all faults are over, the engine comes to
 * rest, what the screen called saved is on the server once and byte by byte, or visible on a phone, nothing asks for a
 * person without a reason, and the nightly comparison finds no gap.
 */
import { clipOf, isOwed } from '../../db'
import { countersIn, type Totals } from '../counters'
import { items } from '../items'
import { heldBy } from '../outbox'
import type { About } from '../receipts'
import type { Person, Rows, Saved } from './person'
import { USERS } from './plan'
import { hashOf, hashOfCommand } from './server'
import type { Page, Phone, World } from './world'

const table = <T>(phone: Phone, name: 'outbox' | 'photos' | 'findings' | 'visits'): T[] =>
  [...phone.store.tables.get(name)!.values()] as T[]

const rowsOf = (phone: Phone, user: string): Rows => ({
  outbox: table<Rows['outbox'][number]>(phone, 'outbox').filter((row) => row.user_id === user),
  photos: table<Rows['photos'][number]>(phone, 'photos').filter((row) => row.user_id === user),
})

/** What of this user still could go: not refused, not held by what is refused, not a command that the server chokes on. */
export function open(phone: Phone, user: string): string[] {
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
      .filter((photo) => phone.wifi || clipOf(photo))
      .map((photo) => `original ${photo.id}`),
  ]
}

export function atRest(world: World, phone: Phone, user: string): boolean {
  const page = phone.pages[0]
  const begun = page && (page.status.pulledAt !== null || page.status.order !== null)
  if (!begun || (page.status.phase !== 'idle' && page.status.order !== 'wiped')) return false
  if (open(phone, user).length > 0) return false
  const { outbox, photos } = rowsOf(phone, user)
  if (world.server.revoked.has(user)) {
    const held = outbox.some((row) => row.state === 'queued') || photos.some((p) => p.state === 'queued')
    return page.status.order === 'wiped' || (held && page.status.phase === 'idle')
  }
  // The office hears the true number too.
  const unsent =
    outbox.filter((row) => row.state !== 'confirmed').length +
    photos.filter((photo) => photo.state === 'queued' || photo.state === 'attention').length +
    photos.filter((photo) => photo.state !== 'draft' && isOwed(clipOf(photo))).length
  return world.server.told(phone.id, user) === unsent
}

/** What this person wrote on this phone and the server does not have must be on their own screens again. */
export function outOfSight(phone: Phone, user: string, person: Person): string | null {
  const waiting = new Set(
    rowsOf(phone, user)
      .outbox.filter((row) => row.command === 'open_finding' && row.state !== 'confirmed')
      .map((row) => row.subject_id),
  )
  const rows = phone.store.tables.get('findings')!
  const gone = person.saved.find(
    (saved) => saved.phone === phone && waiting.has(saved.finding) && !rows.get(saved.finding)?.['local'],
  )
  return gone ? `finding ${gone.finding} is not on its author's screen` : null
}

/** A phone that was revoked has let go of everything that the server has, or never was this person's own. */
export function forgotten(phone: Phone, page: Page): string | null {
  if (page.status.order !== 'wiped') return null
  const { outbox, photos } = rowsOf(phone, page.userId)
  const kept = [...outbox, ...photos].filter((row) => row.state === 'confirmed' || row.state === 'draft')
  if (kept.length > 0) return `wiped, and still here: ${kept.map((row) => row.id).join()}`
  const pulled = table<{ id: string; user_id?: string }>(phone, 'findings').filter((row) => !row.user_id)
  return pulled.length > 0 ? `wiped, and still here: ${pulled.length} pulled findings` : null
}

/** What must hold at every moment. */
export function always(world: World, person: Person): string | null {
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
        if (phone.identity !== user || phone.unheard) continue
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
export async function atTheEnd(world: World, person: Person): Promise<string | null> {
  for (const saved of person.saved) {
    const what = kept(world, saved)
    if (what) return what
  }
  for (const phone of world.phones) {
    for (const user of phone.users) {
      const what = unfounded(phone, user, person) ?? (await uncounted(person, phone, user))
      if (what) return what
    }
  }
  for (const user of new Set(world.phones.flatMap((phone) => [...phone.users]))) {
    const what = await gap(world, user)
    if (what) return what
  }
  return null
}

/** Refusals that are our own doing: content that the server was told to refuse, and bytes that were spoiled. */
function unfounded(phone: Phone, user: string, person: Person): string | null {
  const { outbox, photos } = rowsOf(phone, user)
  const wrong = (body: unknown): boolean => {
    const { text, item_code } = body as { text?: string; item_code?: string }
    return text === 'refuse' || text === 'malformed' || item_code === 'XX-99'
  }
  const refused = outbox.find(
    (row) => row.state === 'attention' && !wrong(row.body) && row.problem.code !== 'finding.visit_mismatch',
  )
  if (refused) return `command ${refused.id} asks for a person: ${refused.problem?.code}`
  const stuck = photos.find(
    (photo) =>
      photo.state === 'attention' && !person.spoiled.has(photo.id) && !person.unreadable.has(photo.id),
  )
  return stuck ? `photo ${stuck.id} asks for a person: ${stuck.problem?.code}` : null
}

const totalsOf = (phone: Phone, user: string): Promise<Totals> =>
  phone.store.read(['outbox', 'photos', 'settings'], (tx) => countersIn(tx, user))

/** A phone counts all that was made on it. */
async function uncounted(person: Person, phone: Phone, user: string): Promise<string | null> {
  const { recorded } = await totalsOf(phone, user)
  const made = person.saved.filter((saved) => saved.user === user && saved.phone === phone).length
  return recorded.commands < made ? `${made} commands were made, ${recorded.commands} are counted` : null
}

/**
 * What the supervisor would be told in the night: the phones have receipts for more than there is, or recorded more
 * than they delivered and still hold. All phones of a person together: a file may have gone from one to the other.
 */
async function gap(world: World, user: string): Promise<string | null> {
  const { commands, photos: stored } = world.server.received(user)
  let recorded = 0
  let confirmed = { commands: 0, photos: 0 }
  const unsent = new Set<string>()
  for (const phone of world.phones) {
    const totals = await totalsOf(phone, user)
    recorded += totals.recorded.commands + totals.recorded.photos
    confirmed = {
      commands: confirmed.commands + totals.confirmed.commands,
      photos: confirmed.photos + totals.confirmed.photos,
    }
    const { outbox, photos } = rowsOf(phone, user)
    for (const row of [...outbox, ...photos])
      if (row.state === 'queued' || row.state === 'attention') unsent.add(row.id)
  }
  const told = JSON.stringify({ recorded, confirmed, commands, stored, unsent: unsent.size })
  if (confirmed.commands > commands || confirmed.photos > stored) return `a gap that is none: ${told}`
  const delivered = Math.max(confirmed.commands + confirmed.photos, commands + stored)
  return recorded > delivered + unsent.size ? `a gap that is none: ${told}` : null
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
