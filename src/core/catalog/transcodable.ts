import type { TranscodeSettings } from './transcode-settings.ts'
import { isAudioType, isPlaylistType } from './video-type.ts'

/** Why these settings make nothing of such a source, in people's words; `undefined`: they may. Of MP3 and HLS a remux alone does. */
export const untranscodable = (videoType: string, { remux }: TranscodeSettings): string | undefined => {
  if (isAudioType(videoType)) return remux && videoType === 'MP3' ? undefined : 'Audio files are not transcoded'
  return isPlaylistType(videoType) && !remux ? 'A stream that was taken as it lies is not transcoded' : undefined
}
