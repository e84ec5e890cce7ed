import type { Asset } from '../catalog/asset.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { ObjectChangedError, type ObjectStore } from '../shared/object-store.ts'
import { DomainError } from '../shared/problem.ts'
import { PermanentFailure, type TaskDefinition } from '../shared/task.ts'
import type { BucketGrants } from './ports.ts'

export interface TransferDeps {
  readonly reader: Pick<CatalogReader, 'assetById'>
  readonly store: Pick<ObjectStore, 'head' | 'copy'>
  readonly serviceBucket: string
  readonly grants: BucketGrants
}

/**
 * Makes the asset's own copy of its source inside the store. Repeating it writes the same object again; a source that is not
 * the version of the call any more ends it, so that nobody gets another film than the one they named.
 */
export const transferSource = ({
  reader,
  store,
  serviceBucket,
  grants,
}: TransferDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'transfer',
  ...STEPS.transfer,
  async run({ assetId }, { signal, progress }) {
    const asset = await reader.assetById(assetId)
    if (asset?.ingest.state !== 'creating') return async () => {}
    const { source, storedKey } = asset
    if (source.sizeBytes === 0) throw new PermanentFailure('the object is empty (0 bytes)')
    await requireGrant(grants, asset)
    try {
      await store.copy(
        source,
        { bucket: serviceBucket, key: storedKey },
        { ifMatch: source.etag, sizeBytes: source.sizeBytes, signal, onProgress: progress },
      )
    } catch (error) {
      if (!(error instanceof ObjectChangedError)) throw error
      const there = await store.head(source, signal)
      const what = there ? 'was changed' : 'was deleted'
      throw new PermanentFailure(`the object ${what} after the request`, { cause: error })
    }
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      if (now?.ingest.state !== 'creating') return
      await tx.updateAsset(assetId, { ingest: { state: 'created' } })
      await tx.record(assetId, { type: 'transferred' })
    }
  },
  failed:
    ({ assetId }, reason) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.ingest.state !== 'creating') return
      const object = `${asset.source.bucket}/${asset.source.key}`
      await tx.updateAsset(assetId, { ingest: { state: 'failed', reason: `Transfer of ${object} failed: ${reason}` } })
      await tx.record(assetId, { type: 'ingest_failed' })
    },
})

/** Asked again: between the call and the copy the bucket may have been taken back or given to another project. */
const requireGrant = async (grants: BucketGrants, { projectId, source }: Asset): Promise<void> => {
  try {
    await grants.requireGrant(projectId, source.bucket)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    throw new PermanentFailure('the project may not read this bucket any more', { cause: error })
  }
}
