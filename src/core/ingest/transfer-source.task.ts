import type { Asset } from '../catalog/asset.ts'
import { sourceAddress } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { findSource } from '../catalog/source-change.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { BucketUse } from '../shared/bucket-grants.ts'
import { ObjectChangedError, type ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, type TaskContext, type TaskDefinition } from '../shared/task.ts'

export interface TransferDeps extends BucketUse {
  readonly reader: Pick<CatalogReader, 'assetById'>
  readonly store: Pick<ObjectStore, 'head' | 'copy'>
}

/**
 * Makes the asset's own copy of its source inside the store, or only looks that it is there when it stays where it is. Repeating it writes the same object again; a source that is not
 * the version of the call any more ends it, so that nobody gets another film than the one they named.
 */
export const transferSource = (deps: TransferDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'transfer',
  ...STEPS.transfer,
  async run({ assetId }, context) {
    const asset = await deps.reader.assetById(assetId)
    if (asset?.ingest.state !== 'creating') return async () => {}
    const { source } = asset
    if (source.sizeBytes === 0) throw new PermanentFailure('the object is empty (0 bytes)')
    // Asked again: between the call and the copy the bucket may have been taken back or given to another project.
    if (!(await deps.grants.isGranted(asset.projectId, source.bucket))) {
      throw new PermanentFailure('the project may not read this bucket any more')
    }
    if (!asset.output) await copySource(deps, asset, context)
    else {
      const found = await findSource(deps.store, source, context.signal)
      if (typeof found === 'string') throw new PermanentFailure(`the object was ${found} after the request`)
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

const copySource = async (
  { store, serviceBucket }: TransferDeps,
  asset: Asset,
  { signal, progress }: TaskContext,
): Promise<void> => {
  const { source } = asset
  try {
    await store.copy(source, sourceAddress(asset, serviceBucket), {
      ...{ ifMatch: source.etag, sizeBytes: source.sizeBytes, signal },
      onProgress: progress,
    })
  } catch (error) {
    if (!(error instanceof ObjectChangedError)) throw error
    const what = (await store.head(source, signal)) ? 'changed' : 'deleted'
    throw new PermanentFailure(`the object was ${what} after the request`, { cause: error })
  }
}
