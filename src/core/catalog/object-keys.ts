import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { ObjectAddress } from '../shared/object-store.ts'
import type { AssetSource, OutputPlace } from './asset.ts'
import { folderPrefix } from './output-path.ts'

interface AssetOwner {
  readonly projectId: ProjectId
  readonly id: AssetId
  readonly output?: OutputPlace
}

/** All keys of a bucket that begin so. */
export interface ObjectFolder {
  readonly bucket: string
  /** Ends in a slash. */
  readonly prefix: string
}

/** Everything that we store for an asset lies below this, under the same paths as in public URLs. */
export const resultsFolder = ({ projectId, id, output }: AssetOwner, serviceBucket: string): ObjectFolder =>
  output
    ? { bucket: output.bucket, prefix: `${folderPrefix(output.path)}${id}/` }
    : { bucket: serviceBucket, prefix: `${projectId}/${id}/` }

/** Where the bytes of an asset's source are read: our copy, or the tenant's own object. */
export const sourceAddress = (
  asset: AssetOwner & { readonly source: AssetSource; readonly sourcePath: string },
  serviceBucket: string,
): ObjectAddress =>
  asset.output
    ? { bucket: asset.source.bucket, key: asset.source.key }
    : objectIn(resultsFolder(asset, serviceBucket), asset.sourcePath)

export const objectIn = ({ bucket, prefix }: ObjectFolder, path: string): ObjectAddress => ({
  bucket,
  key: prefix + path,
})

/** By which viewers know the cover; which object that is says the asset. For static hosts it lies there as well. */
export const COVER_PATH = 'cover/Cover0.jpg'
/** Paths below the asset, the same in the bucket and in public URLs. */
export const SNAPSHOT_FOLDER = 'snapshot/sample/'
export const REVIEW_FOLDER = 'snapshot/sample0/'
export const STORYBOARD_FOLDER = 'snapshot/storyboard/'
/** WebVTT: which part of which sheet shows which seconds. */
export const STORYBOARD_INDEX = 'index.vtt'
export const PLAY_FOLDER = 'play_video/'
export const MASTER_PLAYLIST = 'index.m3u8'
export const DASH_MANIFEST = 'index.mpd'

/**
 * `{32 hex}.{ext}`: the original name never becomes part of a URL; its extension does, because players look at it. A name
 * that begins with its only dot has none.
 */
export const sourceFileName = (hex: string, videoName: string, videoType: string): string => {
  const extension = /.\.([A-Za-z0-9]{1,8})$/s.exec(videoName)?.[1] ?? videoType
  return `${hex}.${extension.toLowerCase()}`
}

const PICTURE =
  /^(?:cover\/Cover0\.jpg|snapshot\/(?:sample\/(?:[0-9a-f]{32}_)?|sample0\/[0-9a-f]{32}_|storyboard\/)\d{1,9}\.jpg|snapshot\/storyboard\/index\.vtt)$/
const STREAM =
  /^play_video\/(?:index\.(?:m3u8|mpd)|[0-9a-f]{32}_\w{1,80}(?:\.\w{1,5}|\/(?:init\.mp4|\d{5,7}\.\w{1,4})))$/

/** Whether a path below an asset's folder is a name that we give to results; in a tenant's bucket no other is ever removed. */
export const isResultPath = (path: string): boolean => PICTURE.test(path) || STREAM.test(path)

/** By which viewers know the snapshot of a second. */
export const snapshotPath = (offset: number): string => `${SNAPSHOT_FOLDER}${offset}.jpg`

/** The object that holds it: named after the try that made it, so that no other overwrites what is served. */
export const snapshotObject = (run: string | undefined, offset: number): string =>
  run === undefined ? snapshotPath(offset) : `${SNAPSHOT_FOLDER}${run}_${offset}.jpg`

/** By which viewers know the picture of a second that a review looked at. */
export const reviewPath = (offset: number): string => `${REVIEW_FOLDER}${offset}.jpg`

/** The object that holds it, named after the try that made it. */
export const reviewObject = (run: string, offset: number): string => `${REVIEW_FOLDER}${run}_${offset}.jpg`

/** A sprite sheet, from 0. */
export const storyboardSheetPath = (sheet: number): string => `${STORYBOARD_FOLDER}${sheet}.jpg`

/** Last part of the source's key, as shown to people. */
export const fileNameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1) || key
