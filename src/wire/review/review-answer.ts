import { type Static, Type } from 'typebox'
import type { Asset } from '../../core/catalog/asset.ts'
import { COVER_PATH, reviewPath } from '../../core/catalog/object-keys.ts'
import type { PictureReport, ReviewReport, Score, TextReport, WordScene } from '../../core/catalog/review.ts'
import { assetUrl } from '../catalog/asset-answer.ts'
import { reviewDescription, reviewStatus } from './review-status.ts'

const ReviewDetail = Type.Object({
  confidence: Type.String({ description: 'Decimal in [0,1], as a string.' }),
  label: Type.String(),
})

const PictureReviewRet = Type.Object({
  suggestion: Type.String(),
  offset: Type.Optional(Type.Integer({ description: 'Seconds; absent for covers.' })),
  url: Type.String(),
  politics: Type.Array(ReviewDetail),
  terrorism: Type.Array(ReviewDetail),
  porn: Type.Array(ReviewDetail),
})

/** Of a review that ended; where a person decided without one, only the status and who says so. */
export const ReviewInfo = Type.Object({
  review_status: Type.String(),
  suggestion: Type.Optional(Type.String({ description: 'Of the review itself: pass, review or block.' })),
  exec_desc: Type.String(),
  text: Type.Optional(
    Type.Object({
      suggestion: Type.String(),
      politics: Type.String({ description: 'Words found, separated by commas.' }),
      porn: Type.String(),
      abuse: Type.String(),
    }),
  ),
  cover: Type.Optional(Type.Array(PictureReviewRet)),
  video: Type.Optional(Type.Array(PictureReviewRet)),
})

/** The section of asset/details; absent until a review, or a person, came to an end (vendor's rule). */
export const reviewInfo = (
  publicUrl: string,
  asset: Asset,
  report: ReviewReport | undefined,
): Static<typeof ReviewInfo> | undefined => {
  const { review } = asset
  if (!review || review.state === 'wanted' || review.state === 'running' || review.state === 'failed') return
  return {
    review_status: reviewStatus(review),
    exec_desc: [reviewDescription(review), ...unseen(report)].filter(Boolean).join('. '),
    ...(report && {
      suggestion: report.suggestion,
      text: textAnswer(report.text),
      cover: report.cover.map(({ offset: _, ...picture }) =>
        pictureAnswer(assetUrl(publicUrl, asset, COVER_PATH), picture),
      ),
      video: report.video.map(({ offset, ...picture }) => {
        const { suggestion, ...rest } = pictureAnswer(assetUrl(publicUrl, asset, reviewPath(offset)), picture)
        return { suggestion, offset, ...rest }
      }),
    }),
  }
}

const unseen = (report: ReviewReport | undefined): readonly string[] =>
  report && report.unseen.length > 0 ? [`Nothing here can look for: ${report.unseen.join(', ')}`] : []

const textAnswer = ({ suggestion, words }: TextReport) => {
  const { politics = [], porn = [], abuse = [] } = words
  return { suggestion, politics: politics.join(','), porn: porn.join(','), abuse: abuse.join(',') }
}

/** Words that were read are labels of their scene; there is no list for abuse, which is told with all words only. */
export const pictureAnswer = (url: string, { suggestion, scores, words = [] }: Omit<PictureReport, 'offset'>) => {
  const read = (scene: WordScene) =>
    words.filter((word) => word.scene === scene).map(({ word, confidence }) => ({ label: word, confidence }))
  return {
    suggestion,
    url,
    politics: details([...(scores.politics ?? []), ...read('politics')]),
    terrorism: details(scores.terrorism),
    porn: details([...(scores.porn ?? []), ...read('porn')]),
  }
}

/** Nobody reads what is next to impossible. */
const LEAST_CONFIDENCE = 0.01

const details = (scores: readonly Score[] = []) =>
  scores
    .filter(({ confidence }) => confidence >= LEAST_CONFIDENCE)
    .map(({ confidence, label }) => ({ confidence: confidence.toFixed(4), label }))
