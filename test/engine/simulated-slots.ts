import type { Transaction } from 'kysely'
import type { DB } from '../../src/adapters/postgres/schema.generated.ts'
import { QUEUES, type Queue } from '../../src/core/shared/task.ts'
import type { Claim, Engine } from '../../src/engine/engine.ts'

/** What a task does when its time is over, in the transaction that completes it. */
export type Simulated = (claim: Claim) => {
  readonly seconds: number
  readonly effect?: (trx: Transaction<DB>) => Promise<void>
}

export interface Ended {
  readonly claim: Claim
  /** Of the virtual clock. */
  readonly beganAt: number
  readonly endedAt: number
}

const WORKER = 1

/**
 * Slots of workers on the real engine with a virtual clock: what is free fetches, then the clock jumps to the running task that
 * ends first. Nothing waits, so a hundred hours of encoding take as long as their statements.
 */
export class SimulatedSlots {
  nowSeconds = 0
  readonly #engine: Engine<DB>
  readonly #slots: Readonly<Partial<Record<Queue, number>>>
  readonly #simulate: Simulated
  #running: readonly (Ended & { readonly effect: NonNullable<ReturnType<Simulated>['effect']> })[] = []

  constructor(engine: Engine<DB>, slots: Readonly<Partial<Record<Queue, number>>>, simulate: Simulated) {
    this.#engine = engine
    this.#slots = slots
    this.#simulate = simulate
  }

  /** Begins what can begin, lets the next task end, and begins what can begin then. `undefined`: nothing runs. */
  async step(): Promise<Ended | undefined> {
    await this.fill()
    const [next, ...others] = this.#running.toSorted((one, other) => one.endedAt - other.endedAt)
    if (!next) return undefined
    this.#running = others
    this.nowSeconds = next.endedAt
    const answer = await this.#engine.complete(next.claim, next.effect)
    if (answer !== 'done') throw new Error(`${next.claim.kind} was ${answer}`)
    await this.fill()
    return next
  }

  /** All that ends until the predicate holds for one of them, that one too. */
  async until(isLast: (ended: Ended) => boolean): Promise<readonly Ended[]> {
    const all: Ended[] = []
    for (;;) {
      const ended = await this.step()
      if (!ended) throw new Error('there is nothing left to run')
      all.push(ended)
      if (isLast(ended)) return all
    }
  }

  /** As workers do: every free slot of a queue takes a task, one by one. */
  async fill(): Promise<void> {
    for (const queue of QUEUES) {
      const used = this.#running.filter(({ claim }) => claim.queue === queue).length
      for (let free = (this.#slots[queue] ?? 0) - used; free > 0; free--) {
        const [claim] = await this.#engine.fetch(queue, 1, WORKER)
        if (!claim) break
        const { seconds, effect = async () => undefined } = this.#simulate(claim)
        const task = { claim, beganAt: this.nowSeconds, endedAt: this.nowSeconds + seconds, effect }
        this.#running = [...this.#running, task]
      }
    }
  }
}
