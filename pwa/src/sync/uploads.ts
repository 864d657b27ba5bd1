/**
 * The photo lane: one photo's bytes to the server, resumable at any byte. The phone's memory of the offset is a
 * hint; the server's is the truth. A photo counts as there only when the server answers `stored` with the hash that
 * was computed here.
 */
import { ApiProblem } from '../api'
import type { PhotoRow, Problem } from '../db'
import type { PhotoDoc } from '../domain/documents'
import type { Ports } from './ports'
import { chunkTimeout, FIRST_CHUNK, nextChunk, problemOf } from './retry'

export type Outcome =
  | { kind: 'confirmed'; receipt: PhotoDoc }
  | { kind: 'refused'; problem: Problem }
  /** Something smaller and more urgent came up; go on later from where we are. */
  | { kind: 'yielded' }

/** Chunk size of this link, learned from chunk to chunk. */
export interface Pace {
  chunk: number
}

export const newPace = (): Pace => ({ chunk: FIRST_CHUNK })

export interface Lane {
  pace: Pace
  signal: AbortSignal
  /** Bytes that the server holds now. */
  onsent: (sent: number, ms: number, bytes: number) => Promise<void>
  shouldYield: () => boolean
}

/** Codes that name the true offset: go on from there. */
const OFFSET_CODES = new Set(['photo.offset_mismatch', 'photo.offset_past_end', 'photo.incomplete'])
/** A server that keeps correcting us is broken; more than this and the photo is put off. */
const MOST_CORRECTIONS = 8

/** Sends `photo` as far as it goes. Rejects like Network when the link or the server fails. */
export async function upload(photo: PhotoRow, ports: Ports, lane: Lane): Promise<Outcome> {
  const bytes = await ports.store.bytes(photo.id)
  if (!bytes || bytes.byteLength !== photo.size) return refused('photo.lost_here')
  if ((await ports.sha256(bytes)) !== photo.sha256) return refused('photo.damaged_here')
  let offset = photo.sent > 0 ? await remoteOffset(photo, ports, lane) : 0
  let corrections = 0
  let restarts = 0
  for (;;) {
    const end = Math.min(photo.size, offset + lane.pace.chunk)
    const started = ports.clock.now()
    try {
      const answer = await patch(photo, bytes.slice(offset, end), offset, ports, lane)
      const ms = ports.clock.now() - started
      learn(lane.pace, end - offset, ms)
      if (answer.status === 200) return receipt(photo, answer.data as PhotoDoc)
      const told = Number(answer.headers.get('Upload-Offset'))
      const next = Number.isInteger(told) && told >= 0 && told <= photo.size ? told : end
      if (next <= offset && ++corrections > MOST_CORRECTIONS) return refused('photo.stuck')
      offset = next
      await lane.onsent(offset, ms, end - offset)
    } catch (error) {
      if (!(error instanceof ApiProblem)) {
        lane.pace.chunk = nextChunk(lane.pace.chunk, null)
        throw error
      }
      const told = error.extra['offset']
      if (OFFSET_CODES.has(error.code) && typeof told === 'number' && ++corrections <= MOST_CORRECTIONS) {
        offset = told
      } else if (error.code === 'photo.hash_mismatch' && ++restarts <= 1) {
        // Our bytes are right, so they were spoiled on the way; once more from the start.
        offset = 0
      } else if (error.transient || error.signedOut) {
        throw error
      } else {
        return { kind: 'refused', problem: problemOf(error) }
      }
      await lane.onsent(offset, 0, 0)
    }
    if (lane.shouldYield()) return { kind: 'yielded' }
  }
}

/** A piece smaller than a chunk says nothing about faster links, only about slower ones. */
function learn(pace: Pace, size: number, ms: number): void {
  const next = nextChunk(size, ms)
  if (size >= pace.chunk || next < size) pace.chunk = next
}

async function remoteOffset(photo: PhotoRow, ports: Ports, lane: Lane): Promise<number> {
  const path = `/photos/${photo.id}/content`
  try {
    const answer = await ports.network.request(path, { method: 'HEAD', signal: lane.signal })
    const offset = Number(answer.headers.get('Upload-Offset'))
    return Number.isInteger(offset) && offset >= 0 && offset <= photo.size ? offset : 0
  } catch (error) {
    // A refusal is heard again, with its body, by the PATCH that follows; HEAD cannot carry one.
    if (error instanceof ApiProblem && !error.transient && !error.signedOut) return photo.sent
    throw error
  }
}

function patch(photo: PhotoRow, chunk: ArrayBuffer, offset: number, ports: Ports, lane: Lane) {
  const last = offset + chunk.byteLength === photo.size
  return ports.network.request(`/photos/${photo.id}/content`, {
    method: 'PATCH',
    body: chunk,
    timeout: chunkTimeout(chunk.byteLength),
    signal: lane.signal,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Upload-Offset': String(offset),
      'Upload-Length': String(photo.size),
      'Upload-Complete': last ? '?1' : '?0',
    },
  })
}

function receipt(photo: PhotoRow, doc: PhotoDoc): Outcome {
  return doc.state === 'stored' && doc.sha256 === photo.sha256
    ? { kind: 'confirmed', receipt: doc }
    : refused('photo.other_bytes')
}

function refused(code: string): Outcome {
  return { kind: 'refused', problem: { code, status: 0 } }
}
