/** Formats of a source that the creation calls know (reference page; RMVB and WEBM are the SDK's). */
export const VIDEO_TYPES = [
  ...['MP4', 'TS', 'MOV', 'MXF', 'MPG', 'FLV', 'WMV', 'AVI', 'M4V', 'F4V', 'MPEG', '3GP', 'ASF', 'MKV', 'HLS'],
  ...['RMVB', 'WEBM'],
] as const

/** Sources of these are never transcoded, marked or subtitled. */
export const AUDIO_TYPES = [
  ...['MP3', 'OGG', 'WAV', 'WMA', 'APE', 'FLAC', 'AAC', 'AC3', 'MMF', 'AMR', 'M4A', 'M4R', 'WV', 'MP2'],
] as const

/** A playlist with its segments beside it, which can only stay where it is. */
export const isPlaylistType = (videoType: string): boolean => videoType === 'HLS'

const audioTypes: ReadonlySet<string> = new Set(AUDIO_TYPES)

export const isAudioType = (videoType: string): boolean => audioTypes.has(videoType)
