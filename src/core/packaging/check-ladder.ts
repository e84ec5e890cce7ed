import { type CutTrack, countSamples, seconds } from './check-track.ts'

/** A player may switch between rungs at every segment: what prevents that, in plain sentences. */
export const checkLadder = (video: readonly CutTrack[]): readonly string[] => {
  const [reference, ...others] = video
  return reference ? others.flatMap((rung) => compareRungs(reference, rung)) : []
}

const compareRungs = (reference: CutTrack, rung: CutTrack): readonly string[] => {
  const findings: string[] = []
  if (countSamples(rung) !== countSamples(reference)) {
    findings.push(
      `${rung.name} has ${countSamples(rung)} frames, but ${reference.name} has ${countSamples(reference)}.`,
    )
  }
  if (rung.segments.length !== reference.segments.length) {
    findings.push(
      `${rung.name} has ${rung.segments.length} segments, but ${reference.name} has ${reference.segments.length}.`,
    )
    return findings
  }
  const [starts, expected] = [startsOf(rung), startsOf(reference)]
  // Timescales may differ between rungs; times that differ by less than a tick are the same.
  const tick = 1 / Math.min(rung.timescale, reference.timescale)
  const at = starts.findIndex((time, index) => Math.abs(time - (expected[index] ?? time)) >= tick)
  if (at !== -1) {
    const times = `${seconds(starts[at] ?? 0)} and ${seconds(expected[at] ?? 0)}`
    findings.push(`${rung.name} and ${reference.name} are cut differently: boundary ${at} is at ${times}.`)
  }
  return findings
}

/**
 * Not the end of the last one: MP4 has durations in decoding order only, so of a source with uneven times the last frame lasts
 * longer in one rung than in another, whose B-frames lie elsewhere. Their number says already that none is missing.
 */
const startsOf = ({ segments, timescale }: CutTrack): readonly number[] =>
  segments.map(({ startTicks }) => startTicks / timescale)
