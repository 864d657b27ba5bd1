/** Names of items in the language of the screen; the server's documents carry Chinese ones only. */
import { getContext, setContext } from 'svelte'
import { live } from '../../../db'
import { language } from '../../../i18n/index.svelte'
import { findItem, loadCatalogue, type Catalogue } from '../data/queries'

interface Names {
  readonly catalogue: Catalogue | undefined
  /** Short name of an item; `fallback` where the catalogue is missing or does not know it. */
  of(code: string, fallback: string): string
}

const KEY = Symbol('names')

/** The catalogue as the face asked for it. */
export const names = (): Names => getContext<Names>(KEY)

/** Asks once for the whole face, when `may` says so. Call while the face initialises. */
export function provideNames(may: () => boolean = () => true): Names {
  const catalogue = live(['catalogue'], async () => (may() ? loadCatalogue() : undefined))
  return setContext(KEY, {
    get catalogue() {
      return catalogue.value
    },
    of(code, fallback) {
      const item = findItem(catalogue.value, code)
      if (!item) return fallback
      return language() === 'en' ? item.name_en : item.short_name
    },
  })
}
