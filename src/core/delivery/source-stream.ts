import type { Asset } from '../catalog/asset.ts'
import { PLAY_FOLDER } from '../catalog/object-keys.ts'
import type { CutMovie, CutTrack } from '../packaging/cut-movie.ts'
import { dashManifest } from '../packaging/dash-manifest.ts'
import { masterPlaylist } from '../packaging/master-playlist.ts'
import { measureBandwidth } from '../packaging/measure-bandwidth.ts'
import { longestSeconds, mediaPlaylist } from '../packaging/media-playlist.ts'
import { movieInit, movieSegment } from '../packaging/movie-segment.ts'
import { pixelAspect, soundFormat } from '../packaging/sample-format.ts'
import { type SourceStream, sourceFolder } from './source-film.ts'
import { parseIndexPath, type StreamFile } from './stream-file.ts'

/** A file of a source's stream. `run`: of an encrypted one. */
export type SourceFile = StreamFile<{ readonly run?: string; readonly kind: Kind }>

type Kind = 'video' | 'audio'

/** The file of an asset's source that a path means. Once it was transcoded, the indexes are those of the renditions, if there are any left. */
export const sourceFileOf = ({ transcode }: Pick<Asset, 'transcode'>, path: string): SourceFile | undefined => {
  const file = parseSourcePath(path)
  return file?.type === 'index' && transcode.state === 'succeeded' ? undefined : file
}

/** Its indexes have the names of those of renditions, which take their place. */
export const parseSourcePath = (path: string): SourceFile | undefined => {
  const found = parseIndexPath(path)
  if (found) return found
  const [, run, kind, file, index] = FILE.exec(path) ?? []
  if (kind !== 'video' && kind !== 'audio') return
  const common = { kind, ...(run !== undefined && { run }) } as const
  if (index !== undefined) return { ...common, type: 'segment', index: Number(index) }
  return { ...common, type: file === '.m3u8' ? 'playlist' : 'init' }
}

const FILE = new RegExp(
  `^${PLAY_FOLDER}(?:([0-9a-f]{32})_)?source_(video|audio)(\\.m3u8|/init\\.mp4|/(\\d{5}|[1-9]\\d{5})\\.m4s)$`,
)

export type SourcePart = SourceText | SourceBytes

/** Changes with the project's key address, and gives way to that of renditions. */
interface SourceText {
  readonly contentType: string
  readonly text: string
  /** A playlist that leads to keys: the token of its request goes on to what it names. */
  readonly leadsToKeys?: true
}

/** Never changes. */
interface SourceBytes {
  readonly contentType: string
  /** In memory while it is made. */
  readonly mostBytes: number
  readonly make: () => Promise<Uint8Array>
}

/** `undefined`: there is no such file. */
export const sourcePart = (stream: SourceStream, file: SourceFile): SourcePart | undefined => {
  const { movie, seal } = stream
  const playlist = { contentType: HLS, ...(seal && { leadsToKeys: true as const }) }
  if (file.type === 'index') {
    if (file.format === 'HLS') return { ...playlist, text: hlsIndex(stream) }
    // What DASH has to protect media is not what HLS has.
    return seal ? undefined : { contentType: 'application/dash+xml', text: dashIndex(stream) }
  }
  const track = movie[file.kind]
  if (!track || file.run !== seal?.run) return
  if (file.type === 'playlist') return { ...playlist, text: trackPlaylist(stream, track) }
  const contentType = `${file.kind}/mp4`
  if (file.type === 'init') return { contentType, mostBytes: initBytes(track), make: async () => movieInit(track) }
  const segment = track.segments[file.index]
  if (!segment) return
  return {
    contentType,
    // Sealed, it is there twice for a moment.
    mostBytes: (seal ? 2 : 1) * track.mostBytesIn(segment),
    async make() {
      const { bytes } = await movieSegment(track, { segment, index: file.index }, stream)
      return seal ? seal.cipher.seal(bytes, segmentOf(stream, file.kind, file.index)) : bytes
    },
  }
}

/** More than it has beside them. */
const INIT_BYTES = 4096

const initBytes = ({ header }: CutTrack): number => header.sampleDescriptions.length + INIT_BYTES

const HLS = 'application/vnd.apple.mpegurl'
const INIT_FILE = 'init.mp4'

const folderOf = ({ seal }: SourceStream, kind: Kind): string => sourceFolder(kind, seal?.run)
const playlistOf = (stream: SourceStream, { header }: CutTrack): string => `${folderOf(stream, header.kind)}.m3u8`
const segmentOf = (stream: SourceStream, kind: Kind, index: number): string =>
  `${folderOf(stream, kind)}/${String(index).padStart(5, '0')}.m4s`

const measured = ({ header, segments }: CutTrack) => ({ timescale: header.timescale, segments })

/** The picture, and the sound that plays with it; or the sound alone. */
const tracksOf = ({ video, audio }: CutMovie): readonly CutTrack[] =>
  [video, audio].filter((track) => track !== undefined)

const longestOf = (movie: CutMovie): number =>
  Math.max(...tracksOf(movie).map((track) => longestSeconds(measured(track))))

const hlsIndex = (stream: SourceStream): string => {
  const { movie } = stream
  const { video, audio } = movie
  const [main] = tracksOf(movie)
  if (!main) throw new Error('a film that was cut has a track')
  const { peak, average } = measureBandwidth(tracksOf(movie).map(measured), longestOf(movie))
  const group = 'audio'
  const sound = video &&
    audio && { group, uri: playlistOf(stream, audio), ...soundFormat(audio.header.sampleDescriptions) }
  return masterPlaylist({
    independent: true,
    ...(sound && { sounds: [sound] }),
    variants: [
      {
        ...{ uri: playlistOf(stream, main), bandwidth: peak, averageBandwidth: average },
        codecs: tracksOf(movie).map(({ header }) => header.codec),
        ...{ width: main.header.width, height: main.header.height, frameRate: main.frameRate },
        ...(sound && { sound: group }),
      },
    ],
  })
}

const trackPlaylist = (stream: SourceStream, track: CutTrack): string => {
  const { movie, seal } = stream
  const { kind, timescale } = track.header
  return mediaPlaylist({
    init: `${folderOf(stream, kind)}/${INIT_FILE}`,
    segments: track.segments.map(({ durationTicks }, index) => ({
      uri: segmentOf(stream, kind, index),
      durationTicks,
    })),
    ...(seal && { keyUri: seal.keyUri }),
    ...{ timescale, targetSeconds: longestOf(movie), independent: true },
  })
}

const dashIndex = (stream: SourceStream): string => {
  const { movie } = stream
  const { video, audio } = movie
  const common = (track: CutTrack) => ({
    ...{ folder: folderOf(stream, track.header.kind), init: INIT_FILE, codec: track.header.codec },
    bandwidth: measureBandwidth([measured(track)], longestOf(movie)).peak,
    ...measured(track),
  })
  return dashManifest({
    video: video ? [[{ ...common(video), ...pictureOf(video) }]] : [],
    audio: audio ? [[{ ...common(audio), ...soundFormat(audio.header.sampleDescriptions) }]] : [],
    segmentSeconds: longestOf(movie),
  })
}

const pictureOf = (track: CutTrack) => {
  const { width, height, sampleDescriptions } = track.header
  return { width, height, aspect: pixelAspect(sampleDescriptions), frameRate: track.frameRate }
}
