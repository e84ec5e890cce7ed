import type { Asset } from './asset.ts'
import type { SourceMedia } from './media.ts'
import { isPlaylistType } from './video-type.ts'

/** What is shorter is done before it would be shared out, and each join costs bits. */
const WHOLE_SECONDS = 120

/** Containers whose index leads to every frame. In others FFmpeg lands somewhere near, and frames would be missing. */
const SEEKABLE: ReadonlySet<string> = new Set(['mov', 'matroska'])

/** Whether a film can be taken apart at any time of it. Frames of a variable rate may be farther apart than a chunk looks ahead. */
export const isDivisible = ({ container, durationMs, video }: SourceMedia): boolean =>
  video !== undefined &&
  !video.variableFrameRate &&
  durationMs > WHOLE_SECONDS * 1000 &&
  SEEKABLE.has(container.split(',')[0] ?? '')

/** Whether its encode is shared out, as far as can be told before it is planned. Rates that follow from the content are corrected by a whole encode. */
export const isDivided = (
  asset: Pick<Asset, 'media' | 'nextTranscode' | 'transcodeSettings' | 'videoType'>,
): boolean => {
  const { media, videoType } = asset
  const settings = asset.nextTranscode?.settings ?? asset.transcodeSettings
  if (!media || !settings || settings.remux || settings.contentAdaptive || isPlaylistType(videoType)) return false
  return isDivisible(media) && settings.outputs.every(({ video }) => keepsFrames(media, video?.frameRate ?? 0))
}

/** Other rates depend on all frames that were before. */
const keepsFrames = ({ video }: SourceMedia, wanted: number): boolean =>
  video !== undefined && video.frameRate <= MOST_FRAMES && (wanted <= 1 || wanted >= video.frameRate)

/** Above it some are left out. */
const MOST_FRAMES = 63
