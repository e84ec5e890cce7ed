import { cancelWork } from '../core/catalog/cancel-work.ts'
import type { CategoryUseCases } from '../core/catalog/category-use-cases.ts'
import { deleteAssets } from '../core/catalog/delete-assets.ts'
import {
  coverFromSnapshot,
  deleteSnapshots,
  listSnapshotTasks,
  showSnapshotTask,
} from '../core/catalog/manage-snapshots.ts'
import { sourceAddress } from '../core/catalog/object-keys.ts'
import type { CatalogReader, CatalogTx, Transactions } from '../core/catalog/ports.ts'
import { publishAssets, unpublishAssets } from '../core/catalog/publish-assets.ts'
import { listAssets, showAsset } from '../core/catalog/show-asset.ts'
import { showWorkflowRun } from '../core/catalog/show-workflow-run.ts'
import { updateAsset } from '../core/catalog/update-asset.ts'
import type { AssetWork, CatalogUseCases } from '../core/catalog/use-cases.ts'
import { type BucketUse, mayUse } from '../core/shared/bucket-grants.ts'
import type { ObjectStore } from '../core/shared/object-store.ts'
import type { Engine } from '../engine/engine.ts'

interface CatalogDeps extends BucketUse {
  readonly db: Transactions<CatalogTx>
  readonly reader: CatalogReader
  readonly store: Pick<ObjectStore, 'signedReadUrl' | 'head' | 'copy'>
  readonly categories: CategoryUseCases
  readonly engine: Pick<Engine, 'workOf'>
}

/** As long as the vendor's (decisions.md 4.17). */
const SIGNED_URL_SECONDS = 3600

export const createCatalog = ({ db, reader, store, categories, engine, ...use }: CatalogDeps): CatalogUseCases => ({
  ...categories,
  showAsset: showAsset(reader),
  listAssets: listAssets(reader),
  updateAsset: updateAsset({ db }),
  publishAssets: publishAssets({ db, reader }),
  unpublishAssets: unpublishAssets({ db, reader }),
  deleteAssets: deleteAssets({ db }),
  showWorkflowRun: showWorkflowRun(reader),
  cancelWork: cancelWork({ db, reader }),
  listSnapshotTasks: listSnapshotTasks({ reader }),
  showSnapshotTask: showSnapshotTask({ reader }),
  deleteSnapshots: deleteSnapshots({ db }),
  coverFromSnapshot: coverFromSnapshot({ db }),
  reviewReport: ({ id }) => reader.reviewReport(id),
  workOf: async ({ id }) =>
    (await engine.workOf(id)).map(
      ({ kind, state, progress, attempt, reason }): AssetWork => ({
        kind,
        state,
        progress,
        attempt,
        ...(reason !== undefined && { reason }),
      }),
    ),
  async signedSourceUrl(asset) {
    if (asset.ingest.state !== 'created' || asset.sourceRemoved) return ''
    const object = sourceAddress(asset, use.serviceBucket)
    if (!(await mayUse(use, asset.projectId, object.bucket))) return ''
    return store.signedReadUrl(object, SIGNED_URL_SECONDS)
  },
})
