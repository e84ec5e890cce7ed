import type { Asset } from '../catalog/asset.ts'
import { assetPrefix, COVER_PATH, MASTER_PLAYLIST, PLAY_FOLDER } from '../catalog/object-keys.ts'
import type { Rendition } from '../catalog/rendition.ts'

/**
 * Whether an object below the asset's prefix belongs to it now. Whatever does not is litter: of a deleted asset, a removed
 * source, a transcode that failed half way, a worker that wrote after its claim was gone.
 */
export const ownsObject = (asset: Asset, renditions: readonly Rendition[], key: string): boolean => {
  // Of an asset that failed nothing can be shown or made any more; its source still lies in the tenant's bucket.
  if (asset.ingest.state === 'deleted' || asset.ingest.state === 'failed') return false
  const path = key.slice(assetPrefix(asset).length)
  if (key === asset.storedKey) return !asset.sourceRemoved
  if (path === COVER_PATH) return true
  if (!path.startsWith(PLAY_FOLDER)) return true
  if (asset.transcode.state === 'waiting' || asset.transcode.state === 'running') return true
  const file = path.slice(PLAY_FOLDER.length)
  return renditions.length > 0 && (file === MASTER_PLAYLIST || renditions.some(({ run }) => file.startsWith(run)))
}
