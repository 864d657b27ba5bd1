/**
 * The file in which unsent work leaves a phone: docs/outbox-file.md is its description, this its only writer. Frames
 * of 256 KiB, each sealed for itself, so that neither phone nor reader ever holds more than one photo; the number of
 * the frame and whether it is the last are part of its nonce, so that none can be dropped, moved or cut off unseen.
 */

export const MAGIC = 'XJOUTBOX'
export const VERSION = 1
export const FRAME = 256 * 1024
export const ITERATIONS = 600_000
const TAG = 16
/** A header holds two short recipients; more than this is no file of ours. */
const LARGEST_HEADER = 64 * 1024

export type RecordType = 'manifest' | 'command' | 'photo' | 'bytes' | 'original' | 'end'
const TYPES: Record<RecordType, number> = {
  manifest: 1,
  command: 2,
  photo: 3,
  bytes: 4,
  original: 5,
  end: 127,
}
const BINARY: readonly RecordType[] = ['bytes', 'original']

/** One record of the plain text: JSON, or the bytes of the photo record before it. */
export type FileRecord =
  | { type: 'manifest' | 'command' | 'photo' | 'end'; json: Record<string, unknown> }
  | { type: 'bytes' | 'original'; bytes: Uint8Array }

/** Who can open the file: whoever knows the words, or the office. */
export interface Lockers {
  passphrase?: string
  /** Raw uncompressed P-256 point (65 bytes) of the office, with the id that the server gave it. */
  office?: { id: string; key: Uint8Array }
}

/** What opens a file: the words, or the office's private key. */
export type Opener = { passphrase: string } | { office: CryptoKey }

export class OutboxFileError extends Error {
  override name = 'OutboxFileError'
  constructor(
    readonly code:
      'outboxfile.not_ours' | 'outboxfile.wrong_key' | 'outboxfile.damaged' | 'outboxfile.other_user',
  ) {
    super(code)
  }
}

interface Recipient {
  kind: 'passphrase' | 'office'
  kdf: string
  iterations?: number
  salt?: string
  key_id?: string
  ephemeral?: string
  nonce: string
  wrapped_key: string
}

interface Header {
  format: 'xunjian-outbox'
  version: number
  created_at: string
  cipher: 'AES-256-GCM'
  frame: number
  nonce_prefix: string
  recipients: Recipient[]
}

const utf8 = new TextEncoder()
const KEY_AAD = utf8.encode('xunjian-outbox-key-1')
const OFFICE_INFO = utf8.encode('xunjian-outbox-office-1')

/** The file, piece by piece, in order. `records` begin with a manifest and end with an end record. */
export async function* seal(
  records: AsyncIterable<FileRecord>,
  lockers: Lockers,
  createdAt: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const secret = random(32)
  const prefix = random(7)
  const recipients: Recipient[] = []
  if (lockers.passphrase !== undefined) recipients.push(await forPassphrase(secret, lockers.passphrase))
  if (lockers.office) recipients.push(await forOffice(secret, lockers.office))
  if (recipients.length === 0) throw new Error('nobody could open this file')
  const header: Header = {
    format: 'xunjian-outbox',
    version: VERSION,
    created_at: createdAt,
    cipher: 'AES-256-GCM',
    frame: FRAME,
    nonce_prefix: base64url(prefix),
    recipients,
  }
  const head = preamble(utf8.encode(JSON.stringify(header)))
  yield head
  const aad = await digest(head)
  const key = await aesKey(secret)
  let index = 0
  for await (const { plain, last } of frames(records)) {
    const box = await encrypt(key, nonceOf(prefix, index, last), aad, plain)
    yield join([u32(box.length), box])
    index += 1
  }
}

/** Plain text cut into frames; the last one may be short, and there always is one. */
async function* frames(
  records: AsyncIterable<FileRecord>,
): AsyncGenerator<{ plain: Uint8Array<ArrayBuffer>; last: boolean }> {
  let frame = new Uint8Array(FRAME)
  let filled = 0
  for await (const record of records) {
    const payload = 'bytes' in record ? record.bytes : utf8.encode(JSON.stringify(record.json))
    for (const part of [join([new Uint8Array([TYPES[record.type]]), u32(payload.length)]), payload]) {
      let taken = 0
      while (taken < part.length) {
        if (filled === FRAME) {
          yield { plain: frame, last: false }
          frame = new Uint8Array(FRAME)
          filled = 0
        }
        const n = Math.min(FRAME - filled, part.length - taken)
        frame.set(part.subarray(taken, taken + n), filled)
        filled += n
        taken += n
      }
    }
  }
  yield { plain: frame.slice(0, filled), last: true }
}

