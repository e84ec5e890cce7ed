import type { AssetId, ProjectId } from '../shared/ids.ts'

interface AssetOwner {
  readonly projectId: ProjectId
  readonly id: AssetId
}

/** Everything of an asset in the service bucket lies below this; ends in a slash. */
export const assetPrefix = ({ projectId, id }: AssetOwner): string => `${projectId}/${id}/`

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
