import type { FileBox, FileBoxes } from './file-boxes.ts'
import { fragmentSamples } from './fragment-samples.ts'
import { MOST_SAMPLES, type MovieSamples, tooManySamples } from './movie-samples.ts'
import { TrackDefect } from './track-defect.ts'
import type { SampleDefaults } from './track-header.ts'

/** Each is read with the head of its fragment, one after the other, while a viewer waits. */
const MOST_FRAGMENTS = 500
const MOST_BOXES = 4 * MOST_FRAGMENTS
/** With each, so that short fragments need no read of their own. */
const AHEAD_BYTES = 64 << 10
/** Of all heads together. */
const MOST_BYTES = 64 << 20

export interface FragmentRange {
  /** Positions in the file, at which boxes begin. */
  readonly from: number
  readonly until: number
  /** Of samples, by track. */
  readonly defaults: ReadonlyMap<number, SampleDefaults>
}

/** The samples of the fragments in a part of a file, by track. */
export const readFragments = async (
  file: FileBoxes,
  { from, until, defaults }: FragmentRange,
): Promise<ReadonlyMap<number, readonly MovieSamples[]>> => {
  const pieces = new Map<number, MovieSamples[]>()
  let [samples, bytes] = [0, 0]
  for await (const moof of fragmentsIn(file, from, until)) {
    bytes += moof.end - moof.start
    if (bytes > MOST_BYTES) throw tooManyFragments()
    const payload = await file.payloadOf(moof)
    for (const piece of fragmentSamples({ start: moof.start, payload }, { sizeBytes: file.sizeBytes, defaults })) {
      samples += piece.samples.count
      if (samples > MOST_SAMPLES) throw tooManySamples()
      const before = pieces.get(piece.trackId)
      if (before) before.push(piece.samples)
      else pieces.set(piece.trackId, [piece.samples])
    }
  }
  return pieces
}

/** Their heads. */
async function* fragmentsIn(file: FileBoxes, from: number, until: number): AsyncGenerator<FileBox> {
  let fragments = 0
  for (let boxes = 0, position = from; position < until; boxes += 1) {
    const box = await file.boxAt(position, AHEAD_BYTES)
    if (box.end > file.sizeBytes) throw new TrackDefect('cut_off', 'The file ends in the middle of a fragment.')
    if (box.type === 'moof') fragments += 1
    if (fragments > MOST_FRAGMENTS || boxes > MOST_BOXES) throw tooManyFragments()
    if (box.type === 'moof') yield box
    position = box.end
  }
}

const tooManyFragments = () => new TrackDefect('unsupported', 'The film has too many fragments.')
