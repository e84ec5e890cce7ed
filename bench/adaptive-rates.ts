import { adaptRates } from '../src/core/processing/adapt-rates.ts'
import type { EncodePlan } from '../src/core/processing/encode-plan.ts'
import { type Bench, runFfmpeg } from './bench.ts'
import { type Clip, contentClips, mixedClip, tenMinutesOf } from './clips.ts'
import { openClip, plainEncode, plainTrack, planOf } from './encodes.ts'
import type { Figure } from './figure.ts'
import { type Cost, measureChildren } from './measure.ts'
import { vmafOf } from './vmaf.ts'

interface Rung {
  readonly name: string
  readonly kbps: number
  readonly vmaf: number
  /** What the template group allows. */
  readonly mostKbps: number
}

interface Side {
  readonly rungs: readonly Rung[]
  readonly cpuSeconds: number
}

interface Compared {
  readonly clip: Clip
  readonly fixed: Side
  readonly adapted: Side
}

/** Line (g): bit rates by content against those of the template group, over clips that could not differ more. */
export const adaptiveRates = async (bench: Bench): Promise<readonly Figure[]> => {
  const ofOneKind = await contentClips(bench)
  const all: Compared[] = []
  for (const clip of [...ofOneKind, await mixedClip(bench)]) {
    const plan = { ...(await planOf(bench, clip)), sounds: [], outputs: [] }
    const fixed = await encodeSide(bench, clip, plan)
    const { plan: adaptedPlan } = await search(bench, clip, plan)
    const adapted = await encodeSide(bench, clip, adaptedPlan)
    all.push({ clip, fixed, adapted })
    for (const [n, { name, kbps, vmaf }] of adapted.rungs.entries()) {
      const before = fixed.rungs[n]
      bench.say(
        `${clip.name} ${name}: ${text(before?.kbps)} -> ${text(kbps)} kbit/s, VMAF ${text(before?.vmaf)} -> ${text(vmaf)}`,
      )
    }
  }
  return [
    bitsFigure(all.slice(0, ofOneKind.length)),
    ...all.map(vmafFigure),
    rateFigure(all),
    await searchFigure(bench, all[0]),
  ]
}

const text = (value = 0): string => value.toFixed(1)

const encodeSide = async (bench: Bench, clip: Clip, plan: EncodePlan): Promise<Side> => {
  const { cpuSeconds } = await plainEncode(bench, clip, plan)
  const rungs: Rung[] = []
  for (const [n, { height, frameRate, bitrateKbps }] of plan.rungs.entries()) {
    const encoded = plainTrack(bench, n)
    const kbps = await pictureKbps(bench, encoded, frameRate)
    const vmaf = await vmafOf(bench, { encoded, source: clip.path, frameRate })
    rungs.push({ name: `${height}p`, kbps, vmaf, mostKbps: bitrateKbps })
  }
  return { rungs, cpuSeconds }
}

/** Of the packets alone. */
const pictureKbps = async (bench: Bench, path: string, frameRate: number): Promise<number> => {
  const listing = await runFfmpeg(bench, ['-i', path, '-map', '0:v:0', '-c', 'copy', '-f', 'framecrc', '-'])
  const sizes = listing.split('\n').flatMap((line) => (line.startsWith('0,') ? Number(line.split(',')[4]) : []))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  return ((bytes * 8) / 1000) * (frameRate / sizes.length)
}

const search = async (bench: Bench, clip: Clip, plan: EncodePlan): Promise<{ plan: EncodePlan; cost: Cost }> => {
  await using opened = await openClip(bench, clip)
  const { media, source } = opened
  let found = plan
  const cost = await measureChildren(async () => {
    found = await adaptRates({ media, source, plan, signal: bench.signal })
  })
  return { plan: found, cost }
}

const kbpsOf = ({ rungs }: Side): number => rungs.reduce((sum, { kbps }) => sum + kbps, 0)

/** Each clip counts alike, whatever its length. */
const bitsFigure = (all: readonly Compared[]): Figure => {
  const [ours, theirs] = [
    all.reduce((sum, { adapted }) => sum + kbpsOf(adapted), 0),
    all.reduce((sum, { fixed }) => sum + kbpsOf(fixed), 0),
  ]
  return {
    id: 'g.bits',
    what: 'bits of all renditions of all clips, rates by content against those of the group',
    value: ours / theirs,
    unit: 'ratio',
    target: { atMost: 0.8 },
    parts: {
      ...{ ours_kbps: ours, theirs_kbps: theirs },
      ...Object.fromEntries(all.map(({ clip, fixed, adapted }) => [clip.name, kbpsOf(adapted) / kbpsOf(fixed)])),
    },
  }
}

const vmafFigure = ({ clip, fixed, adapted }: Compared): Figure => {
  const differences = adapted.rungs.map(({ name, vmaf }, n) => [name, vmaf - (fixed.rungs[n]?.vmaf ?? 0)] as const)
  return {
    id: `g.vmaf.${clip.name}`,
    what: 'VMAF above that of the rate of the group, the worst rendition',
    value: Math.min(...differences.map(([, difference]) => difference)),
    unit: 'VMAF',
    target: { atLeast: -1 },
    parts: Object.fromEntries(differences),
  }
}

const rateFigure = (all: readonly Compared[]): Figure => ({
  id: 'g.rung',
  what: 'the highest bit rate of a rendition against what the group allows',
  value: Math.max(...all.flatMap(({ adapted }) => adapted.rungs.map(({ kbps, mostKbps }) => kbps / mostKbps))),
  unit: 'ratio',
  target: { atMost: 1 },
  parts: { theirs: Math.max(...all.flatMap(({ fixed }) => fixed.rungs.map(({ kbps, mostKbps }) => kbps / mostKbps))) },
})

/** The encode of ten minutes is not run: it takes as many times that of the clip as it is longer. */
const searchFigure = async (bench: Bench, film: Compared | undefined): Promise<Figure> => {
  if (!film) throw new Error('there is a film')
  const long = await tenMinutesOf(bench, film.clip)
  const [plan, { media: clipMedia }] = [await planOf(bench, long), await planOf(bench, film.clip)]
  const { cost } = await search(bench, long, { ...plan, sounds: [], outputs: [] })
  const ours = cost.cpuSeconds + cost.benchCpuSeconds
  const encode = (film.adapted.cpuSeconds * plan.media.durationMs) / clipMedia.durationMs
  return {
    id: 'g.search',
    what: 'the search in ten minutes of film against the encode that follows it, processor time',
    value: ours / encode,
    unit: 'ratio',
    target: { atMost: 0.15 },
    parts: { ours_s: ours, encode_s: encode, others_processors: cost.othersProcessors },
  }
}
