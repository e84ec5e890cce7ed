import type { Asset } from '../catalog/asset.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import type { ReviewEnd } from '../catalog/review.ts'
import type { ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'

export interface Verdict {
  readonly verdict: 'pass' | 'block'
  /** Who says so. */
  readonly by: string
  readonly note?: string
}

/**
 * A person passes or blocks an asset, reviewed or not; a review that runs is ended. What is blocked is unpublished, and stays so until it is
 * passed, which publishes nothing by itself (but see `publishOnPass`). Throws `asset_not_found`, `asset_deleted`, `asset_not_ready`.
 */
export const judgeReview =
  ({ db }: { readonly db: Transactions<CatalogTx> }) =>
  async (projectId: ProjectId, id: string, verdict: Verdict): Promise<void> => {
    await db.write(async (tx) => {
      const asset = await lockExisting(tx, projectId, id)
      if (asset.ingest.state !== 'created') throw new DomainError({ kind: 'asset_not_ready' })
      const isBlocked = verdict.verdict === 'block'
      await tx.updateAsset(asset.id, { review: judged(asset, verdict), ...(isBlocked && HIDDEN) })
      await tx.record(asset.id, { type: 'review_judged' })
    })
  }

const HIDDEN = { published: false, publishWhenReady: false }

const judged = ({ review }: Asset, { verdict, by, note }: Verdict): ReviewEnd => ({
  state: verdict === 'block' ? 'blocked' : 'passed',
  ...(review?.order && { order: review.order }),
  ...(review && 'pictures' in review && review.pictures && { pictures: review.pictures }),
  judgement: { by, ...(note !== undefined && { note }) },
})
