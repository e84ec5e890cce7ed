import type { Asset } from '../catalog/asset.ts'
import type { AssetFact } from '../catalog/fact.ts'
import type { AssetPatch } from '../catalog/ports.ts'
import { isAudioType } from '../catalog/video-type.ts'
import { assertNever } from '../shared/assert-never.ts'
import { transcodes } from '../templates/system-groups.ts'

/** The kinds of durable work; each has one `*.task.ts`. */
export type Step = 'transfer' | 'probe' | 'cover' | 'transcode' | 'remove'

export interface Decision {
  readonly patch?: AssetPatch
  readonly start: readonly Step[]
  /** Ends whatever still runs or waits for this asset. */
  readonly cancelWork?: boolean
}

/**
 * What happens next to an asset. The only place that knows the order of things: capabilities say what happened, this says
 * what follows. `asset` is the state after the fact, read in the same transaction.
 */
export const decide = (asset: Asset, fact: AssetFact): Decision => {
  switch (fact.type) {
    case 'imported':
      return { start: ['transfer'] }
    case 'transferred':
      // Publishing follows the verified transfer and does not wait for the transcode (decisions.md 5.1).
      return { start: ['probe'], ...(asset.publishWhenReady && { patch: { published: true } }) }
    case 'probed':
      return afterProbe(asset)
    case 'work_cancelled':
      return { start: [], cancelWork: true }
    case 'deleted':
      return { start: ['remove'], cancelWork: true }
    default:
      return assertNever(fact)
  }
}

const afterProbe = (asset: Asset): Decision => {
  const picture = asset.media?.video || asset.media?.pictureStream !== undefined
  const start: Step[] = picture ? ['cover'] : []
  if (!transcodes(asset.templateGroup)) return { start }
  if (isAudioType(asset.videoType)) {
    return { start, patch: { transcode: { state: 'none', note: 'audio files are not transcoded' } } }
  }
  return { start: [...start, 'transcode'], patch: { transcode: { state: 'waiting' } } }
}
