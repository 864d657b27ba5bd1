/** The words of this face: they come with its code. */
import { addWords } from '../../i18n/index.svelte'
import { admin } from '../../i18n/zh/admin'
import { ladder } from '../../i18n/zh/ladder'
import { messages } from '../../i18n/zh/messages'
import { powers } from '../../i18n/zh/powers'

addWords({ admin, ladder, messages, powers })
