import { lockExisting } from '../catalog/lock-existing.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import { isReviewing, type ReviewSettings } from '../catalog/review.ts'
import { isAudioType } from '../catalog/video-type.ts'
import type { NewId, ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import type { ChooseReview } from '../templates/review-template-use-cases.ts'

export interface OrderReviewDeps {
  readonly db: Transactions<CatalogTx>
  readonly chooseReview: ChooseReview
  readonly newId: NewId
}

/**
 * Has an asset reviewed; answers what the template says. Throws `asset_not_found`, `asset_deleted`, `review_template_not_found`, and
 * `asset_busy` where nothing can be looked at yet or any more, a review runs, or a person blocked it: only a person lifts that.
 */
export const orderReview =
  ({ db, chooseReview, newId }: OrderReviewDeps) =>
  async (projectId: ProjectId, id: string, templateId: string): Promise<ReviewSettings> => {
    const settings = await chooseReview(projectId, templateId)
    await db.write(async (tx) => {
      const asset = await lockExisting(tx, projectId, id)
      if (!settings) throw new DomainError({ kind: 'review_template_not_found' })
      const isFilmGone = asset.sourceRemoved && !isAudioType(asset.videoType)
      const isInPlace = asset.ingest.state === 'created' && asset.media !== undefined && !isFilmGone
      if (!isInPlace || isReviewing(asset) || asset.review?.state === 'blocked') {
        throw new DomainError({ kind: 'asset_busy' })
      }
      await tx.updateAsset(asset.id, { review: { state: 'running', order: { task: newId(), templateId, settings } } })
      await tx.replaceReviewReport(asset.id, undefined)
      await tx.record(asset.id, { type: 'review_ordered' })
    })
    if (!settings) throw new DomainError({ kind: 'review_template_not_found' })
    return settings
  }
