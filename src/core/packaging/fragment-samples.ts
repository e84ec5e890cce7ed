import { readBoxes } from './boxes.ts'
import { type MovieSamples, requireInside } from './movie-samples.ts'
import { parseTrackFragment, type TrackFragment } from './parse-fragment.ts'
import { isSync, type Sample } from './sample.ts'
import type { SampleDefaults } from './track-header.ts'

/** What a film says of all of its fragments. */
export interface FragmentedFile {
  readonly sizeBytes: number
  /** By track. */
  readonly defaults: ReadonlyMap<number, SampleDefaults>
}

export interface FragmentSamples {
  readonly trackId: number
  readonly samples: MovieSamples
}

/** The samples that a `moof` tells of, by track. Throws `TrackDefect` where it names bytes that the file does not have. */
export function* fragmentSamples(
  moof: { readonly start: number; readonly payload: Uint8Array },
  { sizeBytes, defaults }: FragmentedFile,
): Generator<FragmentSamples> {
  let end = moof.start
  for (const { type, payload } of readBoxes(moof.payload)) {
    if (type !== 'traf') continue
    const fragment = parseTrackFragment(payload, (trackId) => defaults.get(trackId))
    const base = fragment.base === 'moof' ? moof.start : fragment.base === 'data before' ? end : fragment.base
    const { trackId } = fragment
    const samples = placed(fragment, base)
    if (samples.count === 0) continue
    end = (samples.positions.at(-1) ?? 0) + (samples.sizes.at(-1) ?? 0)
    requireInside(samples, sizeBytes)
    yield { trackId, samples }
  }
}

/** As tables. */
const placed = ({ decodeTime, runs }: TrackFragment, base: number): MovieSamples => {
  const samples: readonly Sample[] = runs.flatMap((run) => run.samples)
  const decodeTimes = new Float64Array(samples.length + 1).fill(decodeTime, 0, 1)
  for (const [n, { duration }] of samples.entries()) decodeTimes[n + 1] = (decodeTimes[n] ?? 0) + duration
  const positions = new Float64Array(samples.length)
  let [at, sample] = [base, 0]
  for (const run of runs) {
    if (run.dataOffset !== undefined) at = base + run.dataOffset
    for (const { sizeBytes } of run.samples) {
      positions[sample] = at
      at += sizeBytes
      sample += 1
    }
  }
  const syncs = Uint32Array.from(samples.flatMap((one, n) => (isSync(one) ? [n] : [])))
  return {
    ...{ count: samples.length, positions, decodeTimes },
    sizes: Uint32Array.from(samples, ({ sizeBytes }) => sizeBytes),
    // Signed as those of tables, whatever the version says.
    compositionOffsets: Int32Array.from(samples, ({ compositionOffset }) => compositionOffset),
    ...(syncs.length < samples.length && { syncs }),
  }
}
