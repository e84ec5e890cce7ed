import type { Rendition } from '../catalog/rendition.ts'
import type { AssetId } from '../shared/ids.ts'
import { type EncodedLadder, trackOf } from './encode-ladder.ts'
import type { VideoRung } from './encode-plan.ts'
import { type LadderOutput, ladderOutputs, publicName, tracksIn } from './ladder-outputs.ts'
import type { StoredTrack } from './store-track.ts'

/** The catalog's record of each output. `fileBytes`: of those that are one file, by name. */
export const ladderRenditions = (
  assetId: AssetId,
  ladder: EncodedLadder,
  fileBytes: ReadonlyMap<string, number>,
): readonly Rendition[] =>
  ladderOutputs(ladder).map((output, index): Rendition => {
    const { format, run, file, picture, sound } = output
    return {
      ...{ assetId, run, index, format, playlist: publicName(ladder, file) },
      ...(picture ? pictureOf(ladder, picture) : NO_PICTURE),
      ...(sound ? { audioCodec: sound.audio.codec, soundTrack: trackOf(sound.of) } : { soundTrack: 'none' }),
      ...sizeOf(tracksIn(output), fileBytes.get(file)),
    }
  })

const NO_PICTURE = { width: 0, height: 0, frameRate: 0, frames: 0 }

const pictureOf = ({ plan }: EncodedLadder, { rung, track }: NonNullable<LadderOutput['picture']>) => {
  const { quality, width, height } = rung
  const frames = track.segments.reduce((sum, { samples }) => sum + samples, 0)
  return { quality, videoCodec: plan.videoCodec, width, height, frames, frameRate: shownRate(rung, track, frames) }
}

/** Of a variable rate its average: the plan knows only the cap. */
const shownRate = (
  { frames: { keep }, frameRate }: VideoRung,
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
