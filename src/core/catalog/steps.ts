import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { Queue } from '../shared/task.ts'

/** A store, a disk or a database may be away for so long before anything is given up for it. */
const OUTAGE_SECONDS = 6 * 3600

/** How each kind of work is queued. The adapter that starts a step and the task that does it both read this. */
export const STEPS = {
  transfer: { queue: 'io', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 6 * 3600 },
  // Two requests to the store for each segment.
  adopt: { queue: 'io', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 2 * 3600 },
  probe: { queue: 'probe', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 600 },
  cover: { queue: 'light', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 300 },
  // Decodes all of the film where its keyframes are far apart.
  snapshots: { queue: 'light', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 6 * 3600 },
  // Looks at a picture every second of a long film, and decodes all of it where keyframes are far apart.
  review: { queue: 'light', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 6 * 3600 },
  storyboard: { queue: 'light', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 3600 },
  // Each of its encodes also ends by itself, in proportion to the duration of the source (`media-limits`).
  transcode: { queue: 'chunk', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 24 * 3600 },
  // Some of a long film each; the sound is all of it.
  chunk: { queue: 'chunk', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 6 * 3600 },
  // Reads what became a file, which may be all of it.
  join: { queue: 'io', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 6 * 3600 },
  // Some seconds of a film that a viewer waits for. What failed is not tried again at once: another viewer may ask.
  preview: { queue: 'demand', retryLimit: 1, retrySeconds: 30, timeoutSeconds: 180 },
  // Decodes all of a film that was remuxed. Nobody waits for it.
  inspect: { queue: 'chunk', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 6 * 3600 },
  // Segments under another key: what storing them took, without the encode.
  rewrite: { queue: 'io', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 6 * 3600 },
  // Tracks of a file that has no index for them lie all over it, so all of it is read.
  subtitles: { queue: 'io', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 6 * 3600 },
  // Never given up: on a static host the index would go on naming a run that is removed some hours later, and an old cover stay.
  index: { queue: 'light', retryLimit: 1_000, retrySeconds: 365 * 86_400, timeoutSeconds: 600 },
  // The sound alone is encoded many times faster than it lasts.
  extract: { queue: 'chunk', retryLimit: 2, retrySeconds: OUTAGE_SECONDS, timeoutSeconds: 6 * 3600 },
  // Edges that cannot be reached are noted and not waited for.
  preheat: { queue: 'edge', retryLimit: 1, retrySeconds: 3600, timeoutSeconds: 7200 },
  // Afterwards the log says so; what an edge keeps, it keeps for a day at most.
  purge: { queue: 'edge', retryLimit: 1, retrySeconds: 3600, timeoutSeconds: 7200 },
  // A try that still waits for other work ends with an error; so does the wait, only with the work.
  release: { queue: 'light', retryLimit: 1_000, retrySeconds: 365 * 86_400, timeoutSeconds: 60 },
  // Nobody would ever remove what a sweep that was given up left behind.
  sweep: { queue: 'light', retryLimit: 1_000, retrySeconds: 365 * 86_400, timeoutSeconds: 3600 },
} as const satisfies Record<string, StepSettings>

interface StepSettings {
  readonly queue: Queue
  /** Further tries after tries that took too long, or ended in another way that may be their own fault. */
  readonly retryLimit: number
  /** How long any other error but a permanent one is tried again. */
  readonly retrySeconds: number
  readonly timeoutSeconds: number
}

export type Step = keyof typeof STEPS

/** The input of every task of an asset. */
export interface StepInput {
  readonly assetId: AssetId
  /** Kept here too, because the sweep of a deleted asset may come after its project is gone, and the asset's row with it. */
  readonly projectId: ProjectId
}

/** Of a task that makes a piece of a preview; its subject is `previewSubject`. */
export interface PreviewInput extends StepInput {
  readonly run: string
  /** The first, from 0. */
  readonly segment: number
}

/** Work of the viewers', apart from the asset's own: there may be hundreds of pieces, and nothing waits for them. */
export const previewSubject = (id: AssetId): string => `preview ${id}`

/** Of a task that makes one part of many. */
export interface PartInput extends StepInput {
  /** From 0. */
  readonly part: number
}
