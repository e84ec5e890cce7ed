import type { Asset } from '../catalog/asset.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure } from '../shared/task.ts'
import type { PinnedObject } from './ports.ts'

/** Our copy of the asset's source, pinned to its present version. Throws when it is gone: nothing can be made of it then. */
export const storedSource = async (
  store: Pick<ObjectStore, 'head'>,
  bucket: string,
  { asset, signal }: { readonly asset: Asset; readonly signal: AbortSignal },
): Promise<PinnedObject> => {
  const object = { bucket, key: asset.storedKey }
  const found = await store.head(object, signal)
  if (!found) throw new PermanentFailure('the stored copy of the source is gone')
  return { ...object, sizeBytes: found.sizeBytes, etag: found.etag }
}
