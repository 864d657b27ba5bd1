/** People who act through the API, to bring a case to where a test or a picture begins. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { png } from './png'

export const PASSWORD = 'xunjian-demo'

/** A UUID of version 7. */
export function uuid7(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  const tail = randomBytes(8).toString('hex')
  const variant = ((parseInt(tail[3]!, 16) & 3) | 8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-${variant}${tail.slice(4, 7)}-${randomUUID().slice(-12)}`
}

export interface Person {
  me: SessionDoc
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  /** Sends one command; rejects with the problem when it is refused. */
  act(kind: string, body: Record<string, unknown>): Promise<Record<string, unknown>>
  /** Sends the bytes of a declared photo in one piece. */
  upload(photoId: string, bytes: Buffer): Promise<void>
  /** The body of an answer as it came. */
  bytes(path: string): Promise<Buffer>
}

export interface SessionDoc {
  user: { id: string; display_name: string; firm: { id: string; name: string } | null }
}

/** Signs in on a device of its own. */
export async function person(base: string, username: string): Promise<Person> {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'Sec-Fetch-Site': 'same-origin',
  }
  const request = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const answer = await fetch(`${base}/api${path}`, { method, headers, body: sent })
    const cookie = answer.headers.get('set-cookie')
    if (cookie) headers['Cookie'] = cookie.split(';')[0]!
    const data = (await answer.json()) as T
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(data)}`)
    return data
  }
  const device = { id: uuid7(), label: `${username} 的手机`, app_version: '0.1.0' }
  const me = await request<SessionDoc>('POST', '/session', { username, password: PASSWORD, device })
  return {
    me,
    get: (path) => request('GET', path),
    post: (path, body) => request('POST', path, body),
    async act(kind, body) {
      const now = new Date().toISOString()
      const command = { id: uuid7(), kind, captured_at: now, body }
      const answer = await request<{
        results: { status: string; problem: unknown; result: Record<string, unknown> }[]
      }>('POST', '/sync/commands', { device_time: now, unsent: 0, commands: [command] })
      const [result] = answer.results
      if (result?.status !== 'applied') throw new Error(`${kind}: ${JSON.stringify(result?.problem)}`)
      return result.result
    },
    async upload(photoId, bytes) {
      const answer = await fetch(`${base}/api/photos/${photoId}/content`, {
        method: 'PATCH',
        headers: {
          ...headers,
          'Content-Type': 'application/octet-stream',
          'Upload-Offset': '0',
          'Upload-Length': String(bytes.length),
          'Upload-Complete': '?1',
        },
        body: new Uint8Array(bytes),
      })
      if (answer.status !== 200) throw new Error(`photo: ${answer.status} ${await answer.text()}`)
    },
    async bytes(path) {
      const answer = await fetch(`${base}/api${path}`, { headers })
      if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`)
      return Buffer.from(await answer.arrayBuffer())
    },
  }
}

export interface FindingDoc {
  id: string
  item_code: string
  item_short_name: string
  state: string
  compound_id: string
  compound_name: string
  firm: { id: string; name: string } | null
}

export interface NoticeDoc {
  id: string
  number: string
  state: string
  order_no: number
  previous_id: string | null
  acknowledged_at: string | null
  verify_url: string
  compound: { id: string; name: string }
  items: {
    finding_id: string
    item_code: string
    state: string
    responses: { id: string; text: string; photo_ids: string[] }[]
    reviews: { id: string; passed: boolean }[]
  }[]
}

/** Declaration of a photo and its bytes. */
function photo(kind: string): { bytes: Buffer; declaration: Record<string, unknown> } {
  const bytes = png(640, 480)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const captured_at = new Date().toISOString()
  const declaration = {
    photo_id: uuid7(),
    kind,
    sha256,
    size: bytes.length,
    mime: 'image/png',
    source: 'camera',
    captured_at,
  }
  return { bytes, declaration }
}

/** Two findings with two photos each, found, confirmed and put into one notice to the firm: nothing of the demo is used up. */
export async function freshNotice(base: string, firm: string): Promise<NoticeDoc> {
  const inspector = await person(base, 'inspector01')
  const official = await person(base, 'street01')
  const known = await official.get<{ items: (NoticeDoc & { firm: { id: string } })[] }>('/notices?limit=100')
  const place = known.items.find((notice) => notice.firm.id === firm)?.compound
  if (!place) throw new Error('the firm has no compound here')
  const items: { finding_id: string }[] = []
  for (const [item_code, spot] of [
    ['FP-02', '3号楼北侧'],
    ['EB-05', '西门充电棚'],
  ]) {
    const finding_id = uuid7()
    const photos = [photo('O'), photo('C')]
    await inspector.act('open_finding', {
      finding_id,
      compound_id: place.id,
      item_code,
      text: '现场如照片',
      place: spot,
      photos: photos.map((each) => each.declaration),
    })
    for (const { declaration, bytes } of photos) {
      await inspector.upload(declaration['photo_id'] as string, bytes)
    }
    await official.act('confirm_finding', { finding_id })
    items.push({ finding_id })
  }
  const notice_id = uuid7()
  await official.act('issue_notice', { notice_id, items })
  return official.get<NoticeDoc>(`/notices/${notice_id}`)
}
