/** What is known of a subject's work, for whoever estimates when it ends. Seconds are those of a slot, by what was measured here. */
export interface Outlook {
  /** Oldest first, at most 200 of the newest. */
  readonly steps: readonly StepOutlook[]
  /** Of the queues in which there are open steps of the subject. */
  readonly queues: ReadonlyMap<string, QueueLoad>
  /** Sessions of workers that are connected. */
  readonly workers: number
  /** How much longer each kind takes here than was expected; absent: never measured. */
  readonly paces: ReadonlyMap<string, number>
}

/** Tasks that run now: where tasks wait as well, so many slots there are. */
export interface QueueLoad {
  readonly running: number
  /** What is left of them. */
  readonly seconds: number
}

export interface StepOutlook {
  readonly kind: string
  readonly queue: string
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
  readonly createdAt: Date
  readonly endedAt: Date | undefined
  readonly tasks: number
  readonly done: number
  readonly running: number
  /** Of what runs, added up: shares done, and how long these tries have taken so far. */
  readonly runningShare: number
  readonly runningSeconds: number
  /** One task, on average. */
  readonly taskSeconds: number
  /** Tasks that compete in the queue; absent: there are none. */
  readonly queued: QueuePlace | undefined
  /** The next of its tasks that wait for a further try and do not compete until then. */
  readonly retry: Retry | undefined
}

export interface QueuePlace {
  /** Tasks before the step's first one; `MOST_COUNTED` stands for that many and more. */
  readonly before: number
  /** Of all that is served before the step's last task is through, that one too; absent: too far behind to tell. */
  readonly seconds: number | undefined
}

export interface Retry {
  /** May be past: then it has its turn with the next slot. */
  readonly at: Date
  readonly reason: string | undefined
}

/** What is counted and added up of a queue, whatever its length. */
export const MOST_COUNTED = 1_000
