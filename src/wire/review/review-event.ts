import { COVER_PATH, reviewPath } from '../../core/catalog/object-keys.ts'
import type { PictureReport, ReviewReport } from '../../core/catalog/review.ts'
import type { AssetId } from '../../core/shared/ids.ts'
import { assetUrl } from '../catalog/asset-answer.ts'
import { pictureAnswer } from './review-answer.ts'

/**
 * Payload of `reviewComplete`. Suggestions are in upper case, as in the vendor's sample body; words are lists, each only when there
 * are hits; a cover has the offset 0.
 */
export const reviewEventInfo = (
  publicUrl: string,
  { assetId: id }: { readonly assetId: AssetId },
  { suggestion, text, cover, video }: ReviewReport,
): object => {
  const picture = (path: string, report: PictureReport) => {
    const { suggestion: ofPicture, ...rest } = pictureAnswer(assetUrl(publicUrl, { id }, path), report)
    return { suggestion: ofPicture.toUpperCase(), offset: report.offset, ...rest }
  }
  return {
    suggestion: suggestion.toUpperCase(),
    text: { suggestion: text.suggestion.toUpperCase(), ...text.words },
    cover: cover.map((report) => picture(COVER_PATH, report)),
    video: video.map((report) => picture(reviewPath(report.offset), report)),
  }
}
