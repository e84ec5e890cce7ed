import type { Asset } from './asset.ts'
import type { AssetPatch } from './ports.ts'
import { withoutPreview } from './preview.ts'

/** A transcode ends without a result: what an earlier one made stays as it was, and the reason says so. */
export const failedTranscode = (asset: Asset, reason: string): AssetPatch => ({
  ...withoutPreview(asset),
  transcode: { state: 'failed', reason: asset.index === undefined ? reason : `${reason}. ${EARLIER_STAYS}` },
  nextTranscode: null,
})

/** By which the transcode was ordered that is under way. */
export const orderedGroup = ({ nextTranscode, templateGroup: first }: Asset): { readonly templateGroup?: string } => {
  const templateGroup = nextTranscode?.templateGroup ?? first
  return templateGroup === undefined ? {} : { templateGroup }
}

/** For `exec_desc`. */
export const EARLIER_STAYS = 'The outputs of the transcode before are still served'
