import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { ObjectAddress } from '../shared/object-store.ts'

interface AssetOwner {
  readonly projectId: ProjectId
  readonly id: AssetId
}

/** All keys of a bucket that begin so. */
export interface ObjectFolder {
  readonly bucket: string
  /** Ends in a slash. */
  readonly prefix: string
}

/** Everything that we store for an asset lies below this, under the same paths as in public URLs. */
export const resultsFolder = ({ projectId, id }: AssetOwner, serviceBucket: string): ObjectFolder => ({
  bucket: serviceBucket,
  prefix: `${projectId}/${id}/`,
})

/** Where the bytes of an asset's source are read. */
export const sourceAddress = (
  asset: AssetOwner & { readonly sourcePath: string },
  serviceBucket: string,
): ObjectAddress => objectIn(resultsFolder(asset, serviceBucket), asset.sourcePath)

export const objectIn = ({ bucket, prefix }: ObjectFolder, path: string): ObjectAddress => ({
  bucket,
  key: prefix + path,
})

/** Path below the asset, the same in the bucket and in public URLs. */
export const COVER_PATH = 'cover/Cover0.jpg'
export const PLAY_FOLDER = 'play_video/'
export const MASTER_PLAYLIST = 'index.m3u8'

/**
 * `{32 hex}.{ext}`: the original name never becomes part of a URL; its extension does, because players look at it. A name
 * that begins with its only dot has none.
 */
export const sourceFileName = (hex: string, videoName: string, videoType: string): string => {
  const extension = /.\.([A-Za-z0-9]{1,8})$/s.exec(videoName)?.[1] ?? videoType
  return `${hex}.${extension.toLowerCase()}`
}

/** Last part of the source's key, as shown to people. */
export const fileNameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1) || key
