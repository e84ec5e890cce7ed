import type { RenditionFormat } from '../catalog/rendition.ts'
import { sealedBytes } from '../packaging/segment-cipher.ts'
import { type EncodedLadder, type LadderTrack, runOf, trackName } from './encode-ladder.ts'
import type { AudioTrack, PlannedOutput, VideoRung } from './encode-plan.ts'
import type { PlannedTrack } from './ports.ts'
import type { StoredTrack } from './store-track.ts'

/** What is packed into one format: what becomes a rendition. */
export interface LadderOutput {
  readonly format: RenditionFormat
  /** Which its objects are named after. */
  readonly run: string
  /** Object name below the play folder: its media playlist (HLS), a manifest of it alone (DASH), or the one file. */
  readonly file: string
  /** What plays together, as it is stored for this output; at least one of them. */
  readonly picture?: LadderTrack & { readonly rung: VideoRung }
  readonly sound?: LadderTrack & { readonly audio: AudioTrack }
}

/** All that a ladder is to be packed into: format by format, in each the best first. */
export const ladderOutputs = (ladder: EncodedLadder): readonly LadderOutput[] =>
  ladder.plan.outputs.map((output, at, all) => {
    const before = all.slice(0, at).filter(({ format, rung }) => format === output.format && rung === output.rung)
    const { format } = output
    const run = runOf(ladder.runs, format)
    const picture = pictureOf(ladder, output)
    const sound = soundOf(ladder, output)
    const of = (picture ?? sound)?.of
    if (!of) throw new Error('an output has a rung or a sound')
    const file = outputFile(run, { format, of, number: before.length, rung: picture?.rung })
    return { format, run, file, ...(picture && { picture }), ...(sound && { sound }) }
  })

const asStored = ({ keyUri }: EncodedLadder, { format }: PlannedOutput, track: StoredTrack): StoredTrack => {
  if (keyUri === undefined || format !== 'HLS') return track
  const segments = track.segments.map((segment) => ({ ...segment, sizeBytes: sealedBytes(segment.sizeBytes) }))
  return { ...track, segments }
}

/** The picture, then the sound. */
export const tracksIn = ({ picture, sound }: LadderOutput): readonly StoredTrack[] =>
  [picture, sound].flatMap((one) => (one ? [one.track] : []))

const pictureOf = (ladder: EncodedLadder, output: PlannedOutput): LadderOutput['picture'] => {
  const { rung: at } = output
  if (at === undefined) return
  const [rung, track] = [ladder.plan.rungs[at], ladder.video[at]]
  if (!rung || !track) throw new Error('an output names a rung of its plan')
  return { of: { type: 'video', rung: at }, rung, track: asStored(ladder, output, track) }
}

const soundOf = (ladder: EncodedLadder, output: PlannedOutput): LadderOutput['sound'] => {
  const { sound: at } = output
  if (at === undefined) return
  const [audio, track] = [ladder.plan.sounds[at], ladder.sounds[at]]
  if (!audio || !track) throw new Error('an output names a sound of its plan')
  return { of: { type: 'audio', sound: at }, audio, track: asStored(ladder, output, track) }
}

interface Named {
  readonly format: RenditionFormat
  readonly of: PlannedTrack
  /** Among those of the same picture in the same format, which differ in their sound. */
  readonly number: number
  readonly rung: VideoRung | undefined
}

/** As the vendor names them: `{hash}_{n}_{width}X{height}_{kbit/s}_0.m3u8`. */
const outputFile = (run: string, { format, of, number, rung }: Named): string => {
  const size = rung ? `_${rung.width}X${rung.height}_${rung.bitrateKbps}_${number}` : ''
  return `${trackName(run, of)}${size}.${ENDINGS[format]}`
}

/** By which viewers know a file of the ladder. */
export const publicName = ({ runs, parameters }: EncodedLadder, file: string): string =>
  file.replace(runs.hls, parameters).replace(runs.others, parameters)

/** The media playlist of a sound, which pictures share. */
export const soundPlaylist = (run: string, of: PlannedTrack): string =>
  outputFile(run, { format: 'HLS', of, number: 0, rung: undefined })

const ENDINGS = {
  ...{ HLS: 'm3u8', DASH: 'mpd', MP4: 'mp4', MP3: 'mp3', ADTS: 'aac' },
} as const satisfies Record<RenditionFormat, string>
