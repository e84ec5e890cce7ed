import { playlistUri } from './playlist-uri.ts'
import { keyLine } from './segment-cipher.ts'

export interface MediaPlaylist {
  /** Path of the init segment, relative to the playlist; absent: the segments need none. */
  readonly init?: string
  readonly segments: readonly { readonly uri: string; readonly durationTicks: number }[]
  readonly timescale: number
  /** At least the grid's interval. Equal in all playlists of a stream, so that it is the target duration even where its own segments are short. */
  readonly targetSeconds: number
  /** No segment needs another one to be decoded. */
  readonly independent: boolean
  /** Where players get the key of all segments; absent: they are clear. */
  readonly keyUri?: string
}

/** The text of an HLS media playlist of one finished track (RFC 8216). */
export const mediaPlaylist = (playlist: MediaPlaylist): string => {
  const { init, segments, timescale, targetSeconds, independent, keyUri } = playlist
  // RFC 8216, 4.3.3.1: each duration, rounded to the nearest integer, must not exceed the target duration.
  const longest = Math.max(targetSeconds, longestSeconds({ segments, timescale }))
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${Math.max(1, Math.round(longest))}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    ...(independent ? ['#EXT-X-INDEPENDENT-SEGMENTS'] : []),
    ...(init === undefined ? [] : [`#EXT-X-MAP:URI="${playlistUri(init)}"`]),
  ]
  let endTicks = 0
  let endMicroseconds = 0
  for (const { uri, durationTicks } of segments) {
    endTicks += durationTicks
    // Rounded at the ends, not at the durations: players add them up, and hours of equal errors would shift the seek bar.
    const end = Math.round((endTicks * 1_000_000) / timescale)
    // After the init segment, which stays clear, and before each segment, because each has its own IV.
    if (keyUri !== undefined) lines.push(keyLine(keyUri, uri))
    lines.push(`#EXTINF:${((end - endMicroseconds) / 1_000_000).toFixed(6)},`, playlistUri(uri))
    endMicroseconds = end
  }
  return `${[...lines, '#EXT-X-ENDLIST'].join('\n')}\n`
}

/** Of the segments of one track. */
export const longestSeconds = ({
  segments,
  timescale,
}: {
  readonly segments: readonly { readonly durationTicks: number }[]
  readonly timescale: number
}): number => segments.reduce((longest, { durationTicks }) => Math.max(longest, durationTicks), 0) / timescale
