/**
 * The stores of the phone, one place for names, keys, indexes and versions. Rows are plain data: never put a
 * `$state` proxy into a store (IndexedDB cannot clone it); keep what is stored in `$state.raw`.
 * Times are ISO 8601 text with offset, ids UUIDv7 text, bytes ArrayBuffer (WebKit fails to store a Blob).
 */
import type { DBSchema } from 'idb'

export const DB_NAME = 'xunjian'
export const DB_VERSION = 3

export interface Position {
  lon: number
  lat: number
  /** Metres, 68 % radius as the phone states it; null for a hand-set point. */
  accuracy_m: number | null
  captured_at: string
  source: 'gnss' | 'manual' | 'last_fix'
  crs: 'wgs84'
  /** This phone saw the same point to the last bit again and again: a remark for the office, nothing more. */
  mocked?: boolean
}

/** Who is signed in on this phone; kept so that the app opens without a network. */
export interface IdentityRow {
  key: 'me'
  user_id: string
  username: string
  display_name: string
  role: string
  permissions: string[]
  organisation: { id: string; name: string; kind: string }
  firm: { id: string; name: string } | null
  /** Area of the account: ltree path and the name to show; null for firms. */
  scope: { path: string; name: string } | null
  device_id: string | null
  demo: boolean
  expires_at: string
  /** When the person signed in on this phone, by its own clock; absent where that was long ago. */
  signed_in_at?: string
  /** When the server last confirmed this identity. */
  seen_at: string
  /** Server clock minus this device's clock, ms, at that moment. */
  clock_offset_ms: number
}

export type PhotoKind = 'O' | 'C' | 'M' | 'L' | 'T' | 'V' | 'A'

/** A form that is being filled in; autosaved before the camera opens. */
export interface DraftRow {
  id: string
  user_id: string
  kind: string
  subject_id: string | null
  updated_at: string
  data: unknown
}

/** A finding, own or pulled: the server's last word, and on top of it what this phone holds and it has not taken. */
export interface FindingRow {
  id: string
  compound_id: string
  visit_id: string | null
  /** State of the finding as far as this phone knows. */
  state: string
  /** 1 while the server has not answered something of it. */
  unsent: 0 | 1
  updated_at: string
  /** The server's document; null until it has been pulled. */
  data: unknown
  /** Own words on top of `data`; dropped when a pull comes with nothing left unanswered. */
  local?: unknown
  /** Whose `local` it is. */
  user_id?: string
}

/** The server's signed word that it holds these very bytes, or this very command (see sync/receipts.ts). */
export interface Receipt {
  kind: 'photo' | 'command' | 'original'
  /** Id of the photo or the command. */
  id: string
  /** Lower-case hexadecimal. */
  sha256: string
  received_at: string
  key_id: string
  /** Ed25519, base64url. */
  signature: string
}

/**
 * How a photo stands. Own ones go `draft` → `queued` → `confirmed`, or `attention` when the server refused their bytes;
 * those of others are `expected` or `stored`, as the server says. Only a receipt makes a photo confirmed, and it is
 * kept with it: there is no confirmed photo without one.
 */
export type PhotoStanding =
  | { state: 'draft' | 'queued' | 'expected' | 'stored'; problem: null; receipt?: null }
  | { state: 'attention'; problem: Problem; receipt?: null }
  | { state: 'confirmed'; problem: null; receipt: Receipt }

/** A photo. Bytes live in `blobs`, so that lists stay light. */
export type PhotoRow = PhotoFacts & PhotoStanding

export interface PhotoFacts {
  id: string
  /** As of a command: where it was taken, if not here. */
  recorded_on?: string | null
  /** What the photo belongs to: a finding, an answer, a review, a visit. */
  owner_id: string
  owner_kind: 'finding' | 'response' | 'review' | 'visit'
  kind: PhotoKind
  sha256: string
  size: number
  media_type: string
  width: number | null
  height: number | null
  captured_at: string
  position: Position | null
  /** Bytes that the server has acknowledged. */
  sent: number
  /** Whose queue it belongs to; absent on photos of others. */
  user_id?: string
  /** The command that declares it; its bytes wait for that one's answer. */
  command_id?: string | null
  /** Hash of the file as the camera gave it, before resizing. */
  original_sha256?: string | null
  /**
   * The file as the camera gave it, kept beside the rendition for the evidence lane: it goes up on Wi-Fi, after
   * everything else. Null or absent: only its hash is kept. Its bytes are `original:<id>` in `blobs`.
   */
  original?: Original | null
  /** The photo is the poster of somebody else's video, and whether the office has that. */
  clip?: 'expected' | 'stored'
  /** Something was drawn on the rendition, or blurred in it: the picture as it was is the original. */
  annotated?: boolean
  /** What was drawn, so that it can be taken back while the photo is a draft. */
  marks?: Shape[]
  source?: 'camera' | 'gallery'
  /** When in the life of a case: before, after, review, visit. */
  stage?: string
  /** The act that declared it (finding, response, review or visit id). */
  group_id?: string
}

