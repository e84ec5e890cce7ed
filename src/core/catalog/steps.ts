import type { AssetId } from '../shared/ids.ts'
import type { Queue } from '../shared/task.ts'

/** How each kind of work is queued. The adapter that starts a step and the task that does it both read this. */
export const STEPS = {
  transfer: { queue: 'io', retryLimit: 5, timeoutSeconds: 6 * 3600 },
  probe: { queue: 'probe', retryLimit: 3, timeoutSeconds: 600 },
  cover: { queue: 'light', retryLimit: 3, timeoutSeconds: 300 },
  transcode: { queue: 'chunk', retryLimit: 3, timeoutSeconds: 24 * 3600 },
  sweep: { queue: 'light', retryLimit: 10, timeoutSeconds: 3600 },
} as const satisfies Record<string, StepSettings>

interface StepSettings {
  readonly queue: Queue
  readonly retryLimit: number
  readonly timeoutSeconds: number
}

export type Step = keyof typeof STEPS

/** The input of every task of an asset. */
export interface StepInput {
  readonly assetId: AssetId
  /** Fresh per step and kept over its retries: names what this step writes, so that a retry overwrites its own files only. */
  readonly run: string
}
