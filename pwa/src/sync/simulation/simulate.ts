/** Many runs, and of the first that breaks a promise the smallest plan that still breaks it. */
import { planOf, smaller, type Plan } from './plan'
import { run } from './run'
import type { World } from './world'

export { lighten } from './abort'

export interface Report {
  runs: number
  steps: number
  /** Null while all promises were kept. */
  failure: { seed: number; broken: string; plan: Plan } | null
}

const MOST_SHRINKS = 400

export async function simulate(
  first: number,
  runs: number,
  onprogress: (done: number, steps: number) => void = () => undefined,
  prepare?: (world: World) => void,
): Promise<Report> {
  let steps = 0
  for (let i = 0; i < runs; i++) {
    const plan = planOf(first + i)
    const outcome = await run(plan, prepare)
    steps += outcome.steps
    if (outcome.broken) {
      const least = await shrink(plan, outcome.broken, prepare)
      return { runs: i + 1, steps, failure: { seed: first + i, broken: outcome.broken, plan: least } }
    }
    if ((i + 1) % 1_000 === 0) onprogress(i + 1, steps)
  }
  return { runs, steps, failure: null }
}

/** A plan that fails in the same way (ids aside) with as little in it as can be found. */
async function shrink(plan: Plan, broken: string, prepare?: (world: World) => void): Promise<Plan> {
  const kind = (what: string): string => what.replace(/[0-9a-f-]{36}|\{.*$/g, '…')
  let least = plan
  let tries = 0
  for (let found = true; found;) {
    found = false
    for (const candidate of smaller(least)) {
      if (++tries > MOST_SHRINKS) return least
      const outcome = await run(candidate, prepare)
      if (outcome.broken && kind(outcome.broken) === kind(broken)) {
        least = candidate
        found = true
        break
      }
    }
  }
  return least
}
