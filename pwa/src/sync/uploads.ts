/**
 * The photo lane: one file's bytes to the server, resumable at any byte. The phone's memory of the offset is a hint; the
 * server's is the truth. A file counts as there only against a receipt for the hash that was computed here.
 */
import { ApiProblem } from '../api'
import type { Problem } from '../db'
import type { PhotoDoc } from '../domain/documents'
import type { Parcel, Ports } from './ports'
import type { Genuine } from './receipts'
import { chunkTimeout, FIRST_CHUNK, nextChunk, problemOf, verdict } from './retry'

export type Outcome =
  | { kind: 'confirmed'; receipt: Genuine }
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

/** Sends `parcel` as far as it goes. Rejects like Network when the link or the server fails. */
export async function upload(parcel: Parcel, ports: Ports, lane: Lane): Promise<Outcome> {
  const bytes = await ports.store.bytes(parcel)
  if (!bytes || bytes.byteLength !== parcel.size) return refused('photo.lost_here')
  if ((await ports.sha256(bytes)) !== parcel.sha256) return refused('photo.damaged_here')
  let offset = parcel.sent > 0 ? await remoteOffset(parcel, ports, lane) : 0
  let corrections = 0
  let restarts = 0
  for (;;) {
    await ports.giveWay?.(lane.signal)
    const end = Math.min(parcel.size, offset + lane.pace.chunk)
    const started = ports.clock.ticks()
    try {
      const answer = await patch(parcel, bytes.slice(offset, end), offset, ports, lane)
      const ms = ports.clock.ticks() - started
      learn(lane.pace, end - offset, ms)
      if (answer.status === 200) return await signedFor(parcel, answer.data as PhotoDoc | undefined, ports)
      const told = Number(answer.headers.get('Upload-Offset'))
      const next = Number.isInteger(told) && told >= 0 && told <= parcel.size ? told : end
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
      } else if (verdict(error) !== 'refused') {
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

const pathOf = (parcel: Parcel): string =>
  `/photos/${parcel.id}/${parcel.kind === 'photo' ? 'content' : 'original'}`

async function remoteOffset(parcel: Parcel, ports: Ports, lane: Lane): Promise<number> {
  try {
    const answer = await ports.network.request(pathOf(parcel), { method: 'HEAD', signal: lane.signal })
    const offset = Number(answer.headers.get('Upload-Offset'))
    // Where all of it is there already, the last byte again brings the answer with the receipt.
    return Number.isInteger(offset) && offset >= 0 ? Math.min(offset, parcel.size - 1) : 0
  } catch (error) {
    // A refusal is heard again, with its body, by the PATCH that follows; HEAD cannot carry one.
    if (error instanceof ApiProblem && verdict(error) === 'refused') return parcel.sent
    throw error
  }
}

function patch(parcel: Parcel, chunk: ArrayBuffer, offset: number, ports: Ports, lane: Lane) {
  const last = offset + chunk.byteLength === parcel.size
  return ports.network.request(pathOf(parcel), {
    method: 'PATCH',
    body: chunk,
    timeout: chunkTimeout(chunk.byteLength),
    signal: lane.signal,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Upload-Offset': String(offset),
      'Upload-Length': String(parcel.size),
      'Upload-Complete': last ? '?1' : '?0',
    },
  })
}

/** The end of an upload: a word that does not verify is as good as none, and is asked for again later. */
async function signedFor(parcel: Parcel, doc: PhotoDoc | undefined, ports: Ports): Promise<Outcome> {
  const { id, kind, sha256 } = parcel
  const receipt = await ports.receipts.verify(doc?.receipt, { kind, id, sha256 })
  if (!receipt) throw new ApiProblem(502, { code: 'receipt.invalid' })
  return { kind: 'confirmed', receipt }
}

function refused(code: string): Outcome {
  return { kind: 'refused', problem: { code, status: 0 } }
}
