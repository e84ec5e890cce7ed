import { readBoxes, requireBox } from './boxes.ts'
import { readFields } from './read-bytes.ts'
import { type Sample, type SampleRun, totalBytes } from './sample.ts'
import { TrackDefect } from './track-defect.ts'
import type { SampleDefaults } from './track-header.ts'

/** More than an hour at 240 frames per second in one fragment is damage; each sample costs memory before its bytes are checked. */
const MOST_SAMPLES = 1_000_000

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
  const defaults = parseFragmentHeader(requireBox(traf.payload, ['tfhd']), expected)
  const samples: Sample[] = []
  for (const { type, payload } of readBoxes(traf.payload)) {
    if (type === 'trun') parseRun(payload, { samples, defaults, dataOffset: expected.dataOffset })
  }
  if (totalBytes(samples) !== expected.dataBytes) {
    throw new TrackDefect('malformed', 'A fragment announces another amount of data than it has.')
  }
  return { decodeTime: parseDecodeTime(requireBox(traf.payload, ['tfdt'])), samples }
}

const parseFragmentHeader = (
  tfhd: Uint8Array,
  { trackId, defaults }: { readonly trackId: number; readonly defaults: SampleDefaults },
): SampleDefaults => {
  const fields = readFields(tfhd)
  const flags = fields.u32()
  if (fields.u32() !== trackId)
    throw new TrackDefect('malformed', 'A fragment belongs to a track that was not announced.')
  if ((flags & 0x1) !== 0)
    throw new TrackDefect('unsupported', 'A fragment points at its data by a position in the whole file.')
  if ((flags & 0x2) !== 0) fields.skip(4)
  return {
    duration: (flags & 0x8) !== 0 ? fields.u32() : defaults.duration,
    size: (flags & 0x10) !== 0 ? fields.u32() : defaults.size,
    flags: (flags & 0x20) !== 0 ? fields.u32() : defaults.flags,
  }
}

const parseDecodeTime = (tfdt: Uint8Array): number => {
  const fields = readFields(tfdt)
  const version = fields.u8()
  fields.skip(3)
  return version === 1 ? fields.u64() : fields.u32()
}

/** ISO/IEC 14496-12, 8.8.8. */
const parseRun = (
  trun: Uint8Array,
  into: { readonly samples: Sample[]; readonly defaults: SampleDefaults; readonly dataOffset: number },
): void => {
  const { samples, defaults } = into
  const fields = readFields(trun)
  const flags = fields.u32()
  const signed = flags >>> 24 === 1
  const count = fields.u32()
  if (count + samples.length > MOST_SAMPLES)
    throw new TrackDefect('malformed', 'A fragment has impossibly many samples.')
  if ((flags & 0x1) !== 0 && fields.i32() !== into.dataOffset + totalBytes(samples)) {
    throw new TrackDefect('unsupported', 'The data of a fragment does not lie in one piece.')
  }
  const firstFlags = (flags & 0x4) !== 0 ? fields.u32() : undefined
  for (let at = 0; at < count; at += 1) {
    const duration = (flags & 0x100) !== 0 ? fields.u32() : defaults.duration
    const sizeBytes = (flags & 0x200) !== 0 ? fields.u32() : defaults.size
    const ownFlags = (flags & 0x400) !== 0 ? fields.u32() : defaults.flags
    const compositionOffset = (flags & 0x800) === 0 ? 0 : signed ? fields.i32() : fields.u32()
    samples.push({ sizeBytes, duration, flags: at === 0 ? (firstFlags ?? ownFlags) : ownFlags, compositionOffset })
  }
}
