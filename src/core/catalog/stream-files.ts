import { DASH_MANIFEST, MASTER_PLAYLIST } from './object-keys.ts'
import { isSegmented, type Rendition, type RenditionFormat } from './rendition.ts'

/** Exactly what a transcode writes below a track's folder: a path that could lead elsewhere matches nothing. */
const SEGMENT = /^([0-9a-f]{32})_(\d{1,2}|audio)\/(?:init\.mp4|\d{5,7}\.m4s)$/
const HLS_FILE = /^([0-9a-f]{32})_(?:\d{1,2}|audio)(?:\/(?:init\.mp4|\d{5,7}\.m4s)|(?:_\w{1,40})?\.m3u8)$/
const SOUND = /^([0-9a-f]{32})_audio\.m3u8$/

export interface Streams {
  readonly renditions: readonly Rendition[]
  /** Runs before, of HLS alone, that players may still hold the playlists of. */
  readonly retired: readonly Pick<Rendition, 'run'>[]
}

/** Whether a file below the play folder is part of these streams: only then it is served, and only then it stays. */
export const isStreamFile = ({ renditions, retired }: Streams, file: string): boolean => {
  if (file === MASTER_PLAYLIST) return has(renditions, 'HLS')
  if (file === DASH_MANIFEST) return has(renditions, 'DASH')
  if (renditions.some(({ playlist }) => playlist === file)) return true
  if (retired.some(({ run }) => run === HLS_FILE.exec(file)?.[1])) return true
  const soundRun = SOUND.exec(file)?.[1]
  // All pictures share the sound.
  if (soundRun !== undefined) return renditions.some(({ run, format }) => run === soundRun && format === 'HLS')
  const [, run, track] = SEGMENT.exec(file) ?? []
  // Of a track that only went into files the segments are gone, or about to go.
  const streamed = renditions.filter((rendition) => rendition.run === run && isSegmented(rendition.format))
  return track === 'audio'
    ? streamed.length > 0
    : streamed.some(({ playlist }) => playlist.startsWith(`${run}_${track}_`))
}

const has = (renditions: readonly Rendition[], wanted: RenditionFormat): boolean =>
  renditions.some(({ format }) => format === wanted)
