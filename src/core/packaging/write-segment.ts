import { ascii, box, fullBox, u32, u32List } from './boxes.ts'
import { TRACK_ID } from './init-segment.ts'
import type { Sample, SampleRun } from './sample.ts'

/** A media segment: `styp`, one `moof` with one run, `mdat`. The payload is copied once, into the result. */
export const writeSegment = (
  run: SampleRun,
  { sequence, payload }: { readonly sequence: number; readonly payload: readonly Uint8Array[] },
): Uint8Array => {
  const payloadBytes = payload.reduce((sum, piece) => sum + piece.length, 0)
  // Unlike an array of our own it is not filled with zeros first, which costs as much as the copy.
  return Buffer.concat([...segmentHead(run, { sequence, payloadBytes }), ...payload])
}

/** What comes before the payload. */
export const segmentHead = (
  { decodeTime, samples }: SampleRun,
  { sequence, payloadBytes }: { readonly sequence: number; readonly payloadBytes: number },
): readonly Uint8Array[] => {
  const columns = runColumns(samples)
  const moofWith = (dataOffset: number) =>
    box(
      'moof',
      fullBox('mfhd', { version: 0, flags: 0 }, u32(sequence)),
      box(
        'traf',
        fullBox(
          'tfhd',
          { version: 0, flags: DEFAULT_BASE_IS_MOOF + columns.fragmentFlags },
          u32(TRACK_ID, ...columns.defaults),
        ),
        fullBox('tfdt', { version: 1, flags: 0 }, u32(Math.floor(decodeTime / 2 ** 32), decodeTime % 2 ** 32)),
        fullBox('trun', { version: 1, flags: columns.runFlags }, u32(samples.length, dataOffset), columns.fields),
      ),
    )
  const moofBytes = moofWith(0).length
  const styp = box('styp', ascii('cmfs'), u32(0), ascii('cmfscmffmsdh'))
  return [styp, moofWith(moofBytes + 8), u32(payloadBytes + 8), ascii('mdat')]
}

const DEFAULT_BASE_IS_MOOF = 0x20000
const DATA_OFFSET = 0x1

/** In the order of their fields in `tfhd` and `trun`, with their flags there; composition offsets have no default. */
const COLUMNS = [
  { of: (sample: Sample) => sample.duration, inRun: 0x100, inFragment: 0x8 },
  { of: (sample: Sample) => sample.sizeBytes, inRun: 0x200, inFragment: 0x10 },
  { of: (sample: Sample) => sample.flags, inRun: 0x400, inFragment: 0x20 },
] as const

/** A column of equal values is one default: that leaves 4 bytes per AAC packet instead of 12. */
const runColumns = (samples: readonly Sample[]) => {
  const perSample: ((sample: Sample) => number)[] = []
  const defaults: number[] = []
  let runFlags = DATA_OFFSET
  let fragmentFlags = 0
  for (const column of COLUMNS) {
    const first = samples[0] ? column.of(samples[0]) : 0
    if (samples.every((sample) => column.of(sample) === first)) {
      defaults.push(first)
      fragmentFlags += column.inFragment
    } else {
      perSample.push(column.of)
      runFlags += column.inRun
    }
  }
  if (samples.some(({ compositionOffset }) => compositionOffset !== 0)) {
    perSample.push((sample) => sample.compositionOffset)
    runFlags += 0x800
  }
  return {
    runFlags,
    fragmentFlags,
    defaults,
    fields: u32List(samples.flatMap((sample) => perSample.map((of) => of(sample)))),
  }
}
