/** The words of this face: they come with its code. */
import { addWords } from '../../i18n/index.svelte'
import { firm } from '../../i18n/zh/firm'
import { inspector } from '../../i18n/zh/inspector'
import { ladder } from '../../i18n/zh/ladder'
import { messages } from '../../i18n/zh/messages'
import { procedure } from '../../i18n/zh/procedure'

addWords({ firm, inspector, ladder, messages, procedure })
