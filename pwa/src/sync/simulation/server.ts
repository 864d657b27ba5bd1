/**
 * A model of the server: what a phone can see of it, and no more. tests/contract/test_server_model.py replays what is
 * asked of it in the simulator against the real one and compares every answer.
 */
import { createHash } from 'node:crypto'
import { ApiProblem, NetworkError, type Answer, type Options } from '../../api'
import type { OutboxRow, Receipt } from '../../db'
import type { Changes, CommandResult } from '../ports'
import { commandText, signedText, type About, type ReceiptKey } from '../receipts'

/** A request as it arrives: whose cookie it carries, and in whose name it says that it speaks. */
export interface Message {
  user: string | null
  device: string
  named: string | undefined
  path: string
  options: Options
}

export interface Sent {
  id: string
  kind: string
  captured_at: string
  body: Record<string, unknown>
}

interface Declaration {
  photo_id: string
  sha256: string
  size: number
  kind: string
  original_sha256?: string | null
}

interface Stored {
  id: string
  user: string
  case_id: string
  sha256: string
  original_sha256: string | null
  size: number
  bytes: Uint8Array
  stored_at: string | null
  original: { bytes: Uint8Array; stored_at: string | null }
  /** The refusal that the photo remembers. */
  unusable: string | null
}

interface Known {
  user: string
  text: string
  result: CommandResult
  received_at: string
}

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

const known = new WeakMap<ArrayBufferLike, string>()

/** The same of a whole buffer, once: nobody here changes one in place. Most of a run was spent on hashing again. */
export function hashOf(bytes: Uint8Array): string {
  const before = known.get(bytes.buffer)
  if (before) return before
  const hash = sha256(bytes)
  if (bytes.byteLength === bytes.buffer.byteLength) known.set(bytes.buffer, hash)
  return hash
}

/** The simulator's signature: as deterministic as Ed25519, a thousand times cheaper, and as hard to get wrong by chance. */
export function seal(key: ReceiptKey, text: string): string {
  let a = 0x9e3779b9
  let b = 0x85ebca6b
  for (const part of [key.public_key, text]) {
    for (let i = 0; i < part.length; i++) {
      const code = part.charCodeAt(i)
      a = Math.imul(a ^ code, 0x9e3779b1)
      b = Math.imul(b ^ code, 0x5f356495)
    }
    a ^= b >>> 15
    b ^= a >>> 13
  }
  return `${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`
}

export class ModelServer {
  now = Date.parse('2026-11-20T01:00:00Z')
  readonly commands = new Map<string, Known>()
  readonly findings = new Map<string, { user: string; body: Record<string, unknown>; times: number }>()
  readonly visits = new Map<string, string>()
  readonly photos = new Map<string, Stored>()
  readonly revoked = new Set<string>()
  keys: ReceiptKey[] = [{ id: 'k0', public_key: 'secret-0' }]
  readonly #unsent = new Map<string, number>()
  /** The first receipt of each kind: as genuine as any, and about something else. */
  readonly first = new Map<string, Receipt>()
  tooOld = false
  /** Commands that ask for it make trouble as long as this holds. */
  faulty = true

  rotate(): void {
    const n = this.keys.length
    this.keys = [{ id: `k${n}`, public_key: `secret-${n}` }, ...this.keys]
  }

  /** The phone's last word about how much of `user`'s is still on it. */
  told(device: string, user: string): number | undefined {
    return this.#unsent.get(`${device} ${user}`)
  }

  /** How much came from `user`. */
  received(user: string): { commands: number; photos: number } {
    const own = (all: Iterable<{ user: string; stored_at?: string | null }>) =>
      [...all].filter((each) => each.user === user && each.stored_at !== null).length
    return { commands: own(this.commands.values()), photos: own(this.photos.values()) }
  }

  handle({ user, device, named, path, options }: Message): Answer<unknown> {
    if (path === '/receipts/keys') return ok({ keys: this.keys })
    if (this.tooOld) throw new ApiProblem(426, { code: 'sync.app_too_old' })
    if (user === null) throw new ApiProblem(401, { code: 'core.sign_in_required' })
    if (named !== undefined && named !== user) throw new ApiProblem(401, { code: 'accounts.other_user' })
    const method = options.method ?? 'GET'
    if (path === '/sync/commands')
      return this.push(user, device, options.body as { unsent: number; commands: Sent[] })
    if (path.startsWith('/sync/changes')) {
      if (this.revoked.has(user)) throw new ApiProblem(401, { code: 'accounts.device_revoked' })
      return ok(this.changes(user))
    }
    const lane = /^\/photos\/([^/]+)\/(content|original)$/.exec(path)
    if (!lane) throw new ApiProblem(404, { code: 'core.not_found' })
    const photo = this.own(user, lane[1]!)
    if (lane[2] === 'original') return this.original(photo, method, options)
    return method === 'HEAD'
      ? head(photo.stored_at ? photo.size : photo.bytes.length)
      : this.patch(photo, options)
  }

