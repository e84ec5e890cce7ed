import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { COVER_PATH, PLAY_FOLDER, REVIEW_FOLDER, SNAPSHOT_FOLDER, STORYBOARD_FOLDER } from '../catalog/object-keys.ts'
import { isStillObject } from '../catalog/recorded-still.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { isReviewing } from '../catalog/review.ts'
import { isStreamObject } from '../catalog/stream-files.ts'

interface Present {
  readonly renditions: readonly Rendition[]
  readonly nowMs: number
}

/**
 * Whether what lies at this path below the asset's folder belongs to it now. Whatever does not is litter: of a deleted asset, a removed
 * source, a transcode that failed half way, a worker that wrote after its claim was gone.
 */
export const ownsObject = (asset: Asset, present: Present, path: string): boolean => {
  // Of an asset that failed nothing can be shown or made any more; its source still lies in the tenant's bucket.
  if (asset.ingest.state === 'deleted' || asset.ingest.state === 'failed') return false
  if (path === asset.sourcePath) return !asset.sourceRemoved
  // Written again and again, as the plain indexes are.
  if (path === COVER_PATH) return true
  if (path.startsWith(SNAPSHOT_FOLDER)) return asset.snapshots.state === 'running' || isStillObject(asset, path)
  if (path.startsWith(REVIEW_FOLDER)) return isReviewing(asset) || isStillObject(asset, path)
  // Without a record it may be in the making.
  if (path.startsWith(STORYBOARD_FOLDER)) return asset.storyboardSheets === undefined || isStillObject(asset, path)
  if (!path.startsWith(PLAY_FOLDER)) return true
  if (isTranscoding(asset) || asset.encryption?.change || asset.subtitles?.change) return true
  return isStreamObject(asset, present, path.slice(PLAY_FOLDER.length))
}
