import type { MediaTool, PinnedObject } from '../src/core/processing/ports.ts'
import { planStoryboard, type SnapshotPlan } from '../src/core/processing/still-plan.ts'
import { type Bench, runFfmpeg } from './bench.ts'
import { longClip } from './clips.ts'
import { openClip } from './encodes.ts'
import type { Figure } from './figure.ts'
import { type Cost, measureChildren } from './measure.ts'

/** Of the snapshots, which are exact; and of the decode that both are compared with. */
const INTERVAL_SECONDS = 5
/** Of single pictures, spread over the film: on average as far behind a keyframe as any second of it. */
const [POINTS, FIRST_POINT, POINT_GAP] = [10, 14, 28]

interface Subject {
  readonly media: MediaTool
  readonly source: PinnedObject
  readonly film: SnapshotPlan['media']
}

/** Line (f): pictures of a film by its keyframes, and exact ones, many and few, against decoding all of it for a picture every five seconds. */
export const stillPictures = async (bench: Bench): Promise<readonly Figure[]> => {
  const clip = await longClip(bench, 5)
  await using opened = await openClip(bench, clip)
  const { media, source } = opened
  const { video, ...rest } = await media.probe(source, bench.signal)
  if (!video) throw new Error('the clip has video')
  const film = { ...rest, video }
  const subject = { media, source, film }
  const decoded = await measureChildren(() => runFfmpeg(bench, usualArguments(clip.path)))
  const storyboard = await measureChildren(() => makeStoryboard(bench, subject))
  const count = Math.ceil(film.durationMs / 1000 / INTERVAL_SECONDS)
  const exact = await measureChildren(() => makeSnapshots(bench, subject, everyNth(count, INTERVAL_SECONDS)))
  const points = everyNth(POINTS, bench.quick ? 1 : POINT_GAP, FIRST_POINT)
  const few = await measureChildren(() => makeSnapshots(bench, subject, points))
  const figure = (name: string, what: string, ours: Cost): Figure => ({
    id: `f.${clip.name}.${name}`,
    what: `${what}, processor time against decoding the film with fps=1/${INTERVAL_SECONDS}`,
    value: allOf(ours) / decoded.cpuSeconds,
    unit: 'ratio',
    parts: { ours_s: allOf(ours), theirs_s: decoded.cpuSeconds, others_processors: ours.othersProcessors },
  })
  return [
    { ...figure('storyboard', 'storyboard from keyframes', storyboard), target: { atMost: 0.2 } },
    { ...figure('points', `${POINTS} exact snapshots`, few), target: { atMost: 0.2 } },
    figure('exact', `exact snapshots every ${INTERVAL_SECONDS} s`, exact),
  ]
}

/** Ours reads through the loopback proxy, which is in this process. */
const allOf = ({ cpuSeconds, benchCpuSeconds }: Cost): number => cpuSeconds + benchCpuSeconds

const usualArguments = (path: string): readonly string[] => [
  ...['-i', path, '-map', '0:v:0', '-vf', `fps=1/${INTERVAL_SECONDS},scale=640:-2`, '-q:v', '3', '-f', 'mpjpeg'],
  '/dev/null',
]

const makeStoryboard = async ({ signal }: Bench, { media, source, film }: Subject): Promise<void> => {
  const { pictures } = await media.storyboard(source, planStoryboard(film), signal)
  if (pictures === 0) throw new Error('the storyboard is empty')
}

const everyNth = (count: number, gap: number, first = 0): readonly number[] =>
  Array.from({ length: count }, (_, n) => first + n * gap)

const makeSnapshots = async (
  { signal }: Bench,
  { media, source, film }: Subject,
  offsets: readonly number[],
): Promise<void> => {
  await media.snapshots(
    source,
    { media: film, offsets, shape: 'source', maxSide: 640 },
    { signal, onProgress: () => undefined, consume: async () => undefined },
  )
}
