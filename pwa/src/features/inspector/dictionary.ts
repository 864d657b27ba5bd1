/** The words of this face: they come with its code. */
import { addWords } from '../../i18n/index.svelte'
import { inspector } from '../../i18n/zh/inspector'
import { messages } from '../../i18n/zh/messages'
import { slip } from '../../i18n/zh/slip'

addWords({ inspector, messages, slip })
