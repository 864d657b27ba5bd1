/** Names of the catalogue's items in English: the server's documents carry the Chinese ones. */
import { language } from '../../i18n/index.svelte'
import { get } from '../../remote'

let english = $state.raw<ReadonlyMap<string, string> | null>(null)
let asked = false

interface Current {
  catalogue: { items: { code: string; name_en: string }[] }
}

async function load(): Promise<void> {
  asked = true
  try {
    const { catalogue } = await get<Current>('/checklists/current')
    english = new Map(catalogue.items.map((item) => [item.code, item.name_en]))
  } catch {
    // Chinese names stand until the next screen asks again.
    asked = false
  }
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The item's name in the language of the screen. Reactive. */
export function itemName(item: { item_code: string; item_name?: string; item_short_name?: string }): string {
  const chinese = item.item_short_name ?? item.item_name ?? item.item_code
  if (language() !== 'en') return chinese
  if (!asked) queueMicrotask(() => void (asked || load()))
  const name = english?.get(item.item_code)
  return name === undefined ? chinese : upper(name)
}
