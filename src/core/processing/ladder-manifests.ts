import { DASH_MANIFEST } from '../catalog/object-keys.ts'
import { indexObject } from '../catalog/stream-files.ts'
import { type DashTrack, dashManifest } from '../packaging/dash-manifest.ts'
import { measureBandwidth } from '../packaging/measure-bandwidth.ts'
import { type EncodedLadder, trackName } from './encode-ladder.ts'
import { type LadderOutput, ladderOutputs } from './ladder-outputs.ts'
import type { ManifestFile } from './ladder-playlists.ts'
import { pixelShape } from './pixel-shape.ts'
import type { EncodeOutput } from './ports.ts'
import { INIT_FILE, type StoredTrack } from './store-track.ts'

/** The DASH manifests of a ladder as plain files over the very segments of HLS: one per rendition, that of all last. */
export const ladderManifests = (ladder: EncodedLadder): readonly ManifestFile[] => {
  const outputs = ladderOutputs(ladder).filter(({ format }) => format === 'DASH')
  if (outputs.length === 0) return []
  const contentType = 'application/dash+xml'
  return [
    ...outputs.map((output) => ({ file: output.file, text: manifestOf(ladder, [output]), contentType })),
    { file: indexObject(ladder.run, DASH_MANIFEST), text: manifestOf(ladder, outputs), contentType },
  ]
}

const manifestOf = (ladder: EncodedLadder, outputs: readonly LadderOutput[]): string => {
  const { plan, audio } = ladder
  return dashManifest({
    video: outputs.flatMap((output) => videoOf(ladder, output)),
    ...(audio &&
      plan.audio && {
        audio: {
          ...trackOf(ladder, { type: 'audio' }, audio),
          channels: plan.audio.channels,
          sampleRate: plan.audio.sampleRate,
        },
      }),
    segmentSeconds: plan.segmentSeconds,
  })
}

const videoOf = (ladder: EncodedLadder, { of, rung, tracks: [track] }: LadderOutput) => {
  const [top] = ladder.plan.rungs
  if (!rung || !top || !track) return []
  const { width, height } = track.init
  const { frameRate } = ladder.plan
  return [{ ...trackOf(ladder, of, track), width, height, aspect: pixelShape(rung, top), frameRate }]
}

const trackOf = ({ run, plan }: EncodedLadder, of: EncodeOutput, track: StoredTrack): DashTrack => ({
  folder: trackName(run, of),
  init: INIT_FILE,
  codec: track.init.codec,
  bandwidth: measureBandwidth([track], plan.segmentSeconds).peak,
  timescale: track.timescale,
  segments: track.segments,
})
