import type { SourceVideo } from '../catalog/media.ts'
import { fittedSize, type PictureSize } from '../catalog/picture-size.ts'
import type { StillShape } from '../catalog/snapshots.ts'
import { assertNever } from '../shared/assert-never.ts'
import { type Cascade, cascadesOf } from './cascades.ts'
import type { EncodePlan, VideoRung } from './encode-plan.ts'
import { markGraph } from './mark-graph.ts'
import { pixelShape } from './pixel-shape.ts'
import { stillSize } from './still-plan.ts'

/** Above this no still picture is shown any larger; a cover of more is only bytes. */
const MAX_COVER_SIDE = 1920

export interface StillOptions {
  readonly maxSide?: number
  readonly shape?: StillShape
  /** Filters that choose the frames. */
  readonly frames?: readonly string[]
}

/**
 * Pictures in, one labelled pad `[v0]`, `[v1]`, ... per rung that is encoded. Each is scaled from the one above it that shows the
 * same frames: 5 % less CPU than from the source each time, and no worse. FFmpeg turns the picture upright by itself before the graph.
 * `firstMarkInput`: which input holds the picture of the first mark, if there is one.
 */
export const videoGraph = (plan: EncodePlan, firstMarkInput = 1): string => {
  const cascades = cascadesOf(plan.rungs)
  const chains = cascades.flatMap((cascade, number) => cascadeChains(plan, cascade, pictureInput(plan, number)))
  return [...joinSpans(plan, cascades.length), ...chains, ...markChains(plan, firstMarkInput)].join(';')
}

/**
 * The frames of the chunk, by their own times, so that each frame of the film is in exactly one; and behind them the first one of the next,
 * which shows where the last one ends, and is cut off again.
 */
const chunkFilters = ({ part }: EncodePlan): readonly string[] => {
  if (part?.type !== 'chunk') return []
  const { startSeconds, endSeconds } = part
  const before = endSeconds === undefined ? '' : `*(isnan(prev_selected_t)+lt(prev_selected_t,${endSeconds}-0.000001))`
  return [`select='gte(t,${startSeconds}-0.000001)${before}'`]
}

const markChains = (plan: EncodePlan, firstInput: number): readonly string[] => {
  if (!plan.marks) return []
  const encoded = plan.rungs.map((rung, n) => ({ n, rung })).filter(({ rung }) => !rung.copied)
  return markGraph({ marks: plan.marks, firstInput, video: pictureOf(plan) }, encoded)
}

const cascadeChains = (plan: EncodePlan, cascade: Cascade, input: string): readonly string[] => {
  const top = rungAt(plan.rungs, cascade[0])
  const pad = plan.marks ? 'b' : 'v'
  return cascade.map((n, at) => {
    const above = cascade[at - 1]
    const chain =
      above === undefined
        ? `${input}${pictureFilters(pictureOf(plan), top, [...chunkFilters(plan), ...frameFilters(top)]).join(',')}`
        : `[x${above}]${rungFilters(rungAt(plan.rungs, n), top).join(',')}`
    return at + 1 < cascade.length ? `${chain},split=2[${pad}${n}][x${n}]` : `${chain}[${pad}${n}]`
  })
}

/** Each span is an input of its own. Joined, they are one picture for so many users. */
const joinSpans = (plan: EncodePlan, users: number): readonly string[] => {
  if (!plan.spans) return []
  const inputs = plan.spans.map((_, n) => `[${n}:${pictureOf(plan).stream}]`).join('')
  const pads = Array.from({ length: users }, (_, n) => pictureInput(plan, n)).join('')
  return [`${inputs}concat=n=${plan.spans.length},split=${users}${pads}`]
}

const pictureInput = (plan: EncodePlan, user: number): string =>
  plan.spans ? `[s${user}]` : `[0:${pictureOf(plan).stream}]`

const pictureOf = ({ media: { video } }: EncodePlan): SourceVideo => {
  if (!video) throw new Error('a plan with rungs needs a video stream')
  return video
}

/**
 * Neighbours say the same, and to score one costs as much as to encode several. But each needs the next one beside it: between frames that
 * lie far apart there is more motion, and with it VMAF forgives what a viewer sees.
 */
