import { boundaries, type CutTrack } from './check-track.ts'
import { type ParsedMedia, parseMedia } from './parse-media-playlist.ts'
import { PlaylistDefect } from './playlist-defect.ts'
import { playlistLines } from './playlist-lines.ts'
import { KEY_TAG } from './segment-cipher.ts'

export interface NamedTrack extends CutTrack {
  /** Of each segment below the playlist's folder. */
  readonly paths: readonly string[]
}

/** What our own HLS media playlist of a track says otherwise than the track is, in plain sentences; empty when it is right. */
export const checkPlaylist = (text: string, track: NamedTrack): readonly string[] => {
  const read = readOwn(text)
  if (typeof read === 'string') return [`The playlist of ${track.name} cannot be read: ${read}.`]
  return [...checkDurations(read, track), ...checkPaths(read, track)]
}

/** The parser refuses keys, as those of strangers, and films that are longer than theirs may be. */
const readOwn = (text: string): ParsedMedia | string => {
  const clear = text.split('\n').filter((line) => !line.startsWith(KEY_TAG))
  const any = Number.POSITIVE_INFINITY
  try {
    return parseMedia(playlistLines(clear.join('\n'), any), '', { segments: any, segmentSeconds: any })
  } catch (error) {
    if (error instanceof PlaylistDefect) return error.reason
    throw error
  }
}

/** Each end is rounded to a microsecond. */
const ROUNDING_SECONDS = 0.000_002

const checkDurations = (read: ParsedMedia, { name, segments, ...track }: NamedTrack): readonly string[] => {
  if (read.segments.length !== segments.length) {
    return [`The playlist of ${name} has ${read.segments.length} segments, but the track has ${segments.length}.`]
  }
  const findings: string[] = []
  const differ = (one: number, other: number) => Math.abs(one - other) > ROUNDING_SECONDS
  const wrong = read.segments.findIndex(({ seconds }, n) =>
    differ(seconds, (segments[n]?.durationTicks ?? 0) / track.timescale),
  )
  if (wrong !== -1) findings.push(`The playlist of ${name} gives segment ${wrong} another duration than it has.`)
  const ends = boundaries({ name, segments, ...track })
  const seconds = (ends.at(-1) ?? 0) - (ends[0] ?? 0)
  if (differ(read.seconds, seconds)) {
    findings.push(`The playlist of ${name} lasts ${read.seconds.toFixed(6)} s, but the track ${seconds.toFixed(6)} s.`)
  }
  // RFC 8216, 4.3.3.1.
  const tooLong = read.segments.findIndex((segment) => Math.round(segment.seconds) > read.targetSeconds)
  if (tooLong !== -1) findings.push(`The playlist of ${name} has a target that segment ${tooLong} exceeds.`)
  return findings
}

const checkPaths = (read: ParsedMedia, { name, paths }: NamedTrack): readonly string[] => {
  const stranger = read.segments.find(({ path }, n) => path !== paths[n])
  return stranger ? [`The playlist of ${name} names ${stranger.path}, which is not what was stored in its place.`] : []
}
