import type { Asset } from './asset.ts'
import type { AssetPatch } from './ports.ts'

/** A transcode ends without a result: what an earlier one made stays as it was, and the reason says so. */
export const failedTranscode = ({ index }: Asset, reason: string): AssetPatch => ({
  transcode: { state: 'failed', reason: index === undefined ? reason : `${reason}. ${EARLIER_STAYS}` },
  nextTranscode: null,
  preview: null,
})

/** By which the transcode was ordered that is under way. */
export const orderedGroup = ({ nextTranscode, templateGroup: first }: Asset): { readonly templateGroup?: string } => {
  const templateGroup = nextTranscode?.templateGroup ?? first
  return templateGroup === undefined ? {} : { templateGroup }
}

/** For `exec_desc`. */
export const EARLIER_STAYS = 'The outputs of the transcode before are still served'
