import 'fake-indexeddb/auto'
import { addWords } from './i18n/index.svelte'
import { zh } from './i18n/zh'

// Parts are tried without the face that would have brought their words.
addWords(zh)
