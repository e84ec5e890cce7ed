import { readBoxes, requireBox } from './boxes.ts'
import { codecString } from './codec-string.ts'
import { plainSound } from './plain-sound.ts'
import { readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'

/** What a `moov` with one track says. */
export interface TrackHeader {
  readonly kind: 'video' | 'audio'
  readonly codec: string
  readonly trackId: number
  readonly timescale: number
  readonly width: number
  readonly height: number
  /** As in `mdhd`: three letters of five bits. */
  readonly language: number
  /** Transformation matrix, width and height of `tkhd`: how the frames are shown. */
  readonly geometry: Uint8Array
  readonly sampleDescriptions: Uint8Array
  readonly defaults: SampleDefaults
  /** Media before this composition time is not presented (reordering delay, AAC priming), in the track's timescale. */
  readonly mediaTime: number
  /** How long after the common timeline's beginning the track starts, in the track's timescale. */
  readonly startDelay: number
}

export interface SampleDefaults {
  readonly duration: number
  readonly size: number
  readonly flags: number
}

export const parseTrackHeader = (moov: Uint8Array): TrackHeader => {
  const [trak, second] = [...readBoxes(moov)].filter(({ type }) => type === 'trak')
  if (!trak) throw new TrackDefect('empty', 'There is no track.')
  if (second) throw new TrackDefect('unsupported', 'There is more than one track where one was expected.')
  const kind = kindOfTrack(trak.payload)
  if (!kind) throw new TrackDefect('unsupported', 'The track is neither video nor audio.')
  return {
    ...parseTrack(trak.payload, { kind, movieTimescale: parseMovieTimescale(moov) }),
    defaults: parseDefaults(requireBox(moov, ['mvex', 'trex'])),
  }
}

/** Of a `trak`; `undefined`: it is neither. */
export const kindOfTrack = (trak: Uint8Array): TrackHeader['kind'] | undefined => {
  const fields = readFields(requireBox(trak, ['mdia', 'hdlr']))
  fields.skip(8)
  const handler = fields.fourCc()
  return handler === 'vide' ? 'video' : handler === 'soun' ? 'audio' : undefined
}

/** What a `trak` says. */
export const parseTrack = (
  trak: Uint8Array,
  { kind, movieTimescale }: { readonly kind: TrackHeader['kind']; readonly movieTimescale: number },
): Omit<TrackHeader, 'defaults'> => {
  const mdhd = parseMediaHeader(requireBox(trak, ['mdia', 'mdhd']))
  const stsd = requireBox(trak, ['mdia', 'minf', 'stbl', 'stsd'])
  const sampleDescriptions = kind === 'audio' ? plainSound(stsd) : stsd
  const tkhd = requireBox(trak, ['tkhd'])
  return {
    kind,
    ...mdhd,
    ...parseSampleDescription(sampleDescriptions, kind),
    ...parseEdits(trak, { movieTimescale, timescale: mdhd.timescale }),
    trackId: parseTrackId(tkhd),
    geometry: readFields(tkhd.subarray(-44)).bytes(44),
    sampleDescriptions,
  }
}

/** Creation and modification time, 4 or 8 bytes each, stand before what we want in `mvhd`, `tkhd` and `mdhd`. */
const skipTimes = (payload: Uint8Array) => {
  const fields = readFields(payload)
  const version = fields.u8()
  fields.skip(version === 1 ? 19 : 11)
  return { fields, version }
}

export const parseMovieTimescale = (moov: Uint8Array): number =>
  positive(skipTimes(requireBox(moov, ['mvhd'])).fields.u32())

const parseTrackId = (tkhd: Uint8Array): number => skipTimes(tkhd).fields.u32()

const parseMediaHeader = (mdhd: Uint8Array): { timescale: number; language: number } => {
  const { fields, version } = skipTimes(mdhd)
  const timescale = positive(fields.u32())
  fields.skip(version === 1 ? 8 : 4)
  return { timescale, language: fields.u16() }
}

const positive = (timescale: number): number => {
  if (timescale > 0) return timescale
  throw new TrackDefect('malformed', 'The track counts time in units of no length.')
}

const parseSampleDescription = (stsd: Uint8Array, kind: 'video' | 'audio') => {
  const fields = readFields(stsd)
  fields.skip(4)
  if (fields.u32() !== 1) throw new TrackDefect('unsupported', 'The track changes its codec parameters on the way.')
  const [entry] = readBoxes(fields.bytes(fields.left()))
  if (!entry) throw new TrackDefect('malformed', 'The track does not describe its samples.')
  const codec = codecString(entry.type, entry.payload)
  if (kind === 'audio') return { codec, width: 0, height: 0 }
  const size = readFields(entry.payload)
  size.skip(24)
  return { codec, width: size.u16(), height: size.u16() }
}

/** FFmpeg writes at most an empty edit (the track starts late) and one edit from `media_time` to the end. */
const parseEdits = (
  trak: Uint8Array,
  { movieTimescale, timescale }: { readonly movieTimescale: number; readonly timescale: number },
): { mediaTime: number; startDelay: number } => {
  const edts = [...readBoxes(trak)].find(({ type }) => type === 'edts')
  if (!edts) return { mediaTime: 0, startDelay: 0 }
  const fields = readFields(requireBox(edts.payload, ['elst']))
  const version = fields.u8()
  fields.skip(3)
  const edits = Array.from({ length: Math.min(fields.u32(), 3) }, () => {
    const duration = version === 1 ? fields.u64() : fields.u32()
    const mediaTime = version === 1 ? fields.i64() : fields.i32()
    return { duration, mediaTime, rate: fields.u32() }
  })
  const empty = edits[0]?.mediaTime === -1 ? edits.shift() : undefined
  const [media, more] = edits
  if (more || (media && (media.mediaTime < 0 || media.rate !== USUAL_RATE))) {
    throw new TrackDefect('unsupported', 'The track consists of several edits.')
  }
  const startDelay = Math.round(((empty?.duration ?? 0) * timescale) / movieTimescale)
  return { mediaTime: media?.mediaTime ?? 0, startDelay }
}

const USUAL_RATE = 0x10000

/** What an `mvex` says of the samples of each track. */
export const parseTrackDefaults = (mvex: Uint8Array): ReadonlyMap<number, SampleDefaults> =>
  new Map(
    [...readBoxes(mvex)].flatMap(({ type, payload }) =>
      type === 'trex' ? [[readFields(payload.subarray(4)).u32(), parseDefaults(payload)] as const] : [],
    ),
  )

const parseDefaults = (trex: Uint8Array): SampleDefaults => {
  const fields = readFields(trex)
  fields.skip(12)
  return { duration: fields.u32(), size: fields.u32(), flags: fields.u32() }
}