/** Something drawn on a photo; corners and ends in shares of its width and height, 0 to 1. */
export interface Shape {
  kind: 'arrow' | 'circle' | 'blur'
  from: { x: number; y: number }
  to: { x: number; y: number }
}

/**
 * The camera's own file of a photo, and how far it is on its way. Of a video the photo is the poster (kind V), and this
 * is the video.
 */
export interface Original {
  size: number
  media_type: string
  /** Bytes that the server has acknowledged. */
  sent: number
  /** `kept` here, not on its way yet · `queued` for the next Wi-Fi · `confirmed` by the server · `attention` refused. */
  state: 'kept' | 'queued' | 'confirmed' | 'attention'
  /** With `confirmed`. */
  receipt?: Receipt
  /** With `attention`. */
  problem?: Problem
}

/**
 * Bytes of a photo (`photo:<id>`), its small picture (`thumb:<id>`), the camera's own file (`original:<id>`), and, in
 * drafts, both as they were before anything was drawn on them (`clean:<id>`, `clean-thumb:<id>`).
 */
export interface BlobRow {
  key: string
  bytes: ArrayBuffer
}

/** Keys of everything that `blobs` holds of a photo. */
export const blobKeys = (id: string): string[] =>
  ['photo', 'thumb', 'original', 'clean', 'clean-thumb'].map((form) => `${form}:${id}`)

/** The video of which a photo is the poster; null of a photo that is none. */
export const clipOf = (photo: Pick<PhotoFacts, 'original'>): Original | null =>
  photo.original?.media_type.startsWith('video/') ? photo.original : null

/** Whether the camera's own file is still to be sent, or was refused. */
export const isOwed = (original: Original | null | undefined): boolean =>
  original?.state === 'queued' || original?.state === 'attention'

/** What a server or this phone refused, by code; the sentence is problemText(). */
export interface Problem {
  code: string
  status: number
  detail?: string
  /** With `notice.spot_overtaken`: the cases that the office has dealt with, and how they stand. */
  findings?: { finding_id: string; state: string }[]
}

/** What one command says, and to whom it belongs; never changed once it was tried, since its id names it for ever. */
export interface OutboxFacts {
  id: string
  seq: number
  user_id: string
  command: string
  /** What it is about; the screen shows all rows of one subject as one thing. */
  subject_id: string
  body: unknown
  created_at: string
  /** Deliveries tried. */
  attempts: number
  /** Words for the list, e.g. the item's name. */
  title?: string
  /** Id of what this command brings into being; commands that use it wait for the answer. */
  creates?: string | null
  /** Ids of what must be there first. */
  uses?: string[]
  /** The phone that it was made on, where a file brought it here (null: it did not say); that phone counts it. */
  recorded_on?: string | null
}

/**
 * What was observed of a command: no answer yet (`problem` is what the last try met, if it concerned this row alone, and
 * `next_try_at` the time before which it is not tried again), refused, or applied. There is no applied command without
 * the server's receipt, and no refused one without a reason.
 */
export type OutboxStanding =
  | {
      state: 'queued'
      problem: Problem | null
      next_try_at: string | null
      answered_at?: null
      receipt?: null
    }
  | {
      state: 'attention'
      problem: Problem
      next_try_at: null
      answered_at: string | null
      receipt: Receipt | null
    }
  | { state: 'confirmed'; problem: null; next_try_at: null; answered_at: string; receipt: Receipt }

/** One command to the server, sent in the order of `seq`. */
export type OutboxRow = OutboxFacts & OutboxStanding

export interface RoundRow {
  id: string
  state: string
  planned_on: string
  data: unknown
}

export interface VisitRow {
  id: string
  round_id: string | null
  compound_id: string
  state: string
  started_at: string | null
  /** The server's document; null until it has been pulled. */
  data: unknown
  /** Answers and times of this phone, on top of `data` (see FindingRow). */
  local?: unknown
  /** Whose `local` it is. */
  user_id?: string
}

