import { assertNever } from '../shared/assert-never.ts'

/** Which pictures of a film to make, as a call or a workflow asks for it. */
export interface SnapshotSettings {
  readonly points: SnapshotPoints
  /** Which of the pictures, in the order of the film and as they are listed, becomes the cover, from 1; beyond the last one it is the last one. */
  readonly coverPosition: number
  readonly shape: StillShape
  /** Longest side in pixels; absent: the film's own size. Nothing is ever made larger. */
  readonly maxSide?: number
}

/** All in whole seconds from the beginning. */
export type SnapshotPoints =
  /** From the first frame on to the last one. */
  | { readonly type: 'interval'; readonly seconds: number }
  | { readonly type: 'points'; readonly seconds: readonly number[] }
  /** So many, spread over the film, or with this gap between them. */
  | { readonly type: 'count'; readonly count: number; readonly gapSeconds?: number }

/** `16:9`: with black bars where the film has another shape; never stretched. */
export type StillShape = 'source' | '16:9'

/**
 * The snapshots of an asset. There is one task at a time: a new one takes the place of the last one, and of its pictures when it
 * succeeds. `wanted`: it begins when the source is in place.
 */
export type Snapshots =
  | { readonly state: 'none'; readonly note?: string }
  | (SnapshotTask & { readonly state: 'wanted' })
  | (SnapshotTask & Earlier & { readonly state: 'running' })
  | (MadeSnapshots & { readonly state: 'succeeded' })
  | (SnapshotTask & Earlier & { readonly state: 'failed'; readonly reason: string })

interface Earlier {
  /** What an earlier task left, which is served as long as this one has not succeeded. */
  readonly before?: MadeSnapshots
}

/** A task that succeeded. */
export interface MadeSnapshots extends SnapshotTask, Pictures {
  /** What was asked for and could not be. */
  readonly note?: string
}

/** What a task recorded when it succeeded. */
export interface Pictures {
  /** The try that made them, after which their objects are named; absent: by their seconds alone, as the first version did. */
  readonly run?: string
  /** Seconds of which there is a picture, ascending. */
  readonly offsets: readonly number[]
}

export interface SnapshotTask {
  /** 32 hex digits; what the list of snapshot tasks calls it. */
  readonly task: string
  readonly settings: SnapshotSettings
}

/** The most pictures of one task: the vendor's lists go no further. A picture each second of 5 hours 41 minutes. */
export const MAX_SNAPSHOTS = 20_480

/**
 * Seconds of a film of that length at which pictures are wanted, ascending and each once; more of `points` and `count` than
 * the film may have. `undefined`: more than may be made.
 */
export const wantedOffsets = (points: SnapshotPoints, durationMs: number): readonly number[] | undefined => {
  switch (points.type) {
    case 'interval': {
      const count = Math.max(1, Math.ceil(durationMs / 1000 / points.seconds))
      return count > MAX_SNAPSHOTS ? undefined : Array.from({ length: count }, (_, n) => n * points.seconds)
    }
    case 'points':
      return [...new Set(points.seconds)].toSorted((a, b) => a - b)
    case 'count': {
      const gap = points.gapSeconds ?? durationMs / 1000 / points.count
      return [...new Set(Array.from({ length: points.count }, (_, n) => Math.floor(n * gap)))]
    }
    default:
      return assertNever(points)
  }
}

/** The task whose snapshots are served now. */
export const servedTask = (snapshots: Snapshots): MadeSnapshots | undefined => {
  switch (snapshots.state) {
    case 'none':
    case 'wanted':
      return undefined
    case 'running':
    case 'failed':
      return snapshots.before
    case 'succeeded': {
      const { state: _, ...made } = snapshots
      return made
    }
    default:
      return assertNever(snapshots)
  }
}

/** The snapshots that are served now. */
export const servedPictures = (snapshots: Snapshots): Pictures => servedTask(snapshots) ?? NO_PICTURES

/** Without the task that is there now: what a task before it left is served on, and can be deleted itself. */
export const withoutTask = (snapshots: Snapshots): Snapshots => {
  const before = 'before' in snapshots ? snapshots.before : undefined
  return before ? { state: 'succeeded', ...before } : { state: 'none' }
}

const NO_PICTURES: Pictures = { offsets: [] }

export const taskOf = (snapshots: Snapshots): SnapshotTask | undefined =>
  snapshots.state === 'none' ? undefined : snapshots
