/** The pull: one page of changes from the cursor, stored with the new cursor in one transaction. */
import { ApiProblem } from '../api'
import type { Changes, Ports } from './ports'

/** Pulls one page; true when there is more. Rejects like Network. */
export async function pullPage(ports: Ports, signal: AbortSignal): Promise<boolean> {
  const cursor = await ports.store.cursor()
  const query = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`
  try {
    const { data } = await ports.network.request<Changes>(`/sync/changes${query}`, {
      timeout: 30_000,
      signal,
    })
    await ports.store.applyPage(data)
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