const COMPARED_PER_SECOND = 2
const COMPARISON_SCREEN = { long: 1920, short: 1080 }

/**
 * A score for how like the source a rung looks on a screen of 1080p, turned for portrait: inputs are those of the plan and, behind them, what was
 * encoded. Frame by frame, whatever time each begins at.
 */
export const comparisonGraph = (plan: EncodePlan, rung: VideoRung): string => {
  const video = pictureOf(plan)
  const size = fittedSize(video, COMPARISON_SCREEN)
  // An odd number, so that it is not always the same place between keyframes, and not the first, which is one.
  const every = 2 * Math.round(rung.frameRate / COMPARED_PER_SECOND / 2) + 1
  const first = Math.floor(every / 2)
  const step = `select='between(mod(n,${every}),${first},${first + 1})'`
  const source = pictureFilters(video, size, [...frameFilters(rung), step])
  const encoded = [step, `scale=${size.width}:${size.height}:flags=bicubic`, 'setsar=1', 'format=yuv420p']
  return [
    ...joinSpans(plan, 1),
    `${pictureInput(plan, 0)}${[...source, 'setpts=N/TB'].join(',')}[source]`,
    `[${plan.spans?.length ?? 1}:v:0]${[...encoded, 'setpts=N/TB'].join(',')}[encoded]`,
    '[encoded][source]libvmaf=n_subsample=2',
  ].join(';')
}

const rungAt = (rungs: readonly VideoRung[], at: number): VideoRung => {
  const rung = rungs[at]
  if (!rung) throw new Error('a cascade names rungs of its plan')
  return rung
}

/** The same picture, as a JPEG: upright, square pixels, SDR; a cover unless told otherwise. */
export const stillFilters = (
  video: SourceVideo,
  { maxSide = MAX_COVER_SIDE, shape = 'source', frames = [] }: StillOptions = {},
): readonly string[] => {
  const { picture, canvas } = stillSize(video, { maxSide, shape })
  const bars = canvas ? [`pad=${canvas.width}:${canvas.height}:(ow-iw)/2:(oh-ih)/2`] : []
  return [...pictureFilters(video, picture, frames), ...bars, 'scale=out_range=pc', 'format=yuvj420p']
}

export const pictureFilters = (video: SourceVideo, size: PictureSize, frames: readonly string[]): readonly string[] => [
  // Frames that are not flagged pass untouched: a mixed source needs no decision.
  ...(video.interlaced ? ['bwdif=mode=send_frame:deint=interlaced'] : []),
  ...frames,
  scaleTo(size),
  // After scaling, because it works on 96 bits per pixel.
  ...(video.hdr ? HDR_TO_SDR : []),
  ...['setsar=1', 'format=yuv420p'],
]

/**
 * Scaled by zimg, which takes a third of swscale's processor time for the same filter: 12 % of the whole ladder (measured).
 * It needs even sizes, and knows only some pixel formats; behind the first rung both are settled.
 */
const rungFilters = (rung: VideoRung, top: VideoRung): readonly string[] => {
  const { across, down } = pixelShape(rung, top)
  const shape = `setsar=${across}/${down}:max=100000000`
  return [`zscale=${rung.width}:${rung.height}:filter=lanczos`, shape]
}

const scaleTo = ({ width, height }: PictureSize): string => `scale=${width}:${height}:flags=lanczos`

const frameFilters = ({ frames, frameRate }: VideoRung): readonly string[] => {
  switch (frames.keep) {
    case 'all':
      return []
    case 'every':
      return [`framestep=${frames.step}`]
    case 'spaced':
      return [`select='isnan(prev_selected_t)+gte(t-prev_selected_t,${(0.95 / frameRate).toFixed(6)})'`]
    case 'rate':
      return [`fps=${frameRate}`]
    default:
      return assertNever(frames)
  }
}

/**
 * Matrix and primaries are set because files often signal the transfer curve alone and zscale then refuses; HDR is BT.2020
 * in practice. 203 nits is the reference white of BT.2408.
 */
const HDR_TO_SDR = [
  'zscale=min=2020_ncl:pin=2020:t=linear:npl=203,format=gbrpf32le',
  'zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv',
]
