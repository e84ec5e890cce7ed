import type { Asset } from '../catalog/asset.ts'
import { isEncrypted } from '../catalog/encryption.ts'
import {
  COVER_PATH,
  MASTER_PLAYLIST,
  PLAY_FOLDER,
  STORYBOARD_FOLDER,
  STORYBOARD_INDEX,
} from '../catalog/object-keys.ts'
import { isSegmented, type Rendition } from '../catalog/rendition.ts'
import { isPlaylistType } from '../catalog/video-type.ts'

/** What the watch page shows; paths are below `/asset/{id}/`. */
export interface WatchState {
  readonly title: string
  readonly state: 'playable' | 'preparing' | 'original_only' | 'failed'
  /** Share of the work done, 0..1, while preparing. */
  readonly progress?: number
  readonly stream?: string
  /** What browsers play by themselves, if at all: the source, or in its place an output of one file. */
  readonly original?: string
  /** Whether the source has moving pictures; browsers play the sound alone of a picture that they cannot decode. */
  readonly picture: boolean
  readonly cover?: string
  /** WebVTT of the pictures to show when seeking. */
  readonly storyboard?: string
  /** The stream plays only with a token. */
  readonly encrypted?: true
}

/** `undefined` unless the asset is published: its page must not tell that it exists. */
export const watchState = (
  asset: Asset,
  renditions: readonly Rendition[],
  progress: number | undefined,
): WatchState | undefined => {
  if (!asset.published) return
  const { title, transcode } = asset
  const common = {
    title,
    picture: asset.media?.video !== undefined,
    ...(asset.cover !== undefined && { cover: COVER_PATH }),
    ...(asset.storyboardSheets !== undefined && { storyboard: STORYBOARD_FOLDER + STORYBOARD_INDEX }),
    ...(hasOriginal(asset) && { original: asset.sourcePath }),
    ...(isEncrypted(asset) && { encrypted: true as const }),
  }
  if (renditions.some(({ format }) => format === 'HLS')) {
    return { ...common, state: 'playable', stream: PLAY_FOLDER + MASTER_PLAYLIST }
  }
  const file = renditions.find(({ format }) => !isSegmented(format))
  if (file) return { ...common, state: 'original_only', original: PLAY_FOLDER + file.playlist }
  // Without the reason: it is for the person who made the call, and names what viewers have no business with.
  if (transcode.state === 'failed') return { ...common, state: 'failed' }
  const preparing = transcode.state === 'waiting' || transcode.state === 'running'
  if (preparing) return { ...common, state: 'preparing', ...(progress !== undefined && { progress }) }
  return { ...common, state: 'original_only' }
}

/** Nothing that would pass encryption by, and no playlist: alone it is nothing that could be kept. */
const hasOriginal = (asset: Asset): boolean =>
  !asset.sourceRemoved && !isEncrypted(asset) && !isPlaylistType(asset.videoType)
