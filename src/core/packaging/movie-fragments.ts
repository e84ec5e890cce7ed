import type { FileBox, FileBoxes } from './file-boxes.ts'
import { fragmentSamples } from './fragment-samples.ts'
import { MOST_SAMPLES, type MovieSamples } from './movie-samples.ts'
import { TrackDefect } from './track-defect.ts'
import type { SampleDefaults } from './track-header.ts'

/** How much may be read of fragments while a viewer waits. */
export interface FragmentBounds {
  /** Read one after the other. */
  readonly heads: number
  readonly samples: number
  /** Of all heads together. */
  readonly bytes: number
}

/** Of a whole film. */
export const FILM_BOUNDS: FragmentBounds = { heads: 500, samples: MOST_SAMPLES, bytes: 64 << 20 }
/** With each head, so that short fragments need no read of their own. */
export const AHEAD_BYTES = 64 << 10
/** Of one, which is taken apart at one go. */
const MOST_HEAD_BYTES = 8 << 20

export interface FragmentRange {
  /** Positions in the file, at which boxes begin. */
  readonly from: number
  readonly until: number
  /** Of samples, by track. */
  readonly defaults: ReadonlyMap<number, SampleDefaults>
  readonly bounds: FragmentBounds
  /** So much is read with each head. */
  readonly aheadBytes: number
}

/** The samples of the fragments in a part of a file, by track. */
export const readFragments = async (
  file: FileBoxes,
  { from, until, defaults, bounds, aheadBytes }: FragmentRange,
): Promise<ReadonlyMap<number, readonly MovieSamples[]>> => {
  const pieces = new Map<number, MovieSamples[]>()
  let [samples, bytes] = [0, 0]
  for await (const moof of headsIn(file, { from, until, bounds, aheadBytes })) {
    bytes += moof.end - moof.start
    if (bytes > bounds.bytes || moof.end - moof.start > MOST_HEAD_BYTES) throw tooMuch()
    const payload = await file.payloadOf(moof)
    for (const piece of fragmentSamples({ start: moof.start, payload }, { sizeBytes: file.sizeBytes, defaults })) {
      samples += piece.samples.count
      if (samples > bounds.samples) throw tooMuch()
      const before = pieces.get(piece.trackId)
      if (before) before.push(piece.samples)
      else pieces.set(piece.trackId, [piece.samples])
    }
  }
  return pieces
}

async function* headsIn(
  file: FileBoxes,
  { from, until, bounds, aheadBytes }: Omit<FragmentRange, 'defaults'>,
): AsyncGenerator<FileBox> {
  let heads = 0
  for (let boxes = 0, position = from; position < until; boxes += 1) {
    const box = await file.boxAt(position, aheadBytes)
    if (box.end > file.sizeBytes) throw new TrackDefect('cut_off', 'The file ends in the middle of a fragment.')
    if (box.type === 'moof') heads += 1
    if (heads > bounds.heads || boxes > BOXES_PER_HEAD * bounds.heads) throw tooMuch()
    if (box.type === 'moof') yield box
    position = box.end
  }
}

/** Data, and indexes of its own. */
const BOXES_PER_HEAD = 4

const tooMuch = () => new TrackDefect('unsupported', 'The fragments of the film are too many, or too large.')
