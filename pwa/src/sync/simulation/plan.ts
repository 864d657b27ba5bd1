/** What happens in a run, as data: a seed makes it, and a failure is shrunk by leaving parts of it out. */
import { chance } from './scheduler'
import { NO_LUCK, type Luck } from './world'

/** What a person (or fate) does; numbers choose among what is there, modulo its count. */
export type Act =
  | { do: 'check in'; text: '' | 'refuse' }
  | { do: 'save'; sizes: number[]; text: Trouble; visit: boolean; original: boolean; bad: boolean }
  | { do: 'add photos'; sizes: number[]; of: number }
  | { do: 'draft'; size: number }
  | { do: 'drop draft' }
  | { do: 'mend'; which: number }
  | { do: 'resend'; which: number }
  | { do: 'spoil'; which: number; how: 'damaged' | 'lost' }
  | { do: 'wake'; pull: boolean }
  | { do: 'send now' }
  | { do: 'new tab' }
  | { do: 'close tab' }
  | { do: 'clock'; by: number }
  | { do: 'network'; on: boolean }
  | { do: 'wifi'; on: boolean }
  | { do: 'sign out' }
  | { do: 'expire' }
  | { do: 'sign in'; user: string; heard: boolean }
  | { do: 'revoke' }
  | { do: 'new key' }
  | { do: 'too old'; on: boolean }
  | { do: 'take away' }

/** Content that makes trouble: refused for good, a 500, a worker that dies, a whole batch that is refused. */
export type Trouble = '' | 'refuse' | 'choke' | 'kill' | 'malformed'

export interface Plan {
  seed: number
  luck: Luck
  lockless: boolean
  /** Each with the ms that pass before it. */
  acts: { wait: number; act: Act }[]
}

export const USERS = ['user-a', 'user-b'] as const
const DAY = 86_400_000

/** The plan of a seed. Most runs have little of many things, some have much of one. */
export function planOf(seed: number): Plan {
  const random = chance(seed)
  const among = <T>(...list: T[]): T => list[Math.floor(random() * list.length)]!
  const some = (p: number, most: number): number => (random() < p ? random() * most : 0)
  const luck: Luck = {
    ...NO_LUCK,
    lostBefore: some(0.5, 0.4),
    lostAfter: some(0.5, 0.4),
    late: some(0.3, 0.3),
    twice: some(0.4, 0.5),
    trouble: some(0.3, 0.4),
    forged: some(0.2, 0.3),
    storage: some(0.25, 0.15),
    crash: some(0.5, 0.03),
  }
  const size = (): number =>
    among(200, 200, 1_000, 1_000, 17_000, 40_000, 70_000, 140_000) + Math.floor(random() * 900)
  const sizes = (least: number): number[] =>
    Array.from({ length: least + Math.floor(random() * 3) }, () => size())
  const wild = random() < 0.3
  const act = (): Act => {
    const dice = random()
    if (dice < 0.1) return { do: 'check in', text: random() < 0.1 ? 'refuse' : '' }
    if (dice < 0.5)
      return {
        do: 'save',
        sizes: sizes(1),
        text: wild && random() < 0.4 ? among('refuse', 'choke', 'kill', 'malformed') : '',
        visit: random() < 0.5,
        original: random() < 0.2,
        bad: random() < 0.04,
      }
    if (dice < 0.58) return { do: 'add photos', sizes: sizes(1), of: Math.floor(random() * 9) }
    if (dice < 0.62) return { do: 'draft', size: size() }
    if (dice < 0.64) return { do: 'drop draft' }
    if (dice < 0.68) return { do: 'mend', which: Math.floor(random() * 9) }
    if (dice < 0.7) return { do: 'resend', which: Math.floor(random() * 9) }
    if (dice < 0.71) return { do: 'spoil', which: Math.floor(random() * 9), how: among('damaged', 'lost') }
    if (dice < 0.76) return { do: 'wake', pull: random() < 0.5 }
    if (dice < 0.78) return { do: 'send now' }
    if (dice < 0.82) return { do: 'new tab' }
    if (dice < 0.84) return { do: 'close tab' }
    if (dice < 0.87) return { do: 'clock', by: among(-2 * DAY, 2 * DAY, -600_000, 600_000) }
    if (dice < 0.91) return { do: 'network', on: random() < 0.6 }
    if (dice < 0.92) return { do: 'wifi', on: random() < 0.5 }
    if (dice < 0.93) return { do: 'sign out' }
    if (dice < 0.94) return { do: 'expire' }
    if (dice < 0.965) return { do: 'sign in', user: among(...USERS), heard: random() < 0.7 }
    if (dice < 0.97) return { do: 'revoke' }
    if (dice < 0.977) return { do: 'new key' }
    if (dice < 0.982) return { do: 'too old', on: true }
    return { do: 'take away' }
  }
  const acts = Array.from({ length: 3 + Math.floor(random() * 12) }, () => ({
    wait: Math.floor(random() * among(50, 2_000, 90_000)),
    act: act(),
  }))
  return { seed, luck, lockless: random() < 0.08, acts }
}

/** Smaller plans, the most radical first. */
export function* smaller(plan: Plan): Generator<Plan> {
  for (let n = Math.floor(plan.acts.length / 2); n >= 1; n = Math.floor(n / 2)) {
    for (let at = 0; at + n <= plan.acts.length; at += n) {
      yield { ...plan, acts: [...plan.acts.slice(0, at), ...plan.acts.slice(at + n)] }
    }
  }
  for (const key of Object.keys(plan.luck) as (keyof Luck)[]) {
    if (plan.luck[key] > 0) yield { ...plan, luck: { ...plan.luck, [key]: 0 } }
  }
  if (plan.lockless) yield { ...plan, lockless: false }
  for (const [at, { wait, act }] of plan.acts.entries()) {
    if (act.do !== 'save' && act.do !== 'add photos') continue
    if (act.sizes.length < 2 && act.sizes[0]! <= 200) continue
    const acts = [...plan.acts]
    acts[at] = { wait, act: { ...act, sizes: [200] } }
    yield { ...plan, acts }
  }
}
