import type { PinnedSource, SnapshotOptions } from '../../core/processing/ports.ts'
import type { KeyframePlan } from '../../core/processing/still-plan.ts'
import { stillFilters } from '../../core/processing/video-graph.ts'
import { inputArguments } from './input-arguments.ts'
import { encodeRun } from './media-limits.ts'
import { jpegArguments, readPictures } from './read-pictures.ts'
import type { ToolContext } from './tool-context.ts'

interface Task {
  readonly plan: KeyframePlan
  readonly options: SnapshotOptions
}

const JPEG_QUALITY = 3

/**
 * `MediaTool.keyframes`. The file is read once; the decoder sees keyframes only and, where FFmpeg can drop packets before it, one per
 * interval, which is most of the cost: an hour of 1080p has 1,800 keyframes. In small pictures nobody sees that edges of blocks stay.
 */
export const keyframes = async (tool: ToolContext, object: PinnedSource, { plan, options }: Task): Promise<void> => {
  using source = tool.proxy.register(object)
  const { media, intervalSeconds, pictures, maxSide } = plan
  const { stream } = media.video
  // So small, deinterlacing would gain nothing.
  const filters = stillFilters({ ...media.video, interlaced: false }, { maxSide, frames: oneEach(intervalSeconds) })
  const sparse = tool.capabilities.filtersInputs ? [`-bsf:${stream}`, firstOfEach(intervalSeconds)] : []
  let n = 0
  await readPictures(
    {
      ffmpegPath: tool.ffmpegPath,
      args: [
        ...['-v', 'error', '-threads', '1', '-max_error_rate', '1', '-skip_frame', 'nokey', ...sparse],
        ...['-skip_loop_filter', 'all'],
        ...[...inputArguments(source.url), '-map', `0:${stream}`, '-frames:v', String(pictures)],
        ...['-vf', filters.join(','), ...jpegArguments(JPEG_QUALITY)],
      ],
      limits: encodeRun(tool.limits, media.durationMs),
      signal: options.signal,
      onProgress: ({ outTimeMs }) => outTimeMs !== undefined && options.onProgress(outTimeMs),
    },
    source,
    async (jpeg) => {
      const offset = n * intervalSeconds
      n += 1
      await options.consume(offset, jpeg)
    },
  )
}

/** Drops all packets but the first keyframe of each interval. Packets without a time are dropped as well. */
const firstOfEach = (seconds: number): string => {
  const now = `floor(pts*tb/${seconds})`
  return `noise=drop='if(key*gte(${now}\\,ld(0))\\,0*st(0\\,${now}+1)\\,1)'`
}

/** Enough for whoever counts to see that the same one is there again and again. */
const LEFT_INTERVALS = 5

/**
 * At each interval's beginning the first keyframe in it, and where there is none the one before; so frames are moved to just behind the
 * beginning. The last one stands for what is left of the film; `tpad` knows how long a frame lasts only before their times are changed.
 */
const oneEach = (seconds: number): readonly string[] => [
  `tpad=stop_mode=clone:stop_duration=${seconds * LEFT_INTERVALS}`,
  `setpts=PTS-${seconds - 0.001}/TB`,
  `fps=1/${seconds}:round=up:start_time=0`,
]
