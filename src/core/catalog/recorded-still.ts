import type { Asset } from './asset.ts'
import {
  COVER_PATH,
  REVIEW_FOLDER,
  reviewObject,
  reviewPath,
  SNAPSHOT_FOLDER,
  STORYBOARD_FOLDER,
  STORYBOARD_INDEX,
  snapshotObject,
  snapshotPath,
  storyboardSheetPath,
} from './object-keys.ts'
import { servedPictures } from './snapshots.ts'

export interface RecordedStill {
  /** Path of the object below the asset's folder. */
  readonly object: string
  readonly contentType: 'image/jpeg' | 'text/vtt; charset=utf-8'
}

/**
 * What viewers know by this path below the asset: its cover, a snapshot or a file of the storyboard; `undefined` when nothing of
 * the kind is recorded. Objects of snapshots are named after the try that made them and never overwritten: what the paths mean
 * changes with the asset's row, all at once.
 */
export const recordedStill = (asset: Asset, path: string): RecordedStill | undefined => {
  if (path === COVER_PATH) return asset.cover === undefined ? undefined : jpeg(asset.cover)
  if (path.startsWith(SNAPSHOT_FOLDER)) {
    const { run, offsets } = servedPictures(asset.snapshots)
    const offset = numberOf(path)
    // Compared as a whole: only the one way to write a number is its name.
    return path === snapshotPath(offset) && offsets.includes(offset) ? jpeg(snapshotObject(run, offset)) : undefined
  }
  if (path.startsWith(REVIEW_FOLDER)) return reviewedPicture(asset, path)
  if (!isStoryboardFile(asset, path)) return
  return path.endsWith('.jpg') ? jpeg(path) : { object: path, contentType: 'text/vtt; charset=utf-8' }
}

/** Whether the object at this path is what viewers know by some path. A snapshot that is the cover stays when the others go. */
export const isStillObject = (asset: Asset, path: string): boolean => {
  if (path === asset.cover) return true
  if (path.startsWith(REVIEW_FOLDER)) return reviewedPicture(asset, reviewPath(numberOf(path)))?.object === path
  if (!path.startsWith(SNAPSHOT_FOLDER)) return isStoryboardFile(asset, path)
  const { run, offsets } = servedPictures(asset.snapshots)
  const offset = numberOf(path)
  return path === snapshotObject(run, offset) && offsets.includes(offset)
}

/** Of the last review, unless it runs or failed. */
const reviewedPicture = ({ review }: Asset, path: string): RecordedStill | undefined => {
  if (!review || !('pictures' in review) || !review.pictures || !review.order) return
  const { run, count } = review.pictures
  const offset = numberOf(path)
  const n = offset / review.order.settings.intervalSeconds
  const isRecorded = path === reviewPath(offset) && Number.isInteger(n) && n < count
  return isRecorded ? jpeg(reviewObject(run, offset)) : undefined
}

const jpeg = (object: string): RecordedStill => ({ object, contentType: 'image/jpeg' })

const isStoryboardFile = ({ storyboardSheets = 0 }: Asset, path: string): boolean => {
  if (path === STORYBOARD_FOLDER + STORYBOARD_INDEX) return storyboardSheets > 0
  const sheet = numberOf(path)
  return path === storyboardSheetPath(sheet) && sheet < storyboardSheets
}

const numberOf = (path: string): number => Number(/(\d+)\.jpg$/.exec(path)?.[1])