/** Something that can be read at a place: a File does it by `slice`. */
export interface Source {
  size: number
  read(start: number, end: number): Promise<Uint8Array>
}

/**
 * The records of a file, in order. Rejects with OutboxFileError before the first record when the file is another's or
 * the key is wrong, and at the place where it is damaged; what was read before that place is genuine.
 */
export async function* unseal(source: Source, opener: Opener): AsyncGenerator<FileRecord> {
  const { header, length } = await readHeader(source)
  const secret = await unwrap(header, opener)
  const prefix = fromBase64url(header.nonce_prefix)
  const aad = await digest(await source.read(0, length))
  const key = await aesKey(secret)
  yield* parse(plainFrames(source, length, key, prefix, aad))
}

/** The clear part of a file, e.g. to see which keys open it. Rejects with OutboxFileError. */
export async function readHeader(source: Source): Promise<{ header: Header; length: number }> {
  const notOurs = (): OutboxFileError => new OutboxFileError('outboxfile.not_ours')
  const fixed = await source.read(0, 13)
  if (fixed.length < 13 || new TextDecoder().decode(fixed.subarray(0, 8)) !== MAGIC) throw notOurs()
  const size = toU32(fixed.subarray(9))
  if (fixed[8] !== VERSION || size > LARGEST_HEADER) throw notOurs()
  try {
    const header = JSON.parse(new TextDecoder().decode(await source.read(13, 13 + size))) as Header
    if (header.format !== 'xunjian-outbox' || header.version !== VERSION) throw notOurs()
    return { header, length: 13 + size }
  } catch (error) {
    throw error instanceof OutboxFileError ? error : notOurs()
  }
}

async function* plainFrames(
  source: Source,
  start: number,
  key: CryptoKey,
  prefix: Uint8Array,
  aad: Uint8Array<ArrayBuffer>,
): AsyncGenerator<Uint8Array> {
  const damaged = (): OutboxFileError => new OutboxFileError('outboxfile.damaged')
  let at = start
  for (let index = 0; ; index += 1) {
    const head = await source.read(at, at + 4)
    const size = head.length === 4 ? toU32(head) : 0
    if (size < TAG || size > FRAME + TAG) throw damaged()
    const end = at + 4 + size
    if (end > source.size) throw damaged()
    const last = end === source.size
    const box = await source.read(at + 4, end)
    const plain = await decrypt(key, nonceOf(prefix, index, last), aad, box).catch(() => {
      throw damaged()
    })
    yield plain
    if (last) return
    at = end
  }
}

