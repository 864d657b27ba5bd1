/** The pull: one page of changes from the cursor, stored with the new cursor in one transaction. */
import { ApiProblem, NetworkError } from '../api'
import type { Changes, Ports } from './ports'
import type { Genuine } from './receipts'

/** Pulls one page; true when there is more. Rejects like Network. */
export async function pullPage(ports: Ports, signal: AbortSignal): Promise<boolean> {
  const cursor = await ports.store.cursor()
  const query = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`
  try {
    const { data } = await ports.network.request<Changes>(`/sync/changes${query}`, {
      timeout: 30_000,
      signal,
    })
    // A captive portal says 200 as well.
    if (!data?.items || typeof data.cursor !== 'string') throw new NetworkError('network.offline')
    await ports.store.applyPage(data, await genuineIn(data, ports))
    return data.more
  } catch (error) {
    // A cursor that the server no longer knows: begin afresh. Rows are upserted, so nothing comes twice.
    if (error instanceof ApiProblem && error.code === 'sync.bad_cursor' && cursor !== null) {
      await ports.store.dropCursor()
      return true
    }
    throw error
  }
}

/** The verified receipts of own photos whose last answer was lost on the way. */
async function genuineIn(page: Changes, ports: Ports): Promise<Map<string, Genuine>> {
  const found = new Map<string, Genuine>()
  const signed = new Map((page.items.photos ?? []).map((doc) => [doc.id, doc.receipt]))
  if (signed.size === 0) return found
  for (const { id, sha256 } of await ports.store.photos()) {
    const candidate = signed.get(id)
    const receipt = candidate ? await ports.receipts.verify(candidate, { kind: 'photo', id, sha256 }) : null
    if (receipt) found.set(id, receipt)
  }
  return found
}
