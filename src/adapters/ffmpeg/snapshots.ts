import type { PinnedSource, SnapshotOptions } from '../../core/processing/ports.ts'
import type { SnapshotPlan } from '../../core/processing/still-plan.ts'
import { stillFilters } from '../../core/processing/video-graph.ts'
import { inputArguments } from './input-arguments.ts'
import { keyframeGap } from './keyframe-gap.ts'
import { encodeRun, shortRun } from './media-limits.ts'
import type { RegisteredSource } from './range-proxy.ts'
import { jpegArguments, readPictures } from './read-pictures.ts'
import type { ToolContext } from './tool-context.ts'

interface Task {
  readonly plan: SnapshotPlan
  readonly options: SnapshotOptions
}

const JPEG_QUALITY = 3

/**
 * One frame a second, each tick with the last frame that begins at or before it: what a player shows then. The beginning is
 * that of the film, also where its picture begins later.
 */
const secondsFrom = (start: number): string => `fps=1:round=up:start_time=${start}`

/**
 * `MediaTool.snapshots`. Damage is passed over: what cannot be decoded is not shown either. Either all of the film is decoded
 * once, or each picture from the keyframe before it, whichever is less.
 */
export const snapshots = async (tool: ToolContext, object: PinnedSource, task: Task): Promise<void> => {
  using source = tool.proxy.register(object)
  if (await isSeekingCheaper(tool, source, task)) await seekEach(tool, source, task)
  else await decodeAll(tool, source, task)
}

/** What a process, its opening of the file and its blocks cost, in seconds of decoding 1080p. */
const SEEK_SECONDS = 1.5
/** How far behind a keyframe a second lies, in gaps: half of one where all are alike, more where some are longer. */
const GAP_SHARE = 0.75
/** A seek may land by the order of decoding: from so much earlier, a keyframe is surely shown before the second. */
const MARGIN_SECONDS = 1

/** Only files with an index lead to a keyframe before the second; in others, and in pieces, a seek may land behind one. */
const isIndexed = ({ reader }: RegisteredSource, { media }: SnapshotPlan): boolean =>
  !('pieces' in reader.object) && /\b(?:mov|matroska)\b/.test(media.container)

const isSeekingCheaper = async (tool: ToolContext, source: RegisteredSource, task: Task): Promise<boolean> => {
  const { plan } = task
  const [count, length] = [plan.offsets.length, lengthOf(plan)]
  if (!isIndexed(source, plan) || count * SEEK_SECONDS >= length) return false
  const gap = await keyframeGap(tool, source, { media: plan.media, signal: task.options.signal })
  return count * (SEEK_SECONDS + gap * GAP_SHARE) < length
}

/** So much of the film has to be seen for all pictures. */
const lengthOf = ({ offsets, media }: SnapshotPlan): number =>
  Math.min((offsets.at(-1) ?? 0) + 1, Math.ceil(media.durationMs / 1000) + 1)

const decodeAll = async (tool: ToolContext, source: RegisteredSource, { plan, options }: Task): Promise<void> => {
  const { media, shape, maxSide } = plan
  const within = plan.offsets.filter((offset) => offset < lengthOf(plan))
  // Every second goes to a second output, too, which keeps nothing: from it one sees how far the decoder is.
  const frames = [secondsFrom(0), `split[seconds][some];[some]select='${chosen(within)}'`]
  const filters = stillFilters(media.video, { shape, maxSide, frames }).join(',')
  let n = 0
  await readPictures(
    {
      ffmpegPath: tool.ffmpegPath,
      args: [
        ...common(tool, ['-t', String(lengthOf(plan))], source),
        ...['-filter_complex', `[0:${media.video.stream}]${filters}[pictures]`],
        ...['-map', '[seconds]', '-fps_mode', 'passthrough', '-f', 'null', '-'],
        ...['-map', '[pictures]', ...jpegArguments(JPEG_QUALITY)],
      ],
      limits: encodeRun(tool.limits, media.durationMs),
      signal: options.signal,
      onProgress: ({ outTimeMs }) => outTimeMs !== undefined && options.onProgress(outTimeMs),
    },
    source,
    async (jpeg) => {
      const offset = within[n]
      n += 1
      if (offset !== undefined) await options.consume(offset, jpeg)
    },
  )
}

/** FFmpeg's expression for these numbers of frames. */
const chosen = (offsets: readonly number[]): string => {
  const [, step = 0] = offsets
  const isInterval = step > 0 && offsets.every((offset, n) => offset === n * step)
  return isInterval ? `not(mod(n,${step}))` : offsets.map((offset) => `eq(n,${offset})`).join('+')
}

/**
 * Ends with the first second that has no picture: it lies behind the last frame, and so do all that follow. Where a seek to a second
 * lands behind it, all further ones go to a place before.
 */
const seekEach = async (tool: ToolContext, source: RegisteredSource, task: Task): Promise<void> => {
  const within = task.plan.offsets.filter((one) => one < lengthOf(task.plan))
  let isDirect = true
  for (const offset of within) {
    const found = isDirect && (await seek(tool, source, { ...task, offset, isDirect }))
    if (found) continue
    if (!(await seek(tool, source, { ...task, offset, isDirect: false }))) return
    isDirect = false
  }
}

interface Seek extends Task {
  readonly offset: number
  /** To the second itself, and no picture unless it led to a keyframe that is shown by then. */
  readonly isDirect: boolean
}

/**
 * Nothing before the keyframe, because frames that are shown before it may need what was not read; nothing at all when it is
 * shown after the second. A second later that is clear.
 */
const FROM_KEYFRAME = ['trim=end=1', `select='st(0,ld(0)+key*lte(t,0));ld(0)'`]

const seek = async (
  tool: ToolContext,
  source: RegisteredSource,
  { plan, options, offset, isDirect }: Seek,
): Promise<boolean> => {
  const { media, shape, maxSide } = plan
  const from = isDirect ? offset : Math.max(0, offset - MARGIN_SECONDS)
  const frames = [...(isDirect ? FROM_KEYFRAME : []), secondsFrom(offset - from)]
  const made = await readPictures(
    {
      ffmpegPath: tool.ffmpegPath,
      args: [
        ...common(tool, ['-noaccurate_seek', '-ss', String(from)], source),
        ...['-map', `0:${media.video.stream}`, '-frames:v', '1'],
        ...['-vf', stillFilters(media.video, { shape, maxSide, frames }).join(','), ...jpegArguments(JPEG_QUALITY)],
      ],
      limits: shortRun(tool.limits),
      signal: options.signal,
    },
    source,
    (jpeg) => options.consume(offset, jpeg),
  )
  return made > 0
}

const common = ({ processors }: ToolContext, where: readonly string[], source: RegisteredSource): readonly string[] => [
  ...['-v', 'error', '-threads', String(Math.min(processors, 16)), '-max_error_rate', '1'],
  ...[...where, ...inputArguments(source.url)],
]
