import type { SourceMedia, SourceSubtitle } from './media.ts'

/** Codecs, by FFmpeg's names, that are text. */
const TEXT: ReadonlySet<string> = new Set(['subrip', 'srt', 'ass', 'ssa', 'mov_text', 'webvtt', 'text'])
const PICTURES: ReadonlySet<string> = new Set(['dvd_subtitle', 'dvb_subtitle', 'hdmv_pgs_subtitle', 'xsub'])
const MOST_TRACKS = 32

type Tracks = Pick<SourceMedia, 'subtitles'>

/** The subtitles of a source that become renditions. */
export const textTracks = ({ subtitles = [] }: Tracks): readonly SourceSubtitle[] =>
  subtitles.filter(({ codec }) => TEXT.has(codec)).slice(0, MOST_TRACKS)

/** Which subtitles of a source become nothing, and why, for people. */
export const leftOutSubtitles = (media: Tracks): string | undefined => {
  const taken = textTracks(media)
  const left = (media.subtitles ?? []).filter((track) => !taken.includes(track))
  return left.length === 0 ? undefined : `Left out: ${left.map(reasonOf).join(', ')}`
}

const reasonOf = (track: SourceSubtitle): string => {
  const { codec } = track
  if (PICTURES.has(codec)) return `${trackName(track)}, which are pictures`
  if (TEXT.has(codec)) return `${trackName(track)}, because there are more than ${MOST_TRACKS}`
  return `${trackName(track)}, which cannot be read`
}

/** For people. */
export const trackName = ({ stream, codec, language }: SourceSubtitle): string =>
  `subtitles of stream ${stream} (${[codec === 'none' ? 'unknown codec' : codec, ...(language === undefined ? [] : [language])].join(', ')})`
