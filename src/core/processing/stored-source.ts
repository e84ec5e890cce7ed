import type { Asset } from '../catalog/asset.ts'
import { resultsFolder, sourceAddress } from '../catalog/object-keys.ts'
import { findSource } from '../catalog/source-change.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure } from '../shared/task.ts'
import type { PinnedObject } from './ports.ts'

/** What every task needs that makes something of a source. */
export interface SourceDeps extends BucketUse {
  readonly store: Pick<ObjectStore, 'head'>
}

/**
 * The asset's source, pinned to the version that the call saw, or our copy to its present one; asked for at the beginning of each task that makes something of it.
 * Throws when it is gone, or when a bucket may not be used any more: nothing can be made then.
 */
export const storedSource = async (
  deps: SourceDeps,
  { asset, signal }: { readonly asset: Asset; readonly signal: AbortSignal },
): Promise<PinnedObject> => {
  const object = sourceAddress(asset, deps.serviceBucket)
  for (const bucket of new Set([object.bucket, resultsFolder(asset, deps.serviceBucket).bucket])) {
    if (await mayUse(deps, asset.projectId, bucket)) continue
    throw new PermanentFailure(`the project may not use the bucket ${bucket} any more`)
  }
  if (asset.output) {
    const found = await findSource(deps.store, asset.source, signal)
    if (typeof found === 'string') throw new PermanentFailure(`the source was ${found} after the asset was made`)
    return asset.source
  }
  const found = await deps.store.head(object, signal)
  if (!found) throw new PermanentFailure('the stored copy of the source is gone')
  return { ...object, sizeBytes: found.sizeBytes, etag: found.etag }
}
