import { playlistUri } from './playlist-uri.ts'

export interface PlaylistVariant {
  /** Path of the media playlist, relative to the master playlist. */
  readonly uri: string
  /** Bits per second, the shared audio included: see `measureBandwidth`. */
  readonly bandwidth: number
  readonly averageBandwidth: number
  /** Of everything that plays together: video and audio, RFC 6381. */
  readonly codecs: readonly string[]
  /** 0 for audio only: then no resolution and no frame rate are announced. */
  readonly width: number
  readonly height: number
  readonly frameRate: number
  /** Group of the sound that plays with it; absent: it has none, or is sound itself. */
  readonly sound?: string
}

/** A playlist of sound that variants share. */
export interface PlaylistSound {
  readonly group: string
  readonly uri: string
  readonly channels: number
}

/** The text of an HLS master playlist; players begin with the first variant that they can play, so the order matters. */
export const masterPlaylist = ({
  variants,
  sounds = [],
  independent,
}: {
  readonly variants: readonly PlaylistVariant[]
  readonly sounds?: readonly PlaylistSound[]
  /** No segment of any of them needs another one to be decoded. */
  readonly independent: boolean
}): string => {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7']
  if (independent) lines.push('#EXT-X-INDEPENDENT-SEGMENTS')
  lines.push(...sounds.map(soundLine))
  for (const variant of variants) {
    lines.push(`#EXT-X-STREAM-INF:${variantAttributes(variant).join(',')}`, playlistUri(variant.uri))
  }
  return `${lines.join('\n')}\n`
}

const soundLine = ({ group, uri, channels }: PlaylistSound): string =>
  `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${group}",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,` +
  `CHANNELS="${channels}",URI="${playlistUri(uri)}"`

const variantAttributes = (variant: PlaylistVariant): readonly string[] => [
  `BANDWIDTH=${Math.ceil(variant.bandwidth)}`,
  `AVERAGE-BANDWIDTH=${Math.ceil(variant.averageBandwidth)}`,
  `CODECS="${variant.codecs.join(',')}"`,
  ...(variant.width > 0
    ? [`RESOLUTION=${variant.width}x${variant.height}`, `FRAME-RATE=${variant.frameRate.toFixed(3)}`]
    : []),
  ...(variant.sound !== undefined ? [`AUDIO="${variant.sound}"`] : []),
]
