import { readBoxes, requireBox } from '../../src/core/packaging/boxes.ts'
import { readFields } from '../../src/core/packaging/read-bytes.ts'

/** What an init segment says of its track, read byte by byte. */
export interface InitFacts {
  readonly codec: string
  readonly timescale: number
  readonly mediaTime: number
  /** Of video. */
  readonly width: number
  readonly height: number
  /** Of sound. */
  readonly channels: number
  readonly sampleRate: number
  /** `pasp`, where there is one. */
  readonly sar: string
}

export interface SampleFacts {
  readonly sizeBytes: number
  readonly decodeTicks: number
  /** With the edit list. */
  readonly startTicks: number
  readonly endTicks: number
  readonly isSync: boolean
}

export interface SegmentFacts {
  /** At the top. */
  readonly boxes: readonly string[]
  readonly samples: readonly SampleFacts[]
  /** All of it, boxes included. */
  readonly sizeBytes: number
}

export const readInit = (bytes: Uint8Array): InitFacts => {
  const moov = requireBox(bytes, ['moov'])
  const media = ['trak', 'mdia']
  const [entry] = readBoxes(requireBox(moov, [...media, 'minf', 'stbl', 'stsd']).subarray(8))
  const mdhd = readFields(requireBox(moov, [...media, 'mdhd']).subarray(12))
  const elst = readFields(requireBox(moov, ['trak', 'edts', 'elst']).subarray(4 + 4 + 8))
  if (!entry) throw new Error('there is no sample description')
  const view = Buffer.from(entry.payload)
  const isVideo = entry.type !== 'mp4a'
  return {
    ...{ codec: `${entry.type}.${profileOf(entry.type, view)}`, timescale: mdhd.u32(), mediaTime: elst.i64() },
    ...{ width: isVideo ? view.readUInt16BE(24) : 0, height: isVideo ? view.readUInt16BE(26) : 0 },
    ...{ channels: isVideo ? 0 : view.readUInt16BE(16), sampleRate: isVideo ? 0 : view.readUInt16BE(24) },
    sar: shapeOf(view),
  }
}

const shapeOf = (entry: Buffer): string => {
  const at = entry.indexOf('pasp')
  return at === -1 ? '1:1' : `${entry.readUInt32BE(at + 4)}:${entry.readUInt32BE(at + 8)}`
}

/** Profile, compatibility and level of `avcC`; object types of `esds`, whose descriptors FFmpeg gives lengths of four bytes. */
const profileOf = (type: string, entry: Buffer): string => {
  if (type === 'avc1') return entry.subarray(entry.indexOf('avcC') + 5).toString('hex', 0, 3)
  const config = entry.subarray(entry.indexOf('esds') + 8 + 5 + 3 + 5)
  const objectType = config[0] ?? 0
  return objectType === 0x40 ? `40.${(config[13 + 5] ?? 0) >> 3}` : objectType.toString(16).toUpperCase()
}

export const readSegment = (bytes: Uint8Array, { mediaTime }: Pick<InitFacts, 'mediaTime'>): SegmentFacts => {
  const traf = requireBox(bytes, ['moof', 'traf'])
  const defaults = readDefaults(requireBox(traf, ['tfhd']))
  const tfdt = readFields(requireBox(traf, ['tfdt']).subarray(4))
  const trun = readFields(requireBox(traf, ['trun']))
  const flags = trun.u32() & 0xff_ff_ff
  const count = trun.u32()
  trun.skip(4)
  let decodeTicks = tfdt.u64()
  const samples = Array.from({ length: count }, (): SampleFacts => {
    const duration = flags & 0x100 ? trun.u32() : defaults.duration
    const sizeBytes = flags & 0x200 ? trun.u32() : defaults.sizeBytes
    const sampleFlags = flags & 0x400 ? trun.u32() : defaults.flags
    const startTicks = decodeTicks + (flags & 0x800 ? trun.i32() : 0) - mediaTime
    decodeTicks += duration
    const isSync = (sampleFlags & 0x1_00_00) === 0
    return { sizeBytes, decodeTicks: decodeTicks - duration, startTicks, endTicks: startTicks + duration, isSync }
  })
  return { boxes: [...readBoxes(bytes)].map(({ type }) => type), samples, sizeBytes: bytes.length }
}

const readDefaults = (tfhd: Uint8Array) => {
  const fields = readFields(tfhd)
  const flags = fields.u32() & 0xff_ff_ff
  fields.skip(4)
  return {
    duration: flags & 0x8 ? fields.u32() : 0,
    sizeBytes: flags & 0x10 ? fields.u32() : 0,
    flags: flags & 0x20 ? fields.u32() : 0,
  }
}
