/**
 * The dictionary. `m.common.save`, `m.common.net.pending(3)`: typed, and reactive inside components, since each
 * look reads the current language. The shell's own Chinese is in the first load, a face brings its words with its
 * code (its dictionary.ts), and English comes whole when someone asks for it.
 */
import type { Dictionary } from './zh'
import { app } from './zh/app'
import { common } from './zh/common'
import { dates } from './zh/dates'
import { problems } from './zh/problems'

export type { Dictionary }
export type Language = 'zh' | 'en'

const KEY = 'xunjian.language'

/** Chinese as far as it has been fetched. */
const chinese = { app, common, dates, problems } as Dictionary

let current = $state.raw<Dictionary>(chinese)
let chosen = $state<Language>('zh')

/** The words of the current language. */
export const m = new Proxy(chinese, { get: (_words, name) => current[name as keyof Dictionary] })

/** Adds Chinese words of a face; called by its dictionary.ts before anything of the face is drawn. */
export function addWords(words: Partial<Dictionary>): void {
  Object.assign(chinese, words)
}

/** The language shown now. */
export function language(): Language {
  return chosen
}

/** Shows another language and remembers the choice on this device. Rejects when its file cannot be fetched. */
export async function setLanguage(next: Language): Promise<void> {
  current = next === 'zh' ? chinese : (await import('./en')).en
  chosen = next
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // A browser that refuses to remember still shows the language for this visit.
  }
}

/** Takes up the remembered language at start; stays Chinese when its file is not to be had. */
export async function restoreLanguage(): Promise<void> {
  let saved: string | null = null
  try {
    saved = localStorage.getItem(KEY)
  } catch {
    saved = null
  }
  if (saved === 'en') await setLanguage('en').catch(() => undefined)
}
