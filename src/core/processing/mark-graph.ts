import type { Mark } from '../catalog/mark.ts'
import type { SourceVideo } from '../catalog/media.ts'
import type { VideoRung } from './encode-plan.ts'
import { type PlacedMark, placeMark } from './place-mark.ts'

interface Marking {
  readonly marks: readonly Mark[]
  /** Where in the inputs the picture of the first one is; the others follow. */
  readonly firstInput: number
  readonly video: SourceVideo
}

export interface MarkedRung {
  /** Position in the plan. */
  readonly n: number
  readonly rung: VideoRung
}

/**
 * Takes the pads `[b0]`, `[b1]`, ... of rungs to `[v0]`, `[v1]`, ... with the marks in. Each rung has them from the picture itself, scaled
 * once to the size that they have there, and the rungs below are scaled from one without: so no mark is blurred by a scaler of the cascade,
 * or lies beside its place. A picture is one frame, which is scaled once for all of the film.
 */
export const markGraph = (marking: Marking, rungs: readonly MarkedRung[]): readonly string[] => [
  ...marking.marks.flatMap((mark, m) => pictureChains(mark, { m, marking, rungs })),
  ...rungs.flatMap((marked) => [`[b${marked.n}]${UNNAMED}[b${marked.n}_0]`, ...overlays(marking, marked)]),
]

/**
 * FFmpeg 7 brings all inputs of an overlay to one name of colours, by converting the film. Where all have none, nothing is converted,
 * and the film gets its own name back.
 */
const UNNAMED = 'setparams=colorspace=unknown'

const overlays = ({ marks, video }: Marking, { n, rung }: MarkedRung): readonly string[] =>
  marks.map((mark, m) => {
    const { x, y } = placeMark(mark, rung)
    const overlay = `[b${n}_${m}][m${m}_${n}]overlay=x=${x}:y=${y}${timeline(mark)}`
    return m + 1 < marks.length
      ? `${overlay}[b${n}_${m + 1}]`
      : `${overlay},setparams=colorspace=${nameOf(video)}[v${n}]`
  })

interface Pictured {
  readonly m: number
  readonly marking: Marking
  readonly rungs: readonly MarkedRung[]
}

const pictureChains = (mark: Mark, { m, marking, rungs }: Pictured): readonly string[] => {
  const pads = rungs.map(({ n }) => `[p${m}_${n}]`).join('')
  const common = [FIRST_IN_TIME, ...(isOpaque(mark) ? ['format=rgb24'] : ['format=gbrap', 'premultiply=inplace=1'])]
  return [
    `[${marking.firstInput + m}:v:0]${common.join(',')},split=${rungs.length}${pads}`,
    ...rungs.map(({ n, rung }) => {
      const filters = sizeFilters(mark, placeMark(mark, rung), matrixOf(marking.video, rung))
      return `[p${m}_${n}]${filters.join(',')}[m${m}_${n}]`
    }),
  ]
}

/**
 * A frame of a film that begins before the mark would not get it; and the tick of a whole second goes into any other, so that those
 * of the film stay.
 */
const FIRST_IN_TIME = 'settb=1,setpts=-1000'

const isOpaque = ({ placement }: Mark): boolean => placement.process === 'original'

/** With its colours multiplied by their opacity, so that what is hidden under transparent pixels does not show at the edges. */
const sizeFilters = (mark: Mark, { width, height }: PlacedMark, matrix: string): readonly string[] => [
  `scale=${width}:${height}:flags=lanczos`,
  ...(isOpaque(mark) ? [] : ['unpremultiply=inplace=1']),
  ...[`scale=out_color_matrix=${matrix}`, 'format=yuva420p', UNNAMED],
  ...(mark.placement.process === 'grey' ? ['lutyuv=u=128:v=128'] : []),
]

/** What the colours of the film are called where it is encoded; HDR was turned into SDR. */
const nameOf = ({ hdr, matrix }: SourceVideo): string => (hdr ? 'bt709' : (matrix ?? 'unknown'))

/** So that the colours of the mark mean the same. Those without a name are taken as players take them, by the size of the output. */
const matrixOf = ({ hdr, matrix }: SourceVideo, { width, height }: VideoRung): string => {
  if (hdr) return 'bt709'
  return MATRICES.get(matrix ?? '') ?? (Math.min(width, height) >= 720 ? 'bt709' : 'smpte170m')
}

/** By the scaler's names. */
const MATRICES: ReadonlyMap<string, string> = new Map([
  ...['bt709', 'fcc', 'smpte170m', 'smpte240m'].map((name) => [name, name] as const),
  ['bt470bg', 'bt470'],
  ['bt2020nc', 'bt2020'],
])

const timeline = ({ placement: { start = '0', duration } }: Mark): string => {
  if (Number(start) === 0 && duration === undefined) return ''
  const end = duration === undefined ? '' : `*lt(t,${start}+${duration})`
  return `:enable='gte(t,${start})${end}'`
}
