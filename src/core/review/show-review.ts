import type { Asset } from '../catalog/asset.ts'
import { objectIn, resultsFolder, reviewObject } from '../catalog/object-keys.ts'
import type { CatalogReader } from '../catalog/ports.ts'
import type { ReviewReport } from '../catalog/review.ts'
import { showAsset } from '../catalog/show-asset.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { ProjectId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'

export interface ShowReviewDeps extends BucketUse {
  readonly reader: CatalogReader
  readonly store: Pick<ObjectStore, 'signedReadUrl'>
}

export interface ReviewView {
  readonly asset: Asset
  readonly report?: ReviewReport
  /** Temporary addresses by which a person sees what was looked at, published or not; by second. */
  readonly pictureUrls: ReadonlyMap<number, string>
  readonly coverUrl?: string
}

/** A person may look for so long. */
const URL_SECONDS = 3600

/** For whoever decides. Throws `asset_not_found`, `asset_deleted`. */
export const showReview =
  ({ reader, store, ...use }: ShowReviewDeps) =>
  async (projectId: ProjectId, id: string): Promise<ReviewView> => {
    const { asset } = await showAsset(reader)(projectId, id)
    const report = await reader.reviewReport(asset.id)
    const folder = resultsFolder(asset, use.serviceBucket)
    if (!report || !(await mayUse(use, projectId, folder.bucket))) {
      return { asset, ...(report && { report }), pictureUrls: new Map() }
    }
    const urlOf = (path: string) => store.signedReadUrl(objectIn(folder, path), URL_SECONDS)
    const run = asset.review && 'pictures' in asset.review ? asset.review.pictures?.run : undefined
    const pictures = run === undefined ? [] : report.video
    const urls = await Promise.all(
      pictures.map(async ({ offset }) => [offset, await urlOf(reviewObject(run ?? '', offset))] as const),
    )
    const coverUrl = asset.cover === undefined ? undefined : await urlOf(asset.cover)
    return { asset, report, pictureUrls: new Map(urls), ...(coverUrl !== undefined && { coverUrl }) }
  }
