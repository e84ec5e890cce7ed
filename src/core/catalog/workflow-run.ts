import { assertNever } from '../shared/assert-never.ts'
import type { AssetId } from '../shared/ids.ts'
import type { Asset } from './asset.ts'
import { type AudioPlan, soundDefect } from './audio-plan.ts'
import { CANCELLED } from './cancel-work.ts'

/** In the order in which they are shown; all of an asset run at the same time. */
export const WORKFLOW_TASKS = ['transcode', 'snapshots', 'review', 'extraction'] as const
export type WorkflowTask = (typeof WORKFLOW_TASKS)[number]

/**
 * That an asset was made with a workflow. What its tasks are to do is in the asset, as if the call had said it, and so is what became of
 * them; only the sound, which becomes another asset, has its plan here.
 */
export interface WorkflowRun {
  /** Of the workflow when the asset was made. */
  readonly name: string
  readonly tasks: readonly WorkflowTask[]
  readonly audio?: AudioPlan
  /** The asset's work was cancelled before anybody had looked at the source. */
  readonly cancelled?: true
}

export interface TaskResult {
  readonly task: WorkflowTask
  readonly state: TaskState
  /** Why it failed or was skipped, or what should be known of its result. */
  readonly reason?: string
  /** The asset that was made of the sound. */
  readonly audioId?: AssetId
}

/** `skipped`: it cannot apply to this asset, or what it made was deleted. */
export type TaskState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'skipped'

/** How each task of the asset's workflow stands; none without one. `audio`: the asset of the sound, once there is one. */
export const workflowResults = (asset: Asset, audio: Asset | undefined): readonly TaskResult[] =>
  (asset.workflow?.tasks ?? []).map((task) => ({ task, ...resultOf(task, asset, audio) }))

type Result = Omit<TaskResult, 'task'>

const resultOf = (task: WorkflowTask, asset: Asset, audio: Asset | undefined): Result => {
  switch (task) {
    case 'transcode':
      return transcodeResult(asset)
    case 'snapshots':
      return snapshotResult(asset)
    case 'review':
      return reviewResult(asset)
    case 'extraction':
      return audio ? { ...transcodeResult(audio), audioId: audio.id } : notBegun(asset, soundDefect(asset))
    default:
      return assertNever(task)
  }
}

const transcodeResult = (asset: Asset): Result => {
  const { transcode } = asset
  switch (transcode.state) {
    case 'none':
      return notBegun(asset, transcode.note)
    case 'failed':
      return { state: 'failed', reason: transcode.reason }
    case 'succeeded':
      return { state: 'succeeded', ...(transcode.note !== undefined && { reason: transcode.note }) }
    case 'waiting':
    case 'running':
      return { state: transcode.state }
    default:
      return assertNever(transcode)
  }
}

const snapshotResult = (asset: Asset): Result => {
  const { snapshots } = asset
  switch (snapshots.state) {
    case 'none':
      return notBegun(asset, snapshots.note)
    case 'wanted':
      return notBegun(asset, undefined)
    case 'failed':
      return { state: 'failed', reason: snapshots.reason }
    case 'succeeded':
      return { state: 'succeeded', ...(snapshots.note !== undefined && { reason: snapshots.note }) }
    case 'running':
      return { state: 'running' }
    default:
      return assertNever(snapshots)
  }
}

const reviewResult = (asset: Asset): Result => {
  const { review } = asset
  switch (review?.state) {
    case undefined:
    case 'wanted':
      return notBegun(asset, undefined)
    case 'failed':
      return { state: 'failed', reason: review.reason }
    case 'running':
      return { state: 'running' }
    case 'passed':
    case 'suspicious':
    case 'blocked':
      return { state: 'succeeded' }
    default:
      return assertNever(review)
  }
}

/** What is not begun may begin until the source was looked at; from then on it never will. */
const notBegun = ({ ingest, media, workflow }: Asset, note: string | undefined): Result => {
  switch (ingest.state) {
    case 'creating':
      return { state: 'waiting' }
    case 'failed':
      return { state: 'failed', reason: ingest.reason }
    case 'created':
      if (workflow?.cancelled) return { state: 'failed', reason: CANCELLED }
      return media ? { state: 'skipped', reason: note ?? TAKEN_BACK } : { state: 'waiting' }
    case 'deleted':
      return { state: 'skipped', reason: TAKEN_BACK }
    default:
      return assertNever(ingest)
  }
}

const TAKEN_BACK = 'It was deleted, or taken back, on request'
