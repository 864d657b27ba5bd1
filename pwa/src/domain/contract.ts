/** The rules that were generated with the server, put into the build. */
import type { Rules } from './rules'

const NONE: Rules = {
  finding: { states: [], transitions: [], closed: [], progress: {}, max_orders: 0 },
  notice: { states: [], transitions: [] },
  visit: { states: [], transitions: [] },
}

const found = import.meta.glob<Rules>('../../../contract/rules.json', { eager: true, import: 'default' })

/** `contract/rules.json`. Without the file nothing is offered, and the server would refuse it anyway. */
export const rules: Rules = Object.values(found)[0] ?? NONE
