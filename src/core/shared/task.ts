/** Queues by the resource that their tasks use up; each has its own number of slots per worker. */
export const QUEUES = ['demand', 'io', 'probe', 'chunk', 'light', 'edge'] as const
export type Queue = (typeof QUEUES)[number]

/** Of a tenant among those that wait for the same queue; an ordinary one has 1. 1, 2, 3, 4, 6 and 12 are exact, the others nearly so. */
export const MAX_WEIGHT = 12

export interface TaskContext {
  /** Fires when the claim was lost, the work cancelled, or the worker drains out of time. All waits end with it. */
  readonly signal: AbortSignal
  /** 1 for the first try. */
  readonly attempt: number
  /**
   * 32 hex digits, fresh for every try. Names what a try stores, so that one whose worker lost its claim without noticing yet
   * never overwrites what another try has stored.
   */
  readonly tryId: string
  /** Whether there was an earlier try, also one that does not count in `attempt`: it may have left something. */
  readonly repeated: boolean
  /** Share done, 0..1; kept and sent with the next heartbeat. */
  progress(share: number): void
}

/**
 * A failure that trying again cannot mend: bad media, a vanished source. `reason` is for the person who owns the asset:
 * what failed, on which thing, and why; no paths, addresses or secrets of ours.
 */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure'
}

/**
 * A failure that may be the task's own fault or bad luck: it took too long, the result did not pass its check. Tried again a few
 * times only, while any other error (a store or a network that is away) is tried again for hours. `reason` as above.
 */
export class SuspectFailure extends Error {
  override readonly name = 'SuspectFailure'
}

/**
 * A process of the try's was killed by somebody else (the kernel for want of memory, an operator), as the worker itself may be:
 * counts like its worker's death. `reason` says who was killed.
 */
export class KilledFailure extends Error {
  override readonly name = 'KilledFailure'
}

/**
 * One kind of durable work. `run` does everything slow outside any transaction and answers what to write in the same
 * transaction that completes the task; it may run twice, late, or stop half way, so what it
 * stores has the same content each time or is named after the try.
 */
export interface TaskDefinition<Input, Tx> {
  readonly kind: string
  readonly queue: Queue
  /** The whole try, in seconds; then it ends as a `SuspectFailure`. */
  readonly timeoutSeconds: number
  run(input: Input, context: TaskContext): Promise<Commit<Tx>>
  /** Written in the transaction that gives the task up, with the last reason. */
  failed(input: Input, reason: string): Commit<Tx>
  /** Optional: written when a try begins, if the claim still holds, e.g. "now running". Again with every try. */
  started?(input: Input): Commit<Tx>
}

export type Commit<Tx> = (tx: Tx) => Promise<void>
