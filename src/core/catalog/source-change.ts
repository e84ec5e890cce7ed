import type { ObjectInfo, ObjectStore } from '../shared/object-store.ts'
import type { AssetSource } from './asset.ts'

/** The source as the request saw it, or what happened to it since; where nothing is copied, every task asks. */
export const findSource = async (
  store: Pick<ObjectStore, 'head'>,
  source: AssetSource,
  signal: AbortSignal,
): Promise<ObjectInfo | 'changed' | 'deleted'> => {
  const found = await store.head(source, signal)
  if (!found) return 'deleted'
  return found.etag === source.etag ? found : 'changed'
}
