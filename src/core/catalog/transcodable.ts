import type { OutputSettings, TranscodeSettings } from './transcode-settings.ts'
import { isAudioType, isPlaylistType } from './video-type.ts'

/** Why these settings make nothing of such a source, in people's words; `undefined`: they may. Of MP3 a remux alone does. */
export const untranscodable = (videoType: string, { remux }: TranscodeSettings): string | undefined =>
  isAudioType(videoType) && !(remux && videoType === 'MP3') ? 'Audio files are not transcoded' : undefined

/** What these settings may make of such a source: of HLS a remux makes MP4 alone. */
export const outputsOf = (videoType: string, { remux, outputs }: TranscodeSettings): readonly OutputSettings[] =>
  remux && isPlaylistType(videoType) ? outputs.filter(({ format }) => format === 'MP4') : outputs
