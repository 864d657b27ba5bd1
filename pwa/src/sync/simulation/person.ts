/** What a person does on a phone, through the same functions as the screens; and what they were told was saved. */
import type { OutboxRow, PhotoRow, Store } from '../../db'
import { resendPhoto, sendAgain } from '../acts'
import { enqueue } from '../outboxStore'
import { takeIn, unsentRecords } from '../takeaway'
import type { FileRecord } from '../outboxFile'
import type { Act } from './plan'
import { hashOf } from './server'
import type { Page, Phone, World } from './world'

export interface SavedPhoto {
  id: string
  sha256: string
  original: string | null
}

/** What the screen called saved. */
export interface Saved {
  user: string
  finding: string
  photos: SavedPhoto[]
  phone: Phone
}

const AT = '2026-11-20T09:07:32+08:00'
const COMPOUND = 'compound'
/** A JPEG of 8 × 8 points; a comment in it makes it as large as wanted. */
const SMALL = Uint8Array.from(
  atob(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z',
  ),
  (char) => char.charCodeAt(0),
)

/** A picture of about `size` bytes, unlike any other. */
export function jpeg(size: number, random: () => number): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [SMALL.subarray(0, 2)]
  let rest = Math.max(16, size - SMALL.length)
  while (rest > 0) {
    const n = Math.min(60_000, rest)
    const comment = new Uint8Array(n + 4)
    comment.set([0xff, 0xfe, (n + 2) >> 8, (n + 2) & 0xff])
    for (let i = 4; i < Math.min(n + 4, 16); i++) comment[i] = Math.floor(random() * 256)
    pieces.push(comment)
    rest -= n
  }
  pieces.push(SMALL.subarray(2))
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}

export class Person {
  readonly saved: Saved[] = []
  /** Photos whose bytes we spoiled on the phone: they may be lost there, and must be seen to be. */
  readonly spoiled = new Set<string>()
  /** Photos that no server takes for pictures. */
  readonly unreadable = new Set<string>()
  readonly drafts = new Map<string, Phone>()
  readonly visits = new Map<string, string>()
  #id = 0

  constructor(private readonly world: World) {}

  /** Version 7 in form, and in order. */
  newId = (): string => {
    this.#id += 1
    const tail = this.#id.toString(16).padStart(12, '0')
    return `01938000-0000-7000-8000-${tail}`
  }

  /** Does `act` on a page; what dies with the page is not done, and not believed. */
  async does(act: Act, page: Page): Promise<void> {
    const { phone, userId } = page
    const db = this.world.storageOf(page)
    switch (act.do) {
      case 'check in':
        return this.checkIn(db, userId, act.text)
      case 'save':
        return this.save(db, page, act)
      case 'add photos':
        return this.addPhotos(db, page, act)
      case 'draft':
        return this.draft(db, page, act.size)
      case 'drop draft':
        return this.dropDraft(db, phone)
      case 'mend':
        return this.mend(db, userId, act.which)
      case 'resend':
        return this.resend(db, userId, act.which)
      case 'spoil':
        return this.spoil(phone, act.which, act.how)
      case 'wake':
        return page.engine.wake(act.pull)
      case 'send now':
        page.engine.wake(true)
        return page.place.take()
      case 'take away':
        return this.takeAway(db, phone, userId)
    }
  }

  private async checkIn(db: Store, user: string, text: string): Promise<void> {
    const visit = this.newId()
    await db.write(['outbox'], (tx) =>
      enqueue(tx, user, {
        id: this.newId(),
        command: 'check_in',
        subject_id: visit,
        creates: visit,
        at: AT,
        body: { visit_id: visit, compound_id: COMPOUND, round_id: null, arrived_at: AT, text },
      }),
    )
    this.visits.set(user, visit)
  }

