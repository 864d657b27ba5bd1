/** An act with its words: performed, told in the toast with its way back, and what the server refused told too. */
import { StorageError } from '../../../db'
import { m } from '../../../i18n/index.svelte'
import { problemText } from '../../../i18n/problems'
import { toast } from '../../../ui'
import { acts, HOLD_MS, type Outcome } from './acts.svelte'

export interface Act {
  command: string
  body: Record<string, unknown>
  subjects: readonly string[]
  title: string
  /** What the toast says: 已确认「飞线充电」拾汀苑. */
  said: string
  onundone?: () => void
}

/** Performs an act that can be undone for eight seconds. Resolves with its outcome, however long that takes. */
export async function run(act: Act): Promise<Outcome> {
  let performed
  try {
    performed = await acts.perform(act.command, act.body, {
      subjects: act.subjects,
      title: act.title,
      hold: HOLD_MS,
    })
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    toast.show(problemText(error), { tone: 'attention' })
    act.onundone?.()
    return { status: 'undone' }
  }
  const { id } = performed
  toast.show(act.said, { undo: () => void acts.undo(id).catch(console.error) })
  const outcome = await performed.outcome
  if (outcome.status === 'undone') act.onundone?.()
  if (outcome.status === 'refused') {
    toast.show(m.supervisor.refused(act.title, problemText(outcome.problem)), { tone: 'attention' })
    act.onundone?.()
  }
  return outcome
}
