import type { Asset } from '../catalog/asset.ts'
import { RETIRED_SECONDS } from '../catalog/encryption.ts'
import type { AssetFact } from '../catalog/fact.ts'
import type { AssetPatch } from '../catalog/ports.ts'
import type { Step } from '../catalog/steps.ts'
import { isAudioType } from '../catalog/video-type.ts'
import { assertNever } from '../shared/assert-never.ts'

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

/**
 * A worker that lost its claim may still write for some seconds; a copy that it began inside the store may go on for 15
 * minutes (the S3 adapter's limit). Each is followed by a sweep.
 */
const SWEEPS: readonly StepStart[] = [
  { step: 'sweep' },
  { step: 'sweep', delaySeconds: 60 },
  { step: 'sweep', delaySeconds: 20 * 60 },
]

const AFTER_RETIREMENT: StepStart = { step: 'sweep', delaySeconds: RETIRED_SECONDS + 60 }
const RELINK: StepStart = { step: 'relink' }

const isRelinking = ({ encryption }: Asset): boolean => encryption?.change?.state === 'relinking'

/**
 * What happens next to an asset. The only place that knows the order of things: capabilities say what happened, this says
 * what follows. `asset` is the state after the fact, read in the same transaction.
 */
export const decide = (asset: Asset, fact: AssetFact): Decision => {
  switch (fact.type) {
    case 'imported':
      return { start: [{ step: 'transfer' }] }
    case 'transferred':
      return { start: [{ step: 'probe' }], patch: afterTransfer(asset) }
    case 'probed':
      return afterProbe(asset)
    case 'transcoded':
      return { start: fact.repeated ? SWEEPS : [] }
    case 'ingest_failed':
      // A probe may have failed: what is no media file has no transcode to wait for.
      return { start: SWEEPS, ...(asset.transcode.state === 'waiting' && { patch: { transcode: { state: 'none' } } }) }
    case 'encryption_requested':
      return { start: [{ step: 'rewrite' }] }
    case 'segments_rewritten':
      return { start: [{ step: 'relink' }] }
    case 'encryption_changed':
      return { start: [...SWEEPS, ...(asset.encryption?.retired ? [AFTER_RETIREMENT] : [])] }
    case 'transcode_failed':
    case 'encryption_failed':
    case 'source_removed':
      return { start: SWEEPS }
    case 'work_cancelled':
      // A change of key that is recorded cannot be taken back: the master playlist would go on naming a run that is removed.
      return { start: [...SWEEPS, ...(isRelinking(asset) ? [RELINK] : [])], cancelWork: true }
    case 'deleted':
      return { start: SWEEPS, cancelWork: true }
    default:
      return assertNever(fact)
  }
}

/** Publishing follows the verified transfer and does not wait for the transcode (decisions.md 5.1), which now waits for the probe. */
const afterTransfer = (asset: Asset): AssetPatch => ({
  ...(asset.publishWhenReady && { published: true }),
  ...(asset.transcodeSettings && !isAudioType(asset.videoType) && { transcode: { state: 'waiting' } }),
})

const afterProbe = (asset: Asset): Decision => {
  const hasPicture = asset.media?.video !== undefined || asset.media?.pictureStream !== undefined
  const cover: readonly StepStart[] = hasPicture ? [{ step: 'cover' }] : []
  if (!asset.transcodeSettings) return { start: cover }
  if (isAudioType(asset.videoType)) {
    return { start: cover, patch: { transcode: { state: 'none', note: 'Audio files are not transcoded' } } }
  }
  return { start: [...cover, { step: 'transcode' }], patch: { transcode: { state: 'waiting' } } }
}
