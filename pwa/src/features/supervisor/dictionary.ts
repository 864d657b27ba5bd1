/** The words of this face: they come with its code. */
import { addWords } from '../../i18n/index.svelte'
import { admin } from '../../i18n/zh/admin'
import { ending } from '../../i18n/zh/ending'
import { ladder } from '../../i18n/zh/ladder'
import { messages } from '../../i18n/zh/messages'
import { procedure } from '../../i18n/zh/procedure'
import { supervisor } from '../../i18n/zh/supervisor'
import { transfers } from '../../i18n/zh/transfers'

addWords({ admin, ending, ladder, messages, procedure, supervisor, transfers })
