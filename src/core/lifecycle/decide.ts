import type { Asset } from '../catalog/asset.ts'
import type { AssetFact } from '../catalog/fact.ts'
import type { AssetPatch } from '../catalog/ports.ts'
import type { Step } from '../catalog/steps.ts'
import { isAudioType } from '../catalog/video-type.ts'
import { assertNever } from '../shared/assert-never.ts'
import { transcodes } from '../templates/system-groups.ts'

/** What follows from a fact: a change of the asset, work to start, work to end. */
export interface Decision {
  readonly patch?: AssetPatch
  readonly start: readonly StepStart[]
  /** Ends whatever still runs or waits for this asset. */
  readonly cancelWork?: boolean
}

export interface StepStart {
  readonly step: Step
  readonly delaySeconds?: number
}

// A worker notices within a heartbeat that its claim was cancelled; until then it may still write. The second sweep comes after it.
const LATE_SWEEP_SECONDS = 30

/**
 * What happens next to an asset. The only place that knows the order of things: capabilities say what happened, this says
 * what follows. `asset` is the state after the fact, read in the same transaction.
 */
export const decide = (asset: Asset, fact: AssetFact): Decision => {
  switch (fact.type) {
    case 'imported':
      return { start: [{ step: 'transfer' }] }
    case 'transferred':
      // Publishing follows the verified transfer and does not wait for the transcode (decisions.md 5.1).
      return { start: [{ step: 'probe' }], ...(asset.publishWhenReady && { patch: { published: true } }) }
    case 'probed':
      return afterProbe(asset)
    case 'ingest_failed':
    case 'transcode_failed':
    case 'source_removed':
      return { start: [{ step: 'sweep' }] }
    case 'work_cancelled':
      return { start: [{ step: 'sweep', delaySeconds: LATE_SWEEP_SECONDS }], cancelWork: true }
    case 'deleted':
      return { start: [{ step: 'sweep' }, { step: 'sweep', delaySeconds: LATE_SWEEP_SECONDS }], cancelWork: true }
    default:
      return assertNever(fact)
  }
}

const afterProbe = (asset: Asset): Decision => {
  const hasPicture = asset.media?.video !== undefined || asset.media?.pictureStream !== undefined
  const cover: readonly StepStart[] = hasPicture ? [{ step: 'cover' }] : []
  if (!transcodes(asset.templateGroup)) return { start: cover }
  if (isAudioType(asset.videoType)) {
    return { start: cover, patch: { transcode: { state: 'none', note: 'Audio files are not transcoded' } } }
  }
  return { start: [...cover, { step: 'transcode' }], patch: { transcode: { state: 'waiting' } } }
}
