/** What the engine is given: clock, network, chance, storage, hash. Tests give others. */
import type { Answer, Options } from '../api'
import type { OutboxRow, PhotoRow, Problem, Receipt } from '../db'
import type { Genuine, ReceiptBook } from './receipts'
import type { CompoundDoc, FindingDoc, NoticeDoc, PhotoDoc, RoundDoc, VisitDoc } from '../domain/documents'

export interface Clock {
  /** ms since 1970. */
  now(): number
  /** ms that only run forward, whatever is done to the clock. */
  ticks(): number
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** As `request` of the API client: rejects with ApiProblem or NetworkError. */
export interface Network {
  request<T>(path: string, options?: Options): Promise<Answer<T>>
}

/** Answer to one command. */
export interface CommandResult {
  id: string
  status: 'applied' | 'refused'
  replayed: boolean
  result: Record<string, unknown> | null
  problem: { code: string; status: number; title?: string; detail?: string } | null
  receipt?: Receipt | null
}

/** An answer that counts: applied with a receipt that was verified, or refused. */
export type Answered =
  | { id: string; status: 'applied'; receipt: Genuine }
  | { id: string; status: 'refused'; receipt: Genuine | null; problem: Problem }

/** What the office asks of this phone. */
export type Order = 'upload_and_wipe'

export interface PushAnswer {
  server_time: string
  results: CommandResult[]
  orders?: { order: string }[]
}

/** How many there are of each. */
export interface Counts {
  findings: number
  photos: number
  commands: number
  /** Camera files and videos that follow their photos. */
  originals: number
}

/** Bytes on their way: the rendition of a photo, or the camera's own file of it (a video, for one). */
export interface Parcel {
  id: string
  kind: 'photo' | 'original'
  sha256: string
  size: number
  /** Bytes that the server has acknowledged, as far as we know. */
  sent: number
}

export interface Changes {
  items: {
    compounds: CompoundDoc[]
    rounds: RoundDoc[]
    visits: VisitDoc[]
    findings: FindingDoc[]
    photos: PhotoDoc[]
    notices: NoticeDoc[]
  }
  cursor: string
  more: boolean
  server_time: string
  /** Severities whose camera files the office wants; a server of before does not say. */
  keep_originals?: string[]
}

/** The facts of one user on this phone. Each method is one transaction. */
export interface SyncStore {
  /** Clears what was pulled for somebody else; what they have not sent stays sealed under their id. */
  open(): Promise<void>
  /** All commands that are not applied, by seq. */
  commands(): Promise<OutboxRow[]>
  /** All own photos that are queued or refused, without bytes. */
  photos(): Promise<PhotoRow[]>
  /** Own photos that the server has, and whose originals wait for a free link. */
  originals(): Promise<PhotoRow[]>
  bytes(parcel: Parcel): Promise<ArrayBuffer | null>
  /** Freezes the content of the commands (attempts + 1) and returns those that are still queued. */
  begin(ids: readonly string[]): Promise<OutboxRow[]>
  answered(answers: readonly Answered[], serverTime: string): Promise<void>
  /** This command alone failed: refused for good, or to be tried after `until`. */
  setAside(id: string, problem: Problem, until: string | null): Promise<void>
  sent(parcel: Parcel, bytes: number): Promise<void>
  /** The server has signed for these very bytes. */
  confirm(parcel: Parcel, receipt: Genuine): Promise<void>
  refuse(parcel: Parcel, problem: Problem): Promise<void>
  cursor(): Promise<string | null>
  /**
   * Upserts a page and moves the cursor in one transaction. `genuine` are verified receipts in it by photo id: own
   * photos that have one are confirmed, others stay as they are.
   */
  applyPage(page: Changes, genuine: ReadonlyMap<string, Genuine>): Promise<void>
  dropCursor(): Promise<void>
  /** What this user has recorded here and what the server confirmed, ever. */
  counters(): Promise<{ recorded: Counts; confirmed: Counts }>
  /** The order that stands, if any. */
  order(): Promise<Order | null>
  obey(order: Order): Promise<void>
  /** Lets go of all that was pulled, of drafts and of what is confirmed. What the server does not have stays. */
  wipe(): Promise<void>
}

/** Work of low rank, e.g. small pictures for the cellar; answers whether it did something. May reject like Network. */
export type Chore = (signal: AbortSignal) => Promise<boolean>

export interface Ports {
  clock: Clock
  network: Network
  store: SyncStore
  random: () => number
  /** Lower-case hexadecimal SHA-256. */
  sha256: (bytes: ArrayBuffer) => Promise<string>
  receipts: ReceiptBook
  appVersion?: string
  /** What the phone says of itself, e.g. whether its storage is safe. */
  fitness?: () => Promise<object>
  /** Whether large files may go: Wi-Fi, or the person said so. */
  roomy?: () => boolean
  /** Resolves when nothing that a person waits for is on the line. */
  giveWay?: (signal: AbortSignal) => Promise<void>
  chores?: readonly Chore[]
}
