/** How loudly the state of a notice is said. */
import type { Tone } from '../../../ui'
import type { NoticeDoc, NoticeItemDoc } from '../model'

export function noticeTone(state: NoticeDoc['state']): Tone {
  if (state === 'replied') return 'wait'
  if (state === 'complied') return 'ok'
  return state === 'partly' || state === 'not_complied' ? 'major' : 'plain'
}

export function itemTone(state: NoticeItemDoc['state']): Tone {
  if (state === 'answered') return 'wait'
  if (state === 'passed') return 'ok'
  return state === 'failed' ? 'major' : 'plain'
}
