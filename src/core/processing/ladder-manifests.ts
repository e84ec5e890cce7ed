import { DASH_MANIFEST } from '../catalog/object-keys.ts'
import { indexObject } from '../catalog/stream-files.ts'
import { checkLadder } from '../packaging/check-ladder.ts'
import { type DashAudio, type DashTrack, type DashVideo, dashManifest } from '../packaging/dash-manifest.ts'
import { measureBandwidth } from '../packaging/measure-bandwidth.ts'
import { type EncodedLadder, type LadderTrack, trackName } from './encode-ladder.ts'
import { type LadderOutput, ladderOutputs } from './ladder-outputs.ts'
import type { ManifestFile } from './ladder-playlists.ts'
import { pixelShape } from './pixel-shape.ts'
import { INIT_FILE } from './store-track.ts'

export const DASH_TYPE = 'application/dash+xml'

/** The DASH manifests of a ladder as plain files over the very segments of HLS: one per rendition, that of all last. */
export const ladderManifests = (ladder: EncodedLadder): readonly ManifestFile[] => {
  const outputs = ladderOutputs(ladder).filter(({ format }) => format === 'DASH')
  if (outputs.length === 0) return []
  const contentType = DASH_TYPE
  return [
    ...outputs.map((output) => ({ file: output.file, text: manifestOf(ladder, [output]), contentType })),
    { file: indexObject(ladder.runs.hls, DASH_MANIFEST), text: manifestOf(ladder, outputs), contentType },
  ]
}

const manifestOf = (ladder: EncodedLadder, outputs: readonly LadderOutput[]): string => {
  const pictures = distinct(outputs.flatMap(({ picture }) => picture ?? []))
  const sounds = distinct(outputs.flatMap(({ sound }) => sound ?? []))
  return dashManifest({
    video: inSets(pictures, isCutAlike).map((set) => set.map((one) => videoOf(ladder, one))),
    audio: inSets(sounds, isSameSound).map((set) => set.map((one) => audioOf(ladder, one))),
    segmentSeconds: ladder.plan.segmentSeconds,
  })
}

const distinct = <T extends LadderTrack>(tracks: readonly T[]): readonly T[] => [
  ...new Map(tracks.map((one) => [one.track, one])).values(),
]

/** Each joins the first set that it goes with. */
const inSets = <T>(all: readonly T[], goTogether: (one: T, other: T) => boolean): readonly (readonly T[])[] => {
  const sets: [T, ...T[]][] = []
  for (const one of all) {
    const set = sets.find(([first]) => goTogether(first, one))
    if (set) set.push(one)
    else sets.push([one])
  }
  return sets
}

type Picture = NonNullable<LadderOutput['picture']>
type Sound = NonNullable<LadderOutput['sound']>

const isCutAlike = ({ track }: Picture, other: Picture): boolean => checkLadder([track, other.track]).length === 0

/** Only their bit rates differ. */
const isSameSound = (one: Sound, other: Sound): boolean =>
  one.track.init.codec === other.track.init.codec &&
  one.audio.channels === other.audio.channels &&
  one.audio.sampleRate === other.audio.sampleRate

const videoOf = (ladder: EncodedLadder, { of, rung, track }: Picture): DashVideo => {
  const { width, height } = track.init
  const aspect = pixelShape(rung, ladder.plan.rungs[0] ?? rung)
  return { ...trackOf(ladder, { of, track }), width, height, aspect, frameRate: rung.frameRate }
}

const audioOf = (ladder: EncodedLadder, { of, audio, track }: Sound): DashAudio => ({
  ...trackOf(ladder, { of, track }),
  channels: audio.channels,
  sampleRate: audio.sampleRate,
})

const trackOf = ({ runs, plan }: EncodedLadder, { of, track }: LadderTrack): DashTrack => ({
  folder: trackName(runs.others, of),
  init: INIT_FILE,
  codec: track.init.codec,
  bandwidth: measureBandwidth([track], plan.segmentSeconds).peak,
  timescale: track.timescale,
  segments: track.segments,
})
