import { MediaFailure, type PinnedSource, type StoryboardSheets } from '../../core/processing/ports.ts'
import type { StoryboardPlan } from '../../core/processing/still-plan.ts'
import { stillFilters } from '../../core/processing/video-graph.ts'
import { explainExit } from './explain-exit.ts'
import { inputArguments } from './input-arguments.ts'
import { encodeRun, shortRun } from './media-limits.ts'
import type { RegisteredSource } from './range-proxy.ts'
import { jpegArguments, readPictures } from './read-pictures.ts'
import { FIRST_OUTPUT, type RunLimits, runFfmpeg } from './run.ts'
import type { ToolContext } from './tool-context.ts'

interface Task {
  readonly plan: StoryboardPlan
  readonly signal: AbortSignal
}

const JPEG_QUALITY = 5
/** What a seek reads of the source: a block or two of the proxy, and the block after it. */
const SEEK_BYTES = 8 << 20

/**
 * `MediaTool.storyboard`. The decoder sees keyframes only. A file of usual size is read once from beginning to end, because a
 * process per picture costs more than reading; of a very large one only the places that are shown are read, if
 * it has an index: pieces together have none.
 */
export const storyboard = async (tool: ToolContext, object: PinnedSource, task: Task): Promise<StoryboardSheets> => {
  const { plan, signal } = task
  const raw = await rawPictures(tool, object, task)
  const pictures = Math.floor(raw.length / pictureBytes(plan))
  if (pictures === 0) throw new MediaFailure('no keyframe could be decoded', { permanent: true })
  const { picture, columns, rows } = plan
  const sheets: Uint8Array[] = []
  await readPictures(
    {
      ffmpegPath: tool.ffmpegPath,
      args: [
        ...['-v', 'error', '-threads', '1', '-protocol_whitelist', 'pipe', '-f', 'rawvideo', '-pix_fmt', 'yuvj420p'],
        ...['-video_size', `${picture.width}x${picture.height}`, '-i', 'pipe:0'],
        ...['-vf', `tile=${columns}x${rows}`, ...jpegArguments(JPEG_QUALITY)],
      ],
      input: [raw],
      limits: shortRun(tool.limits),
      signal,
    },
    undefined,
    async (jpeg) => void sheets.push(jpeg),
  )
  return { pictures, sheets }
}

/** All pictures, one behind the other. */
const rawPictures = async (tool: ToolContext, object: PinnedSource, { plan, signal }: Task): Promise<Buffer> => {
  using source = tool.proxy.register(object)
  const { pictures, spacingSeconds, media } = plan
  if ('pieces' in object || object.sizeBytes <= pictures * SEEK_BYTES) {
    // Not `-discard nokey` besides: it saves no reading (each packet is sought all the same), and makes up wrong times.
    const every = `fps=1/${spacingSeconds}:round=up:start_time=0`
    const limits = encodeRun(tool.limits, media.durationMs)
    return await keyframes(tool, { source, plan, limits, signal, where: [], frames: [every] })
  }
  const found: Buffer[] = []
  for (let n = 0; n < pictures; n++) {
    const where = ['-noaccurate_seek', '-ss', String(n * spacingSeconds)]
    const one = await keyframes(tool, { source, plan, limits: shortRun(tool.limits), signal, where, most: 1 })
    const before = found.at(-1)
    if (one.length > 0) found.push(one)
    else if (before) found.push(before)
  }
  return Buffer.concat(found)
}

interface Keyframes extends Task {
  readonly source: RegisteredSource
  readonly limits: RunLimits
  /** Options of the input. */
  readonly where: readonly string[]
  readonly frames?: readonly string[]
  readonly most?: number
}

/** So small, and one by one, deinterlacing would gain nothing. */
const keyframes = async (
  { ffmpegPath }: ToolContext,
  { source, plan, limits, signal, where, frames = [], most = plan.pictures }: Keyframes,
): Promise<Buffer> => {
  const { media, picture } = plan
  const maxSide = Math.max(picture.width, picture.height)
  const filters = [...stillFilters({ ...media.video, interlaced: false }, { maxSide, frames }), scaleTo(picture)]
  const exit = await runFfmpeg({
    ffmpegPath,
    args: [
      ...['-v', 'error', '-threads', '1', '-max_error_rate', '1', '-skip_frame', 'nokey', ...where],
      ...[...inputArguments(source.url), '-map', `0:${media.video.stream}`, '-frames:v', String(most)],
      ...['-vf', filters.join(','), '-fps_mode', 'passthrough', '-f', 'rawvideo', `pipe:${FIRST_OUTPUT}`],
    ],
    limits,
    outputs: 1,
    maxOutputBytes: plan.pictures * pictureBytes(plan),
    isWaiting: () => source.reader.isWaiting,
    signal,
  })
  const failure = source.reader.failure ?? explainExit(exit)
  if (failure) throw failure
  return exit.output
}

/** Its size to the pixel; without effect where it is already right. */
const scaleTo = ({ width, height }: StoryboardPlan['picture']): string => `scale=${width}:${height}`

const pictureBytes = ({ picture: { width, height } }: StoryboardPlan): number => (width * height * 3) / 2
