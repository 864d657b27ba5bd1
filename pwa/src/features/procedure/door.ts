/**
 * The way in for acts that are done at once: an account's session, or a one-time link. Photos follow the command that
 * declares them; what did not arrive can be sent again without doing the act twice.
 */
import { uuid7 } from '../../domain/ids'
import { ApiProblem, NetworkError, request } from '../../remote'
import type { Shot } from './shots.svelte'

interface Result {
  status: 'applied' | 'refused'
  result: Record<string, unknown> | null
  problem: Record<string, unknown> | null
}

export interface Door {
  get<T>(path: string): Promise<T>
  /** Sends one command. Rejects with ApiProblem when it is refused, NetworkError without an answer. */
  act(kind: string, body: Record<string, unknown>): Promise<Record<string, unknown>>
  /** Sends one command with its photos; `onsent` counts those that have arrived. */
  actWith(
    kind: string,
    body: Record<string, unknown>,
    shots: readonly Shot[],
    onsent?: (arrived: number) => void,
  ): Promise<Record<string, unknown>>
  /** The bytes of something that the door shows, as an address for this page; the caller revokes it. */
  blob(path: string, type?: string): Promise<string>
}

const CHUNK = 256 * 1024
const TRIES = 4

/** The account that is signed in. */
export const accountDoor = (): Door => door('/sync/commands', '/photos', '', {})

/** The holder of a one-time link. */
export const linkDoor = (token: string, key: () => string | null): Door =>
  door('/link/commands', '/link/photos', '/link', () => {
    const held = key()
    return { 'Notice-Link': token, ...(held === null ? {} : { 'Notice-Link-Key': held }) }
  })

function door(
  commands: string,
  photos: string,
  root: string,
  named: Record<string, string> | (() => Record<string, string>),
): Door {
  const headers = (): Record<string, string> => (typeof named === 'function' ? named() : named)
  let last: { content: string; id: string; captured_at: string } | null = null
  const arrived = new Set<string>()

  async function act(kind: string, body: Record<string, unknown>): Promise<Record<string, unknown>> {
    const content = JSON.stringify([kind, body])
    if (last?.content !== content) last = { content, id: uuid7(), captured_at: new Date().toISOString() }
    const command = { id: last.id, captured_at: last.captured_at, kind, body }
    const sent = { device_time: new Date().toISOString(), commands: [command] }
    const { data } = await request<{ results: Result[] }>(commands, {
      method: 'POST',
      body: sent,
      headers: headers(),
    })
    const answer = data.results[0]!
    if (answer.status === 'applied') return answer.result ?? {}
    last = null
    const problem = answer.problem ?? {}
    throw new ApiProblem(Number(problem['status'] ?? 409), problem)
  }

  /** The picture, and after it the video whose frame it is. */
  async function upload({ id, bytes, picture, declaration }: Shot): Promise<void> {
    await send(`${photos}/${id}/content`, bytes)
    if (declaration['kind'] === 'V' && picture.original)
      await send(`${photos}/${id}/original`, picture.original.bytes)
  }

  async function send(path: string, bytes: ArrayBuffer): Promise<void> {
    if (arrived.has(path)) return
    let offset = 0
    for (let failures = 0; ;) {
      const end = Math.min(bytes.byteLength, offset + CHUNK)
      try {
        const answer = await request(path, {
          method: 'PATCH',
          body: bytes.slice(offset, end),
          timeout: 60_000,
          headers: {
            ...headers(),
            'Content-Type': 'application/octet-stream',
            'Upload-Offset': String(offset),
            'Upload-Length': String(bytes.byteLength),
            'Upload-Complete': end === bytes.byteLength ? '?1' : '?0',
          },
        })
        if (answer.status === 200) break
        offset = Number(answer.headers.get('Upload-Offset') ?? end)
      } catch (error) {
        const told = error instanceof ApiProblem ? error.extra['offset'] : undefined
        if (++failures >= TRIES || (error instanceof ApiProblem && typeof told !== 'number')) throw error
        if (typeof told === 'number') offset = told
        else if (!(error instanceof NetworkError)) throw error
      }
    }
    arrived.add(path)
  }

  return {
    get: async <T>(path: string) => (await request<T>(`${root}${path}`, { headers: headers() })).data,
    act,
    async actWith(kind, body, shots, onsent) {
      const result = await act(kind, { ...body, photos: shots.map((shot) => shot.declaration) })
      for (const [i, shot] of shots.entries()) {
        await upload(shot)
        onsent?.(i + 1)
      }
      return result
    },
    async blob(path, type) {
      const { data } = await request<ArrayBuffer>(`${root}${path}`, {
        headers: headers(),
        bytes: true,
        timeout: 60_000,
      })
      return URL.createObjectURL(new Blob([data], type ? { type } : {}))
    },
  }
}
