/**
 * The dictionary. `m.common.save`, `m.common.net.pending(3)`: typed, and reactive inside components, since each
 * getter reads the current language. Chinese is in the first load; English comes when someone asks for it.
 */
import { zh, type Dictionary } from './zh'

export type { Dictionary }
export type Language = 'zh' | 'en'

const KEY = 'xunjian.language'

let current = $state.raw<Dictionary>(zh)
let chosen = $state<Language>('zh')

/** The words of the current language. */
export const m: Dictionary = Object.defineProperties(
  {},
  Object.fromEntries(
    (Object.keys(zh) as (keyof Dictionary)[]).map((name) => [
      name,
      { enumerable: true, get: () => current[name] },
    ]),
  ),
) as Dictionary

/** The language shown now. */
export function language(): Language {
  return chosen
}

/** Shows another language and remembers the choice on this device. Rejects when its file cannot be fetched. */
export async function setLanguage(next: Language): Promise<void> {
  current = next === 'zh' ? zh : (await import('./en')).en
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
