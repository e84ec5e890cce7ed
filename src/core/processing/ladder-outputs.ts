import type { RenditionFormat } from '../catalog/rendition.ts'
import { type EncodedLadder, trackName } from './encode-ladder.ts'
import type { AudioTrack, PlannedOutput, VideoRung } from './encode-plan.ts'
import type { PlannedTrack } from './ports.ts'
import type { StoredTrack } from './store-track.ts'

/** What is packed into one format: what becomes a rendition. */
export interface LadderOutput {
  readonly format: RenditionFormat
  /** Object name below the play folder: its media playlist (HLS), a manifest of it alone (DASH), or the one file. */
  readonly file: string
  /** What plays together; at least one of them. */
  readonly picture?: LadderTrack & { readonly rung: VideoRung }
  readonly sound?: LadderTrack & { readonly audio: AudioTrack }
}

export interface LadderTrack {
  readonly of: PlannedTrack
  readonly track: StoredTrack
}

/** All that a ladder is to be packed into: format by format, in each the best first. */
export const ladderOutputs = (ladder: EncodedLadder): readonly LadderOutput[] =>
  ladder.plan.outputs.map((output, at, all) => {
    const before = all.slice(0, at).filter(({ format, rung }) => format === output.format && rung === output.rung)
    const picture = pictureOf(ladder, output)
    const sound = soundOf(ladder, output)
    const of = (picture ?? sound)?.of
    if (!of) throw new Error('an output has a rung or a sound')
    const file = outputFile(ladder.run, { format: output.format, of, number: before.length, rung: picture?.rung })
    return { format: output.format, file, ...(picture && { picture }), ...(sound && { sound }) }
  })

/** The picture, then the sound. */
export const tracksIn = ({ picture, sound }: LadderOutput): readonly StoredTrack[] =>
  [picture, sound].flatMap((one) => (one ? [one.track] : []))

const pictureOf = ({ plan, video }: EncodedLadder, { rung: at }: PlannedOutput): LadderOutput['picture'] => {
  if (at === undefined) return
  const [rung, track] = [plan.rungs[at], video[at]]
  if (!rung || !track) throw new Error('an output names a rung of its plan')
  return { of: { type: 'video', rung: at }, rung, track }
}

const soundOf = ({ plan, sounds }: EncodedLadder, { sound: at }: PlannedOutput): LadderOutput['sound'] => {
  if (at === undefined) return
  const [audio, track] = [plan.sounds[at], sounds[at]]
  if (!audio || !track) throw new Error('an output names a sound of its plan')
  return { of: { type: 'audio', sound: at }, audio, track }
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
export const publicName = ({ run, parameters }: EncodedLadder, file: string): string => file.replace(run, parameters)

/** The media playlist of a sound, which pictures share. */
export const soundPlaylist = (run: string, of: PlannedTrack): string =>
  outputFile(run, { format: 'HLS', of, number: 0, rung: undefined })

const ENDINGS = {
  ...{ HLS: 'm3u8', DASH: 'mpd', MP4: 'mp4', MP3: 'mp3', ADTS: 'aac' },
} as const satisfies Record<RenditionFormat, string>
