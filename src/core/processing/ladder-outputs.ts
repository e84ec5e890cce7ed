import { RENDITION_FORMATS, type RenditionFormat } from '../catalog/rendition.ts'
import { type EncodedLadder, trackName } from './encode-ladder.ts'
import type { VideoRung } from './encode-plan.ts'
import type { EncodeOutput } from './ports.ts'
import type { StoredTrack } from './store-track.ts'

/** One track, packed into one format: what becomes a rendition. */
export interface LadderOutput {
  readonly format: RenditionFormat
  readonly of: EncodeOutput
  /** Object name below the play folder: its media playlist (HLS), a manifest of it alone (DASH), or the one file. */
  readonly file: string
  /** Absent: the sound by itself. */
  readonly rung?: VideoRung
  /** What plays together: the picture, then the sound. */
  readonly tracks: readonly StoredTrack[]
}

/** All that a ladder is to be packed into: format by format, in each the best first. */
export const ladderOutputs = (ladder: EncodedLadder): readonly LadderOutput[] => {
  const { plan, video, audio, run } = ladder
  const sound = audio ? [audio] : []
  return RENDITION_FORMATS.flatMap((format) => [
    ...plan.rungs.flatMap((rung, n): LadderOutput[] => {
      const track = video[n]
      if (!track || !rung.formats.includes(format)) return []
      const of: EncodeOutput = { type: 'video', rung: n }
      return [{ format, of, file: outputFile(run, { format, of, rung }), rung, tracks: [track, ...sound] }]
    }),
    ...(audio && plan.soundFormats.includes(format) ? [soundOutput(run, format, audio)] : []),
  ])
}

const soundOutput = (run: string, format: RenditionFormat, audio: StoredTrack): LadderOutput => {
  const of: EncodeOutput = { type: 'audio' }
  return { format, of, file: outputFile(run, { format, of }), tracks: [audio] }
}

/** As the vendor names them: `{hash}_{n}_{width}X{height}_{kbit/s}_0.m3u8`. */
const outputFile = (run: string, { format, of, rung }: Pick<LadderOutput, 'format' | 'of' | 'rung'>): string => {
  const size = rung ? `_${rung.width}X${rung.height}_${rung.bitrateKbps}_0` : ''
  return `${trackName(run, of)}${size}.${ENDINGS[format]}`
}

/** By which viewers know a file of the ladder. */
export const publicName = ({ run, parameters }: EncodedLadder, file: string): string => file.replace(run, parameters)

/** The media playlist of the sound, which all pictures share. */
export const audioPlaylist = (run: string): string => outputFile(run, { format: 'HLS', of: { type: 'audio' } })

const ENDINGS = {
  ...{ HLS: 'm3u8', DASH: 'mpd', MP4: 'mp4', MP3: 'mp3', ADTS: 'aac' },
} as const satisfies Record<RenditionFormat, string>
