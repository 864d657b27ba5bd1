/** What the engine tells of itself, for the screens. */
import type { Problem } from '../db'

export interface EngineStatus {
  phase: 'idle' | 'push' | 'pull' | 'photo'
  /** Why nothing goes at the moment; null while all is well. */
  halt: null | 'network' | 'server' | 'signed-out' | 'barred' | 'too-old' | 'storage'
  problem: Problem | null
  /** Photos on their way: id, bytes acknowledged, bytes in all. */
  photos: readonly { id: string; sent: number; size: number }[]
  /** Commands on their way. */
  commands: readonly string[]
  /** Bytes per second of the last chunk; null before one. */
  rate: number | null
  /** ms since 1970 of the last complete pull in this run; null before. */
  pulledAt: number | null
  /** The office has revoked this phone: `sealed` while it still sends what it has, `wiped` once it has forgotten. */
  order: null | 'sealed' | 'wiped'
}

export const IDLE: EngineStatus = {
  phase: 'idle',
  halt: null,
  problem: null,
  photos: [],
  commands: [],
  rate: null,
  pulledAt: null,
  order: null,
}