  private async save(db: Store, page: Page, act: Extract<Act, { do: 'save' }>): Promise<void> {
    const finding = this.newId()
    const visit = act.visit ? (this.visits.get(page.userId) ?? null) : null
    const command = this.newId()
    const photos = act.sizes.map((size, i) => this.shoot(page.userId, finding, command, size, act, i === 0))
    await db.write(['findings', 'photos', 'blobs', 'outbox'], async (tx) => {
      await tx.objectStore('findings').put({
        id: finding,
        compound_id: COMPOUND,
        visit_id: visit,
        state: 'submitted',
        unsent: 1,
        updated_at: AT,
        data: null,
        local: { text: act.text },
        user_id: page.userId,
      })
      for (const { row, blobs } of photos) {
        await tx.objectStore('photos').put(row)
        for (const blob of blobs) await tx.objectStore('blobs').put(blob)
      }
      await enqueue(tx, page.userId, {
        id: command,
        command: 'open_finding',
        subject_id: finding,
        creates: finding,
        uses: visit ? [visit] : [],
        at: AT,
        body: {
          finding_id: finding,
          compound_id: COMPOUND,
          visit_id: visit,
          item_code: act.text === 'refuse' ? 'XX-99' : 'FP-01',
          text: act.text,
          photos: photos.map(({ row }) => declared(row)),
        },
      })
    })
    page.engine.wake()
    this.believe(page, finding, photos)
  }

  private async addPhotos(db: Store, page: Page, act: Extract<Act, { do: 'add photos' }>): Promise<void> {
    const own = this.saved.filter((each) => each.user === page.userId && each.phone === page.phone)
    const of = own[act.of % Math.max(1, own.length)]
    if (!of) return
    const command = this.newId()
    const plain = { original: false, bad: false }
    const photos = act.sizes.map((size) => this.shoot(page.userId, of.finding, command, size, plain, false))
    await db.write(['photos', 'blobs', 'outbox'], async (tx) => {
      for (const { row, blobs } of photos) {
        await tx.objectStore('photos').put(row)
        for (const blob of blobs) await tx.objectStore('blobs').put(blob)
      }
      await enqueue(tx, page.userId, {
        id: command,
        command: 'add_photos',
        subject_id: of.finding,
        uses: [of.finding],
        at: AT,
        body: { finding_id: of.finding, photos: photos.map(({ row }) => declared(row)) },
      })
    })
    this.believe(page, of.finding, photos)
  }

  private believe(page: Page, finding: string, photos: readonly Shot[]): void {
    const list = photos.map(({ row }) => ({
      id: row.id,
      sha256: row.sha256,
      original: row.original ? row.original_sha256! : null,
    }))
    this.saved.push({ user: page.userId, finding, photos: list, phone: page.phone })
  }

  private async draft(db: Store, page: Page, size: number): Promise<void> {
    const id = this.newId()
    const plain = { original: false, bad: false }
    const { row, blobs } = this.shoot(page.userId, id, '', size, plain, false)
    await db.write(['drafts', 'photos', 'blobs'], async (tx) => {
      await tx
        .objectStore('drafts')
        .put({ id, user_id: page.userId, kind: 'finding', subject_id: null, updated_at: AT, data: {} })
      await tx
        .objectStore('photos')
        .put({ ...row, state: 'draft', problem: null, receipt: null, command_id: null })
      await tx.objectStore('blobs').put(blobs[0]!)
    })
    this.drafts.set(row.id, page.phone)
  }

  private async dropDraft(db: Store, phone: Phone): Promise<void> {
    const [id] = [...this.drafts].find(([, where]) => where === phone) ?? []
    if (!id) return
    await db.write(['photos', 'blobs'], async (tx) => {
      await tx.objectStore('photos').delete(id)
      await tx.objectStore('blobs').delete(`photo:${id}`)
    })
    this.drafts.delete(id)
  }

  private async mend(db: Store, user: string, which: number): Promise<void> {
    const stuck = await db.read(['outbox'], async (tx) =>
      (await tx.objectStore('outbox').index('by_user').getAll(user)).filter((r) => r.state === 'attention'),
    )
    const row = stuck[which % Math.max(1, stuck.length)]
    if (!row) return
    const mended = (body: unknown): unknown => ({ ...(body as object), text: '', item_code: 'FP-01' })
    await sendAgain(row.id, mended, { db, newId: this.newId })
  }

