import type { Random } from '../random.ts'
import type { Site } from '../site.ts'

export interface Blow {
  readonly site: Site
  readonly random: Random
  /** Fires when the storm is over: what lasts ends with it. */
  readonly signal: AbortSignal
}

/** One kind of mishap. */
export interface Fault {
  readonly name: string
  /** How often it comes, against the others. */
  readonly weight: number
  /**
   * Answers, when it is over, how much work it may have undone: how many slots lost what they did. `missed`: there was nothing
   * to hit.
   */
  strike(blow: Blow): Promise<Harm | 'missed'>
}

export interface Harm {
  readonly slots: number
  /** FFmpegs that were ended. */
  readonly ffmpegs: number
}

export const NO_HARM: Harm = { slots: 0, ffmpegs: 0 }
