/** How many messages wait to be read: asked each minute, and at once after something was read. */
import { poll, type Poll } from '../../remote'

let asked: Poll<{ count: number }> | null = null

/** Call while a component initialises; the newest caller's poll is the one that `seen` refreshes. */
export function unread(): Poll<{ count: number }> {
  asked = poll<{ count: number }>(() => '/messages/unread', 60_000)
  return asked
}

/** Something was read: ask again. */
export async function seen(): Promise<void> {
  await asked?.refresh()
}