export interface CompoundRow {
  id: string
  name: string
  area_code: string
  data: unknown
}

/** Checklist versions and hazard items, immutable once stored: key is version + code. */
export interface CatalogueRow {
  key: string
  kind: string
  version: string
  data: unknown
}

export interface NoticeRow {
  id: string
  state: string
  firm_id: string | null
  due_at: string | null
  data: unknown
}

/** A slip that was handed over on the spot: the person's own record, as it was shown and signed. */
export interface SlipRow {
  /** The notice that becomes of it. */
  id: string
  user_id: string
  visit_id: string
  handed_at: string
  data: unknown
}

/** Where the pull of a feed stands: the server's opaque cursor. */
export interface CursorRow {
  feed: string
  user_id: string
  cursor: string
  pulled_at: string
}

export interface SettingRow {
  key: string
  value: unknown
}

export interface Schema extends DBSchema {
  identity: { key: string; value: IdentityRow }
  drafts: { key: string; value: DraftRow; indexes: { by_user: string; by_subject: string } }
  findings: {
    key: string
    value: FindingRow
    indexes: { by_compound: string; by_visit: string; by_state: string; by_unsent: number }
  }
  photos: {
    key: string
    value: PhotoRow
    indexes: { by_owner: string; by_sha256: string; by_state: string; by_user: string }
  }
  blobs: { key: string; value: BlobRow }
  outbox: {
    key: string
    value: OutboxRow
    indexes: { by_seq: number; by_subject: string; by_state: string; by_user: string }
  }
  rounds: { key: string; value: RoundRow; indexes: { by_state: string; by_planned_on: string } }
  visits: {
    key: string
    value: VisitRow
    indexes: { by_round: string; by_compound: string; by_state: string }
  }
  compounds: { key: string; value: CompoundRow; indexes: { by_area: string } }
  catalogue: { key: string; value: CatalogueRow; indexes: { by_version: string; by_kind: string } }
  notices: { key: string; value: NoticeRow; indexes: { by_state: string; by_firm: string } }
  slips: { key: string; value: SlipRow; indexes: { by_user: string; by_visit: string } }
  cursor: { key: string; value: CursorRow }
  settings: { key: string; value: SettingRow }
}

export type StoreName =
  | 'identity'
  | 'drafts'
  | 'findings'
  | 'photos'
  | 'blobs'
  | 'outbox'
  | 'rounds'
  | 'visits'
  | 'compounds'
  | 'catalogue'
  | 'notices'
  | 'slips'
  | 'cursor'
  | 'settings'

/** Key path and indexes (name → path) of each store, in the version that introduced it. */
export const STORES: Record<StoreName, { keyPath: string; indexes: Record<string, string>; since: number }> =
  {
    identity: { keyPath: 'key', indexes: {}, since: 1 },
    drafts: { keyPath: 'id', indexes: { by_user: 'user_id', by_subject: 'subject_id' }, since: 1 },
    findings: {
      keyPath: 'id',
      indexes: { by_compound: 'compound_id', by_visit: 'visit_id', by_state: 'state', by_unsent: 'unsent' },
      since: 1,
    },
    photos: {
      keyPath: 'id',
      // Photos of others have no user, so this index holds one's own only.
      indexes: { by_owner: 'owner_id', by_sha256: 'sha256', by_state: 'state', by_user: 'user_id' },
      since: 1,
    },
    blobs: { keyPath: 'key', indexes: {}, since: 1 },
    outbox: {
      keyPath: 'id',
      indexes: { by_seq: 'seq', by_subject: 'subject_id', by_state: 'state', by_user: 'user_id' },
      since: 1,
    },
    rounds: { keyPath: 'id', indexes: { by_state: 'state', by_planned_on: 'planned_on' }, since: 1 },
    visits: {
      keyPath: 'id',
      indexes: { by_round: 'round_id', by_compound: 'compound_id', by_state: 'state' },
      since: 1,
    },
    compounds: { keyPath: 'id', indexes: { by_area: 'area_code' }, since: 1 },
    catalogue: { keyPath: 'key', indexes: { by_version: 'version', by_kind: 'kind' }, since: 1 },
    notices: { keyPath: 'id', indexes: { by_state: 'state', by_firm: 'firm_id' }, since: 1 },
    slips: { keyPath: 'id', indexes: { by_user: 'user_id', by_visit: 'visit_id' }, since: 3 },
    cursor: { keyPath: 'feed', indexes: {}, since: 1 },
    settings: { keyPath: 'key', indexes: {}, since: 1 },
  }
