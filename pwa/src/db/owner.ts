/**
 * For whom the pulled part of the database was last put in order (`adopt` in `sync/outboxStore.ts`). A sign-in of somebody
 * else makes it nobody's: what they save before their queue has started must not be taken for the former person's,
 * should that one come back first.
 */
interface Settings {
  get: (key: string) => Promise<{ value: unknown } | undefined>
  put: (row: { key: string; value: unknown }) => Promise<unknown>
}

export const OWNER = 'sync.owner'
/** No user has this id. */
export const NOBODY = ''

/** Called in the transaction that stores who is here now. */
export async function changeHands(settings: Settings, userId: string): Promise<void> {
  const owner = await settings.get(OWNER)
  if (owner && owner.value !== userId) await settings.put({ key: OWNER, value: NOBODY })
}
