/** One case file that stays fresh: asked again every ten seconds and after each act from this desk. */
import { poll, type Poll } from '../../../remote'
import { acts } from '../acts/acts.svelte'
import type { CaseDoc } from '../model'

/** Follows the case with the id that `id()` gives (null: none). Call while a component initialises. */
export function caseFile(id: () => string | null): Poll<CaseDoc> {
  const file = poll<CaseDoc>(() => {
    const wanted = id()
    return wanted === null ? null : `/findings/${wanted}`
  })
  let seen = acts.applied
  $effect(() => {
    if (acts.applied === seen) return
    seen = acts.applied
    void file.refresh()
  })
  return file
}
