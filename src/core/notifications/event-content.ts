import { madeRenditions } from '../catalog/adopted-file.ts'
import type { Asset } from '../catalog/asset.ts'
import { isEncrypted } from '../catalog/encryption.ts'
import type { Rendition } from '../catalog/rendition.ts'
import type { ReviewReport } from '../catalog/review.ts'
import { assertNever } from '../shared/assert-never.ts'
import type { EventContent, MadeFile, MadeOutputs, MadeSnapshots, Outcome } from './event.ts'
import type { Notice } from './notices-of.ts'

/** An asset and its outputs, as they are in the transaction of the fact. */
export interface Told {
  readonly asset: Asset
  readonly renditions: readonly Rendition[]
}

/** What an event says, settled for good. */
export const eventContent = (notice: Notice, { asset, renditions }: Told): EventContent => {
  const { kind } = notice
  switch (kind) {
    case 'createComplete':
    case 'audioExtractComplete':
      return { kind, outcome: outcomeOf(notice, () => fileOf(asset)) }
    case 'transcodeComplete':
      return {
        ...{ kind, templateGroup: notice.templateGroup ?? asset.templateGroup ?? '' },
        outcome: outcomeOf(notice, () => outputsOf(asset, renditions)),
      }
    case 'thumbnailComplete':
      return { kind, outcome: outcomeOf(notice, () => snapshotsOf(asset)) }
    case 'reviewComplete':
      return { kind, outcome: outcomeOf(notice, () => reportOf(notice)) }
    case 'coverComplete':
      return { kind, outcome: outcomeOf(notice, () => null) }
    default:
      return assertNever(kind)
  }
}

const outcomeOf = <Made>({ failure }: Notice, made: () => Made): Outcome<Made> =>
  failure === undefined ? { state: 'succeeded', made: made() } : { state: 'failed', reason: failure }

const fileOf = (asset: Asset): MadeFile => ({
  ...(!isEncrypted(asset) && { path: asset.sourcePath }),
  videoType: asset.videoType,
  sizeBytes: asset.source.sizeBytes,
  ...(asset.media && { media: asset.media }),
})

const outputsOf = (asset: Asset, renditions: readonly Rendition[]): MadeOutputs => ({
  encrypted: isEncrypted(asset),
  renditions: madeRenditions(asset, renditions),
})

const reportOf = ({ report }: Notice): ReviewReport => {
  if (!report) throw new Error('a review that is told of has a report')
  return report
}

const snapshotsOf = ({ snapshots }: Asset): MadeSnapshots => {
  if (snapshots.state !== 'succeeded') throw new Error('snapshots that are told of were made')
  return { type: snapshots.settings.points.type, offsets: snapshots.offsets }
}
