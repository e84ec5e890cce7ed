import type { Asset } from '../catalog/asset.ts'
import { resultsFolder, sourceAddress } from '../catalog/object-keys.ts'
import { findSource } from '../catalog/source-change.ts'
import { isPlaylistType } from '../catalog/video-type.ts'
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
 * Throws when it is gone, when a bucket may not be used any more, or when it is no single file: nothing can be made then.
 */
export const storedSource = async (
  deps: SourceDeps,
  { asset, signal }: { readonly asset: Asset; readonly signal: AbortSignal },
): Promise<PinnedObject> => {
  if (isPlaylistType(asset.videoType)) throw new PermanentFailure('an HLS stream is played as it is')
  await requireBuckets(deps, asset)
  const object = sourceAddress(asset, deps.serviceBucket)
  if (asset.output) {
    const found = await findSource(deps.store, asset.source, signal)
    if (typeof found === 'string') throw new PermanentFailure(`the source was ${found} after the asset was made`)
    return asset.source
  }
  const found = await deps.store.head(object, signal)
  if (!found) throw new PermanentFailure('the stored copy of the source is gone')
  return { ...object, sizeBytes: found.sizeBytes, etag: found.etag }
}

/** Throws when we may not read the source's bucket any more, or not write to that of the results. */
export const requireBuckets = async (use: BucketUse, asset: Asset): Promise<void> => {
  const source = sourceAddress(asset, use.serviceBucket)
  for (const bucket of new Set([source.bucket, resultsFolder(asset, use.serviceBucket).bucket])) {
    if (await mayUse(use, asset.projectId, bucket)) continue
    throw new PermanentFailure(`the project may not use the bucket ${bucket} any more`)
  }
}
