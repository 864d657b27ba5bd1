/** The words of this face: they come with its code. */
import { addWords } from '../../i18n/index.svelte'
import { firm } from '../../i18n/zh/firm'
import { procedure } from '../../i18n/zh/procedure'

addWords({ firm, procedure })