  private async resend(db: Store, user: string, which: number): Promise<void> {
    const stuck = await db.read(['photos'], async (tx) =>
      (await tx.objectStore('photos').index('by_user').getAll(user)).filter((r) => r.state === 'attention'),
    )
    const row = stuck[which % Math.max(1, stuck.length)]
    if (row) await resendPhoto(row.id, { db })
  }

  private spoil(phone: Phone, which: number, how: 'damaged' | 'lost'): void {
    const blobs = phone.store.tables.get('blobs')!
    const keys = [...blobs.keys()].filter((key) => key.startsWith('photo:'))
    const key = keys[which % Math.max(1, keys.length)]
    if (!key) return
    this.spoiled.add(key.slice('photo:'.length))
    if (how === 'lost') return phone.store.slip('blobs', key, null)
    const bytes = new Uint8Array((blobs.get(key)!['bytes'] as ArrayBuffer).slice(0))
    bytes[bytes.length - 1]! ^= 1
    phone.store.slip('blobs', key, { key, bytes: bytes.buffer })
  }

  /** The file out of this phone and into another one of the same person. */
  private async takeAway(db: Store, phone: Phone, user: string): Promise<void> {
    const owner = { user: { id: user, username: user, display_name: user }, device_id: null }
    const records: FileRecord[] = []
    for await (const record of unsentRecords(db, owner, AT))
      records.push(this.world.claimed(this.world.tampered(record)))
    const other = this.world.phones.find((each) => each !== phone) ?? this.world.addPhone(user)
    if (other.identity !== user) return
    const page = other.pages[0] ?? other.open()
    if (!page) return
    async function* again(): AsyncGenerator<FileRecord> {
      yield* records
    }
    const { sha256, receipts } = this.world.ports(page)
    await takeIn(again(), user, { db: this.world.storageOf(page), sha256, receipts })
    page.engine.wake()
  }

  private shoot(
    user: string,
    owner: string,
    command: string,
    size: number,
    how: { original: boolean; bad: boolean },
    first: boolean,
  ): Shot {
    const { random } = this.world
    const id = this.newId()
    const bytes = jpeg(size, random)
    if (how.bad && first) {
      bytes[0] = 0
      this.unreadable.add(id)
    }
    const original = how.original && first ? jpeg(size * 2, random) : null
    // Every third of them is a short video, of which the photo is the poster: it follows over any link.
    const video = original !== null && size % 3 === 0
    const row: PhotoRow = {
      id,
      owner_id: owner,
      owner_kind: 'finding',
      kind: video ? 'V' : 'O',
      sha256: hashOf(bytes),
      size: bytes.length,
      media_type: 'image/jpeg',
      width: 8,
      height: 8,
      captured_at: AT,
      position: null,
      sent: 0,
      state: 'queued',
      problem: null,
      user_id: user,
      command_id: command,
      original_sha256: original && hashOf(original),
      original: original && {
        size: original.length,
        media_type: video ? 'video/webm' : 'image/jpeg',
        sent: 0,
        state: 'queued',
      },
    }
    const blobs = [{ key: `photo:${id}`, bytes: bytes.buffer }]
    if (original) blobs.push({ key: `original:${id}`, bytes: original.buffer })
    return { row, blobs }
  }
}

interface Shot {
  row: PhotoRow
  blobs: { key: string; bytes: ArrayBuffer }[]
}

const declared = (row: PhotoRow): Record<string, unknown> => ({
  photo_id: row.id,
  kind: row.kind,
  sha256: row.sha256,
  original_sha256: row.original_sha256 ?? null,
  size: row.size,
  mime: row.media_type,
  source: 'camera',
  captured_at: row.captured_at,
  position: null,
})

export type Rows = { outbox: OutboxRow[]; photos: PhotoRow[] }
