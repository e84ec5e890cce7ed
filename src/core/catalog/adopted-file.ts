import type { Asset } from './asset.ts'
import { isEncrypted } from './encryption.ts'
import type { Rendition } from './rendition.ts'
import { isPlaylistType } from './video-type.ts'

/** A file of an HLS stream that stays in the tenant's bucket, in the version that was checked. Viewers reach no others. */
export interface AdoptedFile {
  /** Below the folder of the playlist that the asset was made of, and below `play_video/` in public URLs. */
  readonly path: string
  readonly etag: string
  readonly contentType: string
}

/** The folder that an adopted stream lies in: what stands before the last name of its playlist; empty, or ends in a slash. */
export const streamFolder = (playlistKey: string): string => playlistKey.slice(0, playlistKey.lastIndexOf('/') + 1)

/** A rendition that is the stream itself, as it lies with the tenant. Of each that we make is recorded which sound plays in it. */
const isAdopted = ({ videoType }: Pick<Asset, 'videoType'>, { format, soundTrack }: Rendition): boolean =>
  isPlaylistType(videoType) && format === 'HLS' && soundTrack === undefined

/** The renditions that are the stream itself, the best first. */
export const adoptedRenditionsOf = (asset: Asset, renditions: readonly Rendition[]): readonly Rendition[] =>
  renditions.filter((rendition) => isAdopted(asset, rendition))

/** The renditions that we made. */
export const madeRenditions = (asset: Asset, renditions: readonly Rendition[]): readonly Rendition[] =>
  renditions.filter((rendition) => !isAdopted(asset, rendition))

/**
 * What plays: a stream that was adopted only while it is the one of its format, because all have one index, and never beside
 * encryption, as the source of any asset (decisions.md 5.6).
 */
export const shownRenditions = (asset: Asset, renditions: readonly Rendition[]): readonly Rendition[] => {
  const made = madeRenditions(asset, renditions)
  const isReplaced = isEncrypted(asset) || made.some(({ format }) => format === 'HLS')
  return isReplaced ? made : renditions
}
