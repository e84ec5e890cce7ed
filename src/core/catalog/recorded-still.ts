import type { Asset } from './asset.ts'
import {
  SNAPSHOT_FOLDER,
  STORYBOARD_FOLDER,
  STORYBOARD_INDEX,
  snapshotPath,
  storyboardSheetPath,
} from './object-keys.ts'
import { snapshotOffsets } from './snapshots.ts'

/** Content type of the recorded snapshot or storyboard file at this path below the asset; `undefined` when there is none. */
export const recordedStill = (asset: Asset, path: string): 'image/jpeg' | 'text/vtt; charset=utf-8' | undefined => {
  const { snapshots, storyboardSheets = 0 } = asset
  if (path === STORYBOARD_FOLDER + STORYBOARD_INDEX) {
    return storyboardSheets > 0 ? 'text/vtt; charset=utf-8' : undefined
  }
  const number = Number.parseInt(path.slice(path.lastIndexOf('/') + 1), 10)
  if (path.startsWith(SNAPSHOT_FOLDER)) {
    // Compared as a whole: only the one way to write a number is its name.
    const isThere = path === snapshotPath(number) && snapshotOffsets(snapshots).includes(number)
    return isThere ? 'image/jpeg' : undefined
  }
  return path === storyboardSheetPath(number) && number < storyboardSheets ? 'image/jpeg' : undefined
}
