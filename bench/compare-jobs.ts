import { join } from 'node:path'
import type { EncodePlan } from '../src/core/processing/encode-plan.ts'
import type { Bench } from './bench.ts'
import { type Clip, longClip, shortClip } from './clips.ts'
import { plainEncode, planOf, usualEncode, usualRendition } from './encodes.ts'
import { type Figure, median, type Target } from './figure.ts'
import type { Cost } from './measure.ts'
import { vmafOf } from './vmaf.ts'
import { wholeJob } from './whole-job.ts'

interface Wanted {
  /** (a): against one FFmpeg with our arguments. */
  readonly plain: boolean
  /** (b): against one FFmpeg per rendition. */
  readonly usual: boolean
}

type Side = 'job' | 'plain' | 'usual'
type Round = Readonly<Partial<Record<Side, Cost>>>

const TARGETS = {
  long: { wall: { atMost: 1.15 }, cpu: { atMost: 1.1 }, usual: { atMost: 0.65 } },
  chunked: { wall: undefined, cpu: { atMost: 1.17 }, usual: { atMost: 0.7 } },
  short: { wall: { atMost: 1.25 }, cpu: { atMost: 1.15 } },
  usualCpu: { atMost: 0.65 },
} as const

/** Lines (a) and (b). Both sides of each ratio run one after the other, in turns. */
export const compareJobs = async (bench: Bench, wanted: Wanted): Promise<readonly Figure[]> => {
  const clip = await shortClip(bench)
  const plan = await planOf(bench, clip)
  const rounds: Round[] = []
  for (let round = 0; round < bench.rounds; round++) {
    rounds.push(await runRound(bench, { clip, plan, wanted, isReversed: round % 2 === 1 }))
  }
  const figures = wanted.plain ? plainFigures(clip, rounds, TARGETS.short) : []
  if (wanted.usual) figures.push(usualCpu(clip, rounds), ...(await compareQuality(bench, clip, plan)))
  if (!wanted.plain) return figures
  for (const { minutes, environment, targets } of LONG) {
    const long = await longClip(bench, minutes)
    const both = { plain: true, usual: true }
    const options = { clip: long, plan: await planOf(bench, long), wanted: both, isReversed: false, environment }
    // Too long to repeat, and long enough to need no repeating.
    const once = await runRound(bench, options)
    figures.push(...plainFigures(long, [once], targets), { ...usualCpu(long, [once]), target: targets.usual })
  }
  return figures
}

/** The first in one piece, the other as it comes: in chunks. */
const LONG = [
  { minutes: 5, environment: { TELECINE_CHUNK_SECONDS: '3600' }, targets: TARGETS.long },
  { minutes: 10, environment: {}, targets: TARGETS.chunked },
] as const

interface RoundOptions {
  readonly clip: Clip
  readonly plan: EncodePlan
  readonly wanted: Wanted
  readonly isReversed: boolean
  /** Settings of the product. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Each side once; every other round backwards, so that none always runs on a machine that another one has warmed. */
const runRound = async (bench: Bench, options: RoundOptions): Promise<Round> => {
  const { clip, wanted, isReversed } = options
  const sides: readonly Side[] = [
    'job',
    ...(wanted.plain ? ['plain' as const] : []),
    ...(wanted.usual ? ['usual' as const] : []),
  ]
  const costs: Partial<Record<Side, Cost>> = {}
  for (const side of isReversed ? sides.toReversed() : sides) {
    const cost = await run(bench, side, options)
    costs[side] = cost
    const [wall, cpu, others] = [cost.wallSeconds, cost.cpuSeconds, cost.othersProcessors].map((n) => n.toFixed(1))
    bench.say(`${clip.name} ${side}: ${wall} s wall, ${cpu} s CPU; others kept ${others} processors busy`)
  }
  return costs
}

const run = (bench: Bench, side: Side, { clip, plan, environment }: RoundOptions): Promise<Cost> => {
  switch (side) {
    case 'job':
      return wholeJob(bench, clip, {
        keepRenditions: plan.rungs.map((_, rung) => ourRendition(bench, rung)),
        ...(environment && { environment }),
      })
    case 'plain':
      return plainEncode(bench, clip, plan)
    case 'usual':
      return usualEncode(bench, clip, plan)
  }
}

const ourRendition = ({ folder }: Bench, rung: number): string => join(folder, `ours-${rung}.mp4`)

interface JobTargets {
  readonly wall: Target | undefined
  readonly cpu: Target
}

const plainFigures = ({ name }: Clip, rounds: readonly Round[], targets: JobTargets): Figure[] => [
  {
    id: `a.${name}.wall`,
    what: 'whole job against one plain FFmpeg with the same arguments, time',
    ...ratio(rounds, 'plain', 'wallSeconds'),
    ...(targets.wall && { target: targets.wall }),
  },
  {
    id: `a.${name}.cpu`,
    what: 'the same, processor time of all processes of the installation',
    ...ratio(rounds, 'plain', 'cpuSeconds'),
    target: targets.cpu,
  },
]

const usualCpu = ({ name }: Clip, rounds: readonly Round[]): Figure => ({
  id: `b.${name}.cpu`,
  what: 'whole job against one FFmpeg per rendition, processor time',
  ...ratio(rounds, 'usual', 'cpuSeconds'),
  target: TARGETS.usualCpu,
})

/** The median of the rounds' ratios: each compares what ran side by side. */
const ratio = (rounds: readonly Round[], against: 'plain' | 'usual', member: 'wallSeconds' | 'cpuSeconds') => {
  const pairs = rounds.flatMap(({ job, [against]: other }) => (job && other ? [{ job, other }] : []))
  const othersProcessors = Math.max(
    ...pairs.flatMap(({ job, other }) => [job.othersProcessors, other.othersProcessors]),
  )
  return {
    value: median(pairs.map(({ job, other }) => job[member] / other[member])),
    unit: 'ratio' as const,
    parts: {
      ours_s: median(pairs.map(({ job }) => job[member])),
      theirs_s: median(pairs.map(({ other }) => other[member])),
      rounds: pairs.length,
      ...(member === 'wallSeconds' && { others_processors: othersProcessors }),
    },
  }
}

/** Of what the last round left. */
const compareQuality = async (bench: Bench, clip: Clip, plan: EncodePlan): Promise<readonly Figure[]> => {
  const figures: Figure[] = []
  for (const [n, rung] of plan.rungs.entries()) {
    const pair = { source: clip.path, frameRate: rung.frameRate }
    const ours = await vmafOf(bench, { ...pair, encoded: ourRendition(bench, n) })
    const theirs = await vmafOf(bench, { ...pair, encoded: usualRendition(bench, rung) })
    figures.push({
      id: `b.${clip.name}.vmaf.${rung.height}p`,
      what: 'VMAF of our rendition above that of the usual one',
      value: ours - theirs,
      unit: 'VMAF',
      target: { atLeast: 0 },
      parts: { ours, theirs },
    })
    bench.say(`${clip.name} VMAF ${rung.height}p: ours ${ours.toFixed(2)}, usual ${theirs.toFixed(2)}`)
  }
  return figures
}