  private push(user: string, device: string, body: { unsent: number; commands: Sent[] }): Answer<unknown> {
    const wants = (what: string): boolean => body.commands.some((each) => each.body['text'] === what)
    if (this.faulty && wants('choke')) throw new ApiProblem(500, {})
    if (this.faulty && wants('kill')) throw new NetworkError('network.offline')
    if (wants('malformed')) throw new ApiProblem(422, { code: 'core.invalid' })
    this.#unsent.set(`${device} ${user}`, body.unsent)
    const results = body.commands.map((each) => this.one(user, each))
    const orders = this.revoked.has(user) ? [{ order: 'upload_and_wipe' }] : []
    return ok({ server_time: this.time(), results, orders })
  }

  private one(user: string, sent: Sent): CommandResult {
    const { text, hash } = textOf(sent)
    const known = this.commands.get(sent.id)
    if (known) {
      if (known.text !== text || known.user !== user) return refusal(sent.id, 'sync.id_reused', 409)
      return { ...known.result, replayed: true }
    }
    const plain = this.apply(user, sent)
    const received_at = this.time()
    const result = { ...plain, receipt: this.sign('command', sent.id, hash, received_at) }
    this.commands.set(sent.id, { user, text, result, received_at })
    return result
  }

  private apply(user: string, { id, kind, body }: Sent): CommandResult {
    if (kind === 'check_in') {
      if (body['text'] === 'refuse') return refusal(id, 'rounds.unknown_checklist', 422)
      this.visits.set(body['visit_id'] as string, body['compound_id'] as string)
      return applied(id)
    }
    const photos = (body['photos'] ?? []) as Declaration[]
    const finding = body['finding_id'] as string
    if (kind === 'add_photos') {
      if (!this.findings.has(finding)) return refusal(id, 'core.not_found', 404)
    } else if (kind === 'open_finding') {
      const visit = body['visit_id'] as string | null
      if (this.findings.has(finding)) return refusal(id, 'finding.id_reused', 409)
      if (photos.length === 0) return refusal(id, 'finding.photo_required', 422)
      if (visit && this.visits.get(visit) !== body['compound_id'])
        return refusal(id, 'finding.visit_mismatch', 422)
      if (body['item_code'] !== 'FP-01') return refusal(id, 'finding.unknown_item', 422)
      const times = (this.findings.get(finding)?.times ?? 0) + 1
      this.findings.set(finding, { user, body, times })
    } else return refusal(id, 'sync.unknown_kind', 422)
    for (const photo of photos) this.declare(user, finding, photo)
    return applied(id)
  }

  private declare(user: string, case_id: string, photo: Declaration): void {
    if (this.photos.has(photo.photo_id)) return
    this.photos.set(photo.photo_id, {
      id: photo.photo_id,
      user,
      case_id,
      sha256: photo.sha256,
      original_sha256: photo.original_sha256 ?? null,
      size: photo.size,
      bytes: new Uint8Array(0),
      stored_at: null,
      original: { bytes: new Uint8Array(0), stored_at: null },
      unusable: null,
    })
  }

  private patch(photo: Stored, options: Options): Answer<unknown> {
    if (photo.stored_at) return ok(this.document(photo))
    const chunk = new Uint8Array(options.body as ArrayBuffer)
    refuseUnfit(options, chunk.length, photo.size, photo.bytes.length)
    const bytes = concat(photo.bytes, chunk)
    if (bytes.length < photo.size) {
      photo.bytes = bytes
      return head(bytes.length)
    }
    if (hashOf(bytes) !== photo.sha256) {
      photo.bytes = new Uint8Array(0)
      throw new ApiProblem(422, { code: 'photo.hash_mismatch', offset: 0 })
    }
    if (bytes[0] !== 0xff || bytes[1] !== 0xd8) {
      photo.bytes = new Uint8Array(0)
      photo.unusable = 'photo.not_an_image'
      throw new ApiProblem(422, { code: photo.unusable })
    }
    photo.bytes = bytes
    photo.stored_at = this.time()
    return ok(this.document(photo))
  }

  private original(photo: Stored, method: string, options: Options): Answer<unknown> {
    if (!photo.original_sha256) throw new ApiProblem(404, { code: 'core.not_found' })
    const { original } = photo
    if (method === 'HEAD') return head(original.bytes.length)
    if (!original.stored_at) {
      const chunk = new Uint8Array(options.body as ArrayBuffer)
      const size = Number(options.headers!['Upload-Length'])
      refuseUnfit(options, chunk.length, size, original.bytes.length)
      original.bytes = concat(original.bytes, chunk)
      if (original.bytes.length < size) return head(original.bytes.length)
      if (hashOf(original.bytes) !== photo.original_sha256) {
        original.bytes = new Uint8Array(0)
        throw new ApiProblem(422, { code: 'photo.hash_mismatch', offset: 0 })
      }
      original.stored_at = this.time()
    }
    const receipt = this.sign('original', photo.id, photo.original_sha256, original.stored_at!)
    return ok({ ...this.document(photo), receipt })
  }

