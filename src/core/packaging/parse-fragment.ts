import { readBoxes, requireBox } from './boxes.ts'
import { readFields } from './read-bytes.ts'
import { type Sample, type SampleRun, totalBytes } from './sample.ts'
import { TrackDefect } from './track-defect.ts'
import type { SampleDefaults } from './track-header.ts'

/** What a `traf` says. */
export interface TrackFragment {
  readonly trackId: number
  readonly decodeTime: number
  /** What the positions of its data count from: the file's beginning and so many bytes, that of the `moof`, or, as of old, where the data before it ends. */
  readonly base: number | 'moof' | 'data before'
  readonly runs: readonly FragmentRun[]
}

export interface FragmentRun {
  /** From `base`; absent: it follows the run before it. */
  readonly dataOffset?: number
  readonly samples: readonly Sample[]
}

/** More than an hour at 60 frames per second in one fragment is damage; each sample costs memory before its bytes are checked. */
const MOST_SAMPLES = 250_000

/**
 * The samples of a movie fragment with one track. Their bytes must be one piece that begins `dataOffset` bytes after the
 * start of the `moof` and is `dataBytes` long (the payload of the `mdat` behind it), because it is handed on as such.
 */
export const parseFragment = (
  moof: Uint8Array,
  expected: {
    readonly trackId: number
    readonly defaults: SampleDefaults
    readonly dataOffset: number
    readonly dataBytes: number
  },
): SampleRun => {
  const [traf, second] = [...readBoxes(moof)].filter(({ type }) => type === 'traf')
  if (!traf || second) throw new TrackDefect('unsupported', 'A fragment does not hold exactly one track.')
  const { trackId, decodeTime, base, runs } = parseTrackFragment(traf.payload, () => expected.defaults)
  if (trackId !== expected.trackId) throw unannounced()
  if (typeof base === 'number') {
    throw new TrackDefect('unsupported', 'A fragment points at its data by a position in the whole file.')
  }
  let end = expected.dataOffset
  for (const { dataOffset, samples } of runs) {
    if (dataOffset !== undefined && dataOffset !== end) {
      throw new TrackDefect('unsupported', 'The data of a fragment does not lie in one piece.')
    }
    end += totalBytes(samples)
  }
  if (end - expected.dataOffset !== expected.dataBytes) {
    throw new TrackDefect('malformed', 'A fragment announces another amount of data than it has.')
  }
  return { decodeTime, samples: runs.flatMap(({ samples }) => samples) }
}

export const parseTrackFragment = (
  traf: Uint8Array,
  defaultsOf: (trackId: number) => SampleDefaults | undefined,
): TrackFragment => {
  const { defaults, ...header } = parseFragmentHeader(requireBox(traf, ['tfhd']), defaultsOf)
  const runs: FragmentRun[] = []
  let count = 0
  for (const { type, payload } of readBoxes(traf)) {
    if (type !== 'trun') continue
    const run = parseRun(payload, { defaults, most: MOST_SAMPLES - count })
    count += run.samples.length
    runs.push(run)
  }
  return { ...header, decodeTime: parseDecodeTime(requireBox(traf, ['tfdt'])), runs }
}

const parseFragmentHeader = (tfhd: Uint8Array, defaultsOf: (trackId: number) => SampleDefaults | undefined) => {
  const fields = readFields(tfhd)
  const flags = fields.u32()
  const trackId = fields.u32()
  const defaults = defaultsOf(trackId)
  if (!defaults) throw unannounced()
  const base =
    (flags & 0x1) !== 0 ? fields.u64() : (flags & 0x20000) !== 0 ? ('moof' as const) : ('data before' as const)
  if ((flags & 0x2) !== 0) fields.skip(4)
  return {
    ...{ trackId, base },
    defaults: {
      duration: (flags & 0x8) !== 0 ? fields.u32() : defaults.duration,
      size: (flags & 0x10) !== 0 ? fields.u32() : defaults.size,
      flags: (flags & 0x20) !== 0 ? fields.u32() : defaults.flags,
    },
  }
}

const unannounced = () => new TrackDefect('malformed', 'A fragment belongs to a track that was not announced.')

const parseDecodeTime = (tfdt: Uint8Array): number => {
  const fields = readFields(tfdt)
  const version = fields.u8()
  fields.skip(3)
  return version === 1 ? fields.u64() : fields.u32()
}

/** ISO/IEC 14496-12, 8.8.8. */
const parseRun = (
  trun: Uint8Array,
  { defaults, most }: { readonly defaults: SampleDefaults; readonly most: number },
): FragmentRun => {
  const fields = readFields(trun)
  const flags = fields.u32()
  const signed = flags >>> 24 === 1
  const count = fields.u32()
  if (count > most) throw new TrackDefect('malformed', 'A fragment has impossibly many samples.')
  const dataOffset = (flags & 0x1) !== 0 ? fields.i32() : undefined
  const firstFlags = (flags & 0x4) !== 0 ? fields.u32() : undefined
  const samples = Array.from({ length: count }, (_, at): Sample => {
    const duration = (flags & 0x100) !== 0 ? fields.u32() : defaults.duration
    const sizeBytes = (flags & 0x200) !== 0 ? fields.u32() : defaults.size
    const ownFlags = (flags & 0x400) !== 0 ? fields.u32() : defaults.flags
    const compositionOffset = (flags & 0x800) === 0 ? 0 : signed ? fields.i32() : fields.u32()
    return { sizeBytes, duration, flags: at === 0 ? (firstFlags ?? ownFlags) : ownFlags, compositionOffset }
  })
  return { ...(dataOffset !== undefined && { dataOffset }), samples }
}
