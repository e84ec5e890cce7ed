import type { SourceMedia } from '../../core/catalog/media.ts'
import { MediaFailure, type PinnedSource } from '../../core/processing/ports.ts'
import { stillFilters } from '../../core/processing/video-graph.ts'
import { explainExit } from './explain-exit.ts'
import { inputArguments } from './input-arguments.ts'
import { shortRun } from './media-limits.ts'
import { repairMatrix } from './repair-matrix.ts'
import { runFfmpeg } from './run.ts'
import type { ToolContext } from './tool-context.ts'

/** A JPEG of 1920 pixels at this quality has below 2 MB. */
const MAX_JPEG_BYTES = 16 << 20
const MAX_PICTURE_SIDE = 1920

/** `MediaTool.firstFrame`. A damaged start is skipped: the first picture that can be decoded counts. */
export const firstFrame = async (
  tool: ToolContext,
  object: PinnedSource,
  { media, signal }: { readonly media: SourceMedia; readonly signal: AbortSignal },
): Promise<Uint8Array> => {
  using source = tool.proxy.register(object)
  const exit = await runFfmpeg({
    ffmpegPath: tool.ffmpegPath,
    args: [
      ...[
        '-v',
        'error',
        '-threads',
        String(tool.processors),
        ...inputArguments(source.url, repairMatrix(tool, media.video)),
        ...pictureArguments(media),
      ],
      ...['-frames:v', '1', '-map_metadata', '-1', '-c:v', 'mjpeg', '-q:v', '3', '-f', 'image2pipe', 'pipe:3'],
    ],
    limits: shortRun(tool.limits),
    outputs: 1,
    maxOutputBytes: MAX_JPEG_BYTES,
    isWaiting: () => source.reader.isWaiting,
    signal,
  })
  const failure = source.reader.failure ?? explainExit(exit)
  if (failure) throw failure
  if (exit.output.length === 0) throw new MediaFailure('no picture could be decoded', { permanent: true })
  return exit.output
}

const pictureArguments = ({ video, pictureStream }: SourceMedia): readonly string[] => {
  if (video) return ['-map', `0:${video.stream}`, '-vf', stillFilters(video).join(',')]
  if (pictureStream === undefined) throw new MediaFailure('there is no picture in it', { permanent: true })
  const side = `min(iw,${MAX_PICTURE_SIDE})`
  const shrink = `scale='${side}':'min(ih,${MAX_PICTURE_SIDE})':force_original_aspect_ratio=decrease:out_range=pc`
  return ['-map', `0:${pictureStream}`, '-vf', `${shrink},setsar=1,format=yuvj420p`]
}
