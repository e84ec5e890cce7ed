import type { Cue } from './cue.ts'

/**
 * The text of a WebVTT file for HLS and DASH alike. Our streams begin at 0 in every track, and the map says so to players of HLS, which would
 * otherwise have to know it (RFC 8216, 3.5); those of DASH take it for a header that says nothing.
 */
export const webVtt = (cues: readonly Cue[]): string =>
  ['WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000', ...cues.map(cueBlock)].join('\n\n').concat('\n')

const cueBlock = ({ startMs, endMs, settings, text }: Cue): string =>
  `${[timestamp(startMs), '-->', timestamp(endMs), ...(settings === '' ? [] : [settings])].join(' ')}\n${text}`

const timestamp = (ms: number): string => {
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1000) % 60,
  ]
  const [first, ...others] = [hours, minutes, seconds].map((part) => String(part).padStart(2, '0'))
  return `${[first, ...others].join(':')}.${String(ms % 1000).padStart(3, '0')}`
}

/** The media playlist of subtitles of one piece, which covers all of the film, whether or not there are cues at its end. */
export const subtitlePlaylist = (uri: string, durationMs: number): string => {
  const seconds = Math.max(1, durationMs) / 1000
  return [
    ...['#EXTM3U', '#EXT-X-VERSION:7', `#EXT-X-TARGETDURATION:${Math.max(1, Math.round(seconds))}`],
    ...['#EXT-X-MEDIA-SEQUENCE:0', '#EXT-X-PLAYLIST-TYPE:VOD'],
    ...[`#EXTINF:${seconds.toFixed(3)},`, uri, '#EXT-X-ENDLIST', ''],
  ].join('\n')
}