async function* parse(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<FileRecord> {
  const damaged = (): OutboxFileError => new OutboxFileError('outboxfile.damaged')
  const names = new Map(Object.entries(TYPES).map(([name, code]) => [code, name as RecordType]))
  let rest: Uint8Array = new Uint8Array(0)
  let ended = false
  for await (const piece of pieces) {
    rest = rest.length === 0 ? piece : join([rest, piece])
    for (;;) {
      if (rest.length < 5) break
      const size = toU32(rest.subarray(1))
      if (rest.length < 5 + size) break
      const type = names.get(rest[0]!)
      const payload = rest.slice(5, 5 + size)
      rest = rest.subarray(5 + size)
      // A type that a later version added is passed over.
      if (!type) continue
      ended = type === 'end'
      if (BINARY.includes(type)) yield { type: type as 'bytes', bytes: payload }
      else
        yield {
          type: type as 'command',
          json: JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>,
        }
    }
  }
  if (rest.length > 0 || !ended) throw damaged()
}

async function forPassphrase(secret: Uint8Array<ArrayBuffer>, passphrase: string): Promise<Recipient> {
  const salt = random(16)
  const key = await passphraseKey(passphrase, salt, ITERATIONS)
  return {
    kind: 'passphrase',
    kdf: 'PBKDF2-SHA256',
    iterations: ITERATIONS,
    salt: base64url(salt),
    ...(await wrap(key, secret)),
  }
}

async function forOffice(
  secret: Uint8Array<ArrayBuffer>,
  office: { id: string; key: Uint8Array },
): Promise<Recipient> {
  const curve = { name: 'ECDH', namedCurve: 'P-256' } as const
  const own = await crypto.subtle.generateKey(curve, false, ['deriveBits'])
  const ephemeral = new Uint8Array(await crypto.subtle.exportKey('raw', own.publicKey))
  const raw = new Uint8Array(office.key)
  const theirs = await crypto.subtle.importKey('raw', raw, curve, false, [])
  const key = await officeKey(own.privateKey, theirs, ephemeral, raw)
  return {
    kind: 'office',
    kdf: 'ECDH-P256-HKDF-SHA256',
    key_id: office.id,
    ephemeral: base64url(ephemeral),
    ...(await wrap(key, secret)),
  }
}

async function wrap(
  key: CryptoKey,
  secret: Uint8Array<ArrayBuffer>,
): Promise<{ nonce: string; wrapped_key: string }> {
  const nonce = random(12)
  return { nonce: base64url(nonce), wrapped_key: base64url(await encrypt(key, nonce, KEY_AAD, secret)) }
}

async function unwrap(header: Header, opener: Opener): Promise<Uint8Array<ArrayBuffer>> {
  for (const recipient of header.recipients) {
    const key = await keyFor(recipient, opener)
    if (!key) continue
    try {
      return await decrypt(key, fromBase64url(recipient.nonce), KEY_AAD, fromBase64url(recipient.wrapped_key))
    } catch {
      continue
    }
  }
  throw new OutboxFileError('outboxfile.wrong_key')
}

async function keyFor(recipient: Recipient, opener: Opener): Promise<CryptoKey | null> {
  if ('passphrase' in opener) {
    if (recipient.kind !== 'passphrase') return null
    // A file may ask for more work than ours, but not for hours of it.
    const iterations = Math.min(recipient.iterations ?? ITERATIONS, 10_000_000)
    return passphraseKey(opener.passphrase, fromBase64url(recipient.salt ?? ''), iterations)
  }
  if (recipient.kind !== 'office') return null
  const curve = { name: 'ECDH', namedCurve: 'P-256' } as const
  const ephemeral = fromBase64url(recipient.ephemeral ?? '')
  const theirs = await crypto.subtle.importKey('raw', ephemeral, curve, false, [])
  const { x, y } = await crypto.subtle.exportKey('jwk', opener.office)
  const own = join([new Uint8Array([4]), fromBase64url(x!), fromBase64url(y!)])
  return officeKey(opener.office, theirs, ephemeral, own)
}

async function passphraseKey(
  words: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', utf8.encode(words.normalize('NFC')), 'PBKDF2', false, [
    'deriveKey',
  ])
  return crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

async function officeKey(
  own: CryptoKey,
  theirs: CryptoKey,
  ephemeral: Uint8Array,
  office: Uint8Array,
): Promise<CryptoKey> {
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, own, 256)
  const base = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(0),
      info: join([OFFICE_INFO, ephemeral, office]),
    },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

const aesKey = (raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])

type Bytes = Uint8Array<ArrayBuffer>

async function encrypt(key: CryptoKey, iv: Bytes, additionalData: Bytes, plain: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plain))
}

async function decrypt(key: CryptoKey, iv: Bytes, additionalData: Bytes, box: Uint8Array): Promise<Bytes> {
  const data = new Uint8Array(box)
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, data))
}

const digest = async (bytes: Uint8Array): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)))

const random = (n: number): Bytes => crypto.getRandomValues(new Uint8Array(n))

const preamble = (header: Uint8Array): Bytes =>
  join([utf8.encode(MAGIC), new Uint8Array([VERSION]), u32(header.length), header])

/** Seven random bytes, the frame's number, and 1 for the last. */
function nonceOf(prefix: Uint8Array, index: number, last: boolean): Bytes {
  return join([prefix, u32(index), new Uint8Array([last ? 1 : 0])])
}

function u32(n: number): Bytes {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, n)
  return out
}

const toU32 = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)

function join(parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Base64 for URLs without padding (RFC 4648, section 5). */
export function base64url(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

export function fromBase64url(text: string): Bytes {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(plain, (char) => char.charCodeAt(0))
}
