/**
 * What a phone needs for the day's list comes in three pieces: the shell, what the list shares with the other faces,
 * and the list. Each file costs a slow phone some 15 ms on its way through the service worker, and there were thirty.
 */
import { fileURLToPath } from 'node:url'
import type { Rolldown } from 'vite'

const source = (path: string): string => fileURLToPath(new URL(`../src/${path}`, import.meta.url))
const SHELL = source('main.ts')
const DAY = source('features/inspector/Face.svelte')
const OTHERS = ['firm/Face', 'supervisor/Face', 'admin/Face', 'link/Link'].map((name) =>
  source(`features/${name}.svelte`),
)

type Group = Rolldown.CodeSplittingGroup

/** The groups for the bundler; a piece takes what its modules import along, so the innermost goes first. */
export function pieces(): Group[] {
  const closures = new Map<string, Set<string>>()
  /** Ids of `root` and of everything that it imports statically. */
  function closure(root: string, context: Rolldown.ChunkingContext): Set<string> {
    const known = closures.get(root)
    if (known) return known
    const found = new Set([root])
    for (const each of found) {
      for (const next of context.getModuleInfo(each)?.importedIds ?? []) found.add(next)
    }
    closures.set(root, found)
    return found
  }
  const group = (
    name: string,
    priority: number,
    wants: (id: string, context: Rolldown.ChunkingContext) => boolean,
  ): Group => ({
    debugName: name,
    priority,
    name: (id, context) => (wants(id, context) ? name : null),
  })
  return [
    group('shell', 3, (id, context) => closure(SHELL, context).has(id)),
    group(
      'common',
      2,
      (id, context) =>
        closure(DAY, context).has(id) && OTHERS.some((other) => closure(other, context).has(id)),
    ),
    group('day', 1, (id, context) => closure(DAY, context).has(id)),
  ]
}