  private own(user: string, id: string): Stored {
    const photo = this.photos.get(id)
    if (!photo) throw new ApiProblem(404, { code: 'core.not_found' })
    if (photo.user !== user) throw new ApiProblem(403, { code: 'photo.not_yours' })
    if (photo.unusable) throw new ApiProblem(422, { code: photo.unusable })
    return photo
  }

  private changes(user: string): Changes {
    const findings = [...this.findings].map(([id, { body }]) => ({
      id,
      compound_id: body['compound_id'],
      visit_id: body['visit_id'] ?? null,
      state: 'submitted',
      captured_at: '2026-11-20T09:07:32+08:00',
    }))
    const photos = [...this.photos.values()].map((photo) => ({
      ...this.document(photo),
      receipt: photo.user === user ? this.document(photo).receipt : null,
    }))
    const items = { compounds: [], rounds: [], visits: [], findings, photos, notices: [] }
    return {
      items: items as unknown as Changes['items'],
      cursor: String(this.commands.size),
      more: false,
      server_time: this.time(),
    }
  }

  private document(photo: Stored) {
    return {
      id: photo.id,
      case_id: photo.case_id,
      visit_id: null,
      group_id: photo.case_id,
      stage: 'before',
      kind: 'O',
      sha256: photo.sha256,
      original_sha256: photo.original_sha256,
      size: photo.size,
      mime: 'image/jpeg',
      captured_at: '2026-11-20T09:07:32+08:00',
      state: photo.stored_at ? 'stored' : 'expected',
      stored_at: photo.stored_at,
      position: null,
      accuracy_m: null,
      receipt: photo.stored_at ? this.sign('photo', photo.id, photo.sha256, photo.stored_at) : null,
    }
  }

  /** Whether `receipt` is this server's word for just this thing. */
  gave(receipt: unknown, { kind, id, sha256: hash }: About): boolean {
    if (typeof receipt !== 'object' || receipt === null) return false
    const said = receipt as Receipt
    if (said.kind !== kind || said.id !== id || said.sha256 !== hash) return false
    const key = this.keys.find((each) => each.id === said.key_id)
    return !!key && seal(key, signedText(said)) === said.signature
  }

  private sign(kind: Receipt['kind'], id: string, hash: string, received_at: string): Receipt {
    const key = this.keys[0]!
    const receipt = { kind, id, sha256: hash, received_at, key_id: key.id }
    const signed = { ...receipt, signature: seal(key, signedText(receipt)) }
    if (!this.first.has(kind)) this.first.set(kind, signed)
    return signed
  }

  private time(): string {
    return new Date(this.now).toISOString()
  }
}

/** The rules of a chunk, in the order of the server's own (server/photos/rules.py). */
function refuseUnfit(options: Options, chunk: number, size: number, have: number): void {
  const told = (name: string): string => options.headers![name]!
  const offset = Number(told('Upload-Offset'))
  const bad = (status: number, code: string): never => {
    throw new ApiProblem(status, { code, offset: have, length: size })
  }
  if (Number(told('Upload-Length')) !== size) bad(422, 'photo.length_mismatch')
  if (offset > size) bad(422, 'photo.offset_past_end')
  if (offset !== have) bad(409, 'photo.offset_mismatch')
  if (offset + chunk > size) bad(422, 'photo.chunk_past_end')
  if (told('Upload-Complete') === '?1' && offset + chunk < size) bad(422, 'photo.incomplete')
}

interface Written {
  id: string
  text: string
  hash: string
}

const texts = new WeakMap<object, Written>()

/** What a command's receipt is about; written once for each body, which nobody changes in place. */
function textOf({ id, kind, captured_at, body }: Sent): Written {
  const before = texts.get(body)
  if (before?.id === id) return before
  const text = commandText({ id, command: kind, created_at: captured_at, body })
  const written = { id, text, hash: sha256(text) }
  texts.set(body, written)
  return written
}

/** What the receipt of a command on the phone has to be about. */
export const hashOfCommand = ({ id, command, created_at, body }: OutboxRow): string =>
  textOf({ id, kind: command, captured_at: created_at, body: body as Sent['body'] }).hash

const applied = (id: string): CommandResult => ({
  id,
  status: 'applied',
  replayed: false,
  result: {},
  problem: null,
})

const refusal = (id: string, code: string, status: number): CommandResult => ({
  id,
  status: 'refused',
  replayed: false,
  result: null,
  problem: { code, status },
  receipt: null,
})

const ok = (data: unknown): Answer<unknown> => ({ status: 200, headers: new Headers(), data })
const head = (offset: number): Answer<unknown> => ({
  status: 204,
  headers: new Headers({ 'Upload-Offset': String(offset) }),
  data: undefined,
})

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
