import type { Asset } from './asset.ts'
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

/** An output that is the stream itself, as it lies with the tenant; of what is made of it none is HLS. */
export const isAdopted = ({ videoType }: Pick<Asset, 'videoType'>, { format }: Pick<Rendition, 'format'>): boolean =>
  isPlaylistType(videoType) && format === 'HLS'
