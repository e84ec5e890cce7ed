import { type Asset, isTranscoding } from '../catalog/asset.ts'
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
import type { CutMovie } from '../packaging/cut-movie.ts'
import type { ViewerProgress } from '../progress/for-viewers.ts'

/** What the watch page shows; paths are below `/asset/{id}/`. */
export interface WatchState {
  readonly title: string
  readonly state: 'playable' | 'preparing' | 'original_only' | 'failed'
  /** While preparing. */
  readonly progress?: ViewerProgress
  readonly stream?: string
  /** The stream is the source itself or a preview of it, and renditions are on their way. */
  readonly provisional?: true
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

interface Known {
  readonly renditions: readonly Rendition[]
  readonly progress: ViewerProgress | undefined
  /** What the source is played from; absent: it has to be encoded, or nobody may have it. */
  readonly film: CutMovie | undefined
  /** Then there is a preview of what has to be encoded. */
  readonly hasPreview: boolean
}

/** Whether viewers may know that the asset exists: it is published, or plays before it is. */
export const isWatchable = ({ published }: Asset, { film }: Pick<Known, 'film'>): boolean =>
  published || film !== undefined

/** Whether the source is what can be played, if anything is. */
export const awaitsRenditions = (asset: Asset, renditions: readonly Rendition[]): boolean =>
  !renditions.some(({ format }) => format === 'HLS' || !isSegmented(format)) &&
  (isPreparing(asset) || asset.transcode.state === 'failed')

const isPreparing = (asset: Asset): boolean => asset.ingest.state === 'creating' || isTranscoding(asset)

export const watchState = (asset: Asset, { renditions, progress, film, hasPreview }: Known): WatchState => {
  const { title, transcode } = asset
  const common = {
    title,
    picture: (asset.media?.video ?? film?.video) !== undefined,
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
  const preparing = isPreparing(asset)
  const done = preparing && progress !== undefined ? { progress } : {}
  if ((film || hasPreview) && awaitsRenditions(asset, renditions)) {
    const stream = PLAY_FOLDER + MASTER_PLAYLIST
    return { ...common, state: 'playable', stream, ...(preparing && { provisional: true as const }), ...done }
  }
  // Without the reason: it is for the person who made the call, and names what viewers have no business with.
  if (transcode.state === 'failed') return { ...common, state: 'failed' }
  if (preparing) return { ...common, state: 'preparing', ...done }
  return { ...common, state: 'original_only' }
}

/** Nothing that would pass encryption by, and no playlist: alone it is nothing that could be kept. */
const hasOriginal = (asset: Asset): boolean =>
  asset.ingest.state === 'created' && !asset.sourceRemoved && !isEncrypted(asset) && !isPlaylistType(asset.videoType)
