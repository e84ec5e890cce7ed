import type { Rendition } from '../catalog/rendition.ts'
import type { AssetId } from '../shared/ids.ts'
import type { EncodedLadder } from './encode-ladder.ts'
import type { EncodePlan } from './encode-plan.ts'
import { type LadderOutput, ladderOutputs, publicName } from './ladder-outputs.ts'
import type { StoredTrack } from './store-track.ts'

/** The catalog's record of each output. `fileBytes`: of those that are one file, by name. */
export const ladderRenditions = (
  assetId: AssetId,
  ladder: EncodedLadder,
  fileBytes: ReadonlyMap<string, number>,
): readonly Rendition[] =>
  ladderOutputs(ladder).map((output, index): Rendition => {
    const { format, file, tracks } = output
    return {
      ...{ assetId, run: ladder.run, index, format, playlist: publicName(ladder, file) },
      ...pictureOf(ladder.plan, output),
      ...(ladder.plan.audio && { audioCodec: ladder.plan.audio.codec }),
      ...sizeOf(tracks, fileBytes.get(file)),
    }
  })

const pictureOf = (plan: EncodePlan, { rung, tracks: [track] }: LadderOutput) => {
  if (!rung || !track) return { width: 0, height: 0, frameRate: 0, frames: 0 }
  const { quality, width, height } = rung
  const frames = track.segments.reduce((sum, { samples }) => sum + samples, 0)
  return { quality, videoCodec: plan.videoCodec, width, height, frames, frameRate: shownRate(plan, track, frames) }
}

/** Of a variable rate its average: the plan knows only the cap. */
const shownRate = (
  { frames: { keep }, frameRate }: EncodePlan,
  { segments, timescale }: StoredTrack,
  frames: number,
): number => {
  const ticks = segments.reduce((sum, { durationTicks }) => sum + durationTicks, 0)
  return keep === 'spaced' && ticks > 0 ? Math.min(frameRate, (frames * timescale) / ticks) : frameRate
}

const sizeOf = (tracks: readonly StoredTrack[], fileBytes: number | undefined) => {
  const [first] = tracks
  const ticks = first?.segments.reduce((sum, { durationTicks }) => sum + durationTicks, 0) ?? 0
  const durationMs = Math.round((ticks * 1000) / (first?.timescale ?? 1))
  const segmentBytes = tracks.flatMap(({ segments }) => segments).reduce((sum, segment) => sum + segment.sizeBytes, 0)
  const sizeBytes = fileBytes ?? segmentBytes
  return { durationMs, sizeBytes, bitRateKbps: Math.round((sizeBytes * 8) / Math.max(durationMs, 1)) }
}
