/**
 * One thing at a time: everything that the engine waits for is a task here, and chance decides which comes to its end
 * next. Nothing else makes time pass, so that a seed repeats a run exactly.
 */

/** Whoever waits. What waits for the dead never happens. */
export interface Actor {
  alive: boolean
}

/** The network and the server outlive every page. */
export const WORLD: Actor = { alive: true }

interface Task {
  actor: Actor
  run: () => void
}

/** mulberry32: numbers in [0, 1) that a seed repeats exactly. */
export function chance(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export class Scheduler {
  /** ms since the beginning. */
  ticks = 1_000
  steps = 0
  #tasks: Task[] = []
  #timers: (Task & { at: number })[] = []

  constructor(readonly random: () => number) {}

  /** Something will happen to `actor`, in its turn. */
  soon(actor: Actor, run: () => void): void {
    this.#tasks.push({ actor, run })
  }

  /** The same, not before `ms` have passed. Returns what calls it off. */
  later(actor: Actor, ms: number, run: () => void): () => void {
    const timer = { actor, at: this.ticks + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  /** `act` happens in its turn, and its outcome is told in another: between the two, and before, a page may die. */
  point<T>(actor: Actor, act: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const tell = (run: () => void): void => this.soon(actor, run)
      this.soon(actor, () => {
        let outcome: T | Promise<T>
        try {
          outcome = act()
        } catch (error) {
          return tell(() => reject(error))
        }
        Promise.resolve(outcome).then(
          (value) => tell(() => resolve(value)),
          (error) => tell(() => reject(error)),
        )
      })
    })
  }

  /** One step, and all that follows from it at once. False when nothing will ever happen again. */
  async step(): Promise<boolean> {
    const living = ({ actor }: Task): boolean => actor.alive
    if (!this.#tasks.every(living)) this.#tasks = this.#tasks.filter(living)
    if (!this.#timers.every(living)) this.#timers = this.#timers.filter(living)
    const due = this.#timers.filter((timer) => timer.at <= this.ticks)
    const n = this.#tasks.length + due.length
    if (n > 0) {
      const pick = Math.floor(this.random() * n)
      const timer = due[pick - this.#tasks.length]
      if (timer) {
        this.#timers = this.#timers.filter((each) => each !== timer)
        timer.run()
      } else {
        const [task] = this.#tasks.splice(pick, 1)
        task!.run()
      }
    } else if (this.#timers.length > 0) {
      this.ticks = Math.min(...this.#timers.map((timer) => timer.at))
    } else return false
    this.steps += 1
    // A tick comes when no microtask is left: when we are back, everybody waits again. (A macrotask would do as well,
    // and take as long as the step.)
    await new Promise<void>((resolve) => process.nextTick(resolve))
    return true
  }
}
