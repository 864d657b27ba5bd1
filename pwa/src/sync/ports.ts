/** What the engine is given: clock, network, chance, storage, hash. Tests give others. */
import type { Answer, Options } from '../api'
import type { OutboxRow, PhotoRow, Problem } from '../db'
import type { CompoundDoc, FindingDoc, NoticeDoc, PhotoDoc, RoundDoc, VisitDoc } from '../domain/documents'

export interface Clock {
  /** ms since 1970. */
  now(): number
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
}

export interface PushAnswer {
  server_time: string
  results: CommandResult[]
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
}

/** The facts of one user on this phone. Each method is one transaction. */
export interface SyncStore {
  /** Clears what was pulled for somebody else; what they have not sent stays sealed under their id. */
  open(): Promise<void>
  /** All commands that are not applied, by seq. */
  commands(): Promise<OutboxRow[]>
  /** All own photos that are queued or refused, without bytes. */
  photos(): Promise<PhotoRow[]>
  bytes(photoId: string): Promise<ArrayBuffer | null>
  /** Freezes the content of the commands (attempts + 1) and returns those that are still queued. */
  begin(ids: readonly string[]): Promise<OutboxRow[]>
  answered(results: readonly CommandResult[], serverTime: string): Promise<void>
  /** This command alone failed: refused for good, or to be tried after `until`. */
  setAside(id: string, problem: Problem, until: string | null): Promise<void>
  sent(photoId: string, bytes: number): Promise<void>
  /** The server said that it holds these very bytes. */
  confirmPhoto(photoId: string, receipt: PhotoDoc, at: string): Promise<void>
  refusePhoto(photoId: string, problem: Problem): Promise<void>
  cursor(): Promise<string | null>
  /** Upserts a page and moves the cursor in one transaction. */
  applyPage(page: Changes): Promise<void>
  dropCursor(): Promise<void>
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
  chores?: readonly Chore[]
}
