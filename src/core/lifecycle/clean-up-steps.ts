import type { Asset } from '../catalog/asset.ts'
import { STEPS, type Step } from '../catalog/steps.ts'
import { graceSeconds } from '../catalog/stream-files.ts'

export interface StepStart {
  readonly step: Step
  readonly delaySeconds?: number
  /** What might be divided is not. */
  readonly whole?: true
  /** So many tasks, and when all are done, another step. */
  readonly shared?: { readonly parts: number; readonly next: Step }
}

/**
 * A worker that lost its claim may still write for some seconds; a copy that it began inside the store may go on for 15
 * minutes (the S3 adapter's limit). Each is followed by a sweep.
 */
export const SWEEPS: readonly StepStart[] = [
  { step: 'sweep' },
  { step: 'sweep', delaySeconds: 60 },
  { step: 'sweep', delaySeconds: 20 * 60 },
]

/** Of what was replaced. A viewer's request that has read the row before may still be on its way to the object. */
export const SWEEPS_BEHIND_VIEWERS: readonly StepStart[] = [
  { step: 'sweep', delaySeconds: 10 },
  { step: 'sweep', delaySeconds: 20 * 60 },
]

/**
 * Of what is not to be seen any more. What an edge was asking for just then, it keeps behind the first one: a segment takes moments,
 * a whole film some minutes.
 */
export const PURGES: readonly StepStart[] = [
  { step: 'purge', delaySeconds: 5 },
  { step: 'purge', delaySeconds: 20 * 60 },
]

/** Clocks of workers differ, and a piece of a preview may have been begun at the last moment. */
const LATE_SECONDS = 60 + STEPS.preview.timeoutSeconds

/** When nobody needs the files any more that were kept for players. */
export const sweepRetired = (asset: Asset): readonly StepStart[] =>
  asset.retired?.length ? [{ step: 'sweep', delaySeconds: graceSeconds(asset) + LATE_SECONDS }] : []

/** A watermark that was deleted meanwhile waited for this. */
export const sweepMarks = ({ transcodeSettings }: Asset): readonly StepStart[] =>
  transcodeSettings?.marks?.length ? [{ step: 'sweep' }] : []

/**
 * When nobody plays the source any more who began before there were renditions. It waits by itself for whatever else needs the source. What
 * lies with the tenant is theirs.
 */
export const releaseOf = (asset: Asset): readonly StepStart[] => {
  const { releasesSource, sourceRemoved, output, transcode } = asset
  return releasesSource && !sourceRemoved && !output && transcode.state === 'succeeded'
    ? [{ step: 'release', delaySeconds: graceSeconds(asset) }]
    : []
}
