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
}

/** The one audio playlist that all variants share. */
export interface SharedAudio {
  readonly uri: string
  readonly channels: number
}

/** The text of an HLS master playlist; players begin with the first variant that they can play, so the order matters. */
export const masterPlaylist = ({
  variants,
  audio,
}: {
  readonly variants: readonly PlaylistVariant[]
  readonly audio?: SharedAudio
}): string => {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS']
  if (audio) lines.push(audioLine(audio))
  for (const variant of variants) {
    const attributes = [...variantAttributes(variant), ...(audio ? [`AUDIO="${AUDIO_GROUP}"`] : [])]
    lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, playlistUri(variant.uri))
  }
  return `${lines.join('\n')}\n`
}

const AUDIO_GROUP = 'audio'

const audioLine = ({ uri, channels }: SharedAudio): string =>
  `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${AUDIO_GROUP}",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,` +
  `CHANNELS="${channels}",URI="${playlistUri(uri)}"`

const variantAttributes = (variant: PlaylistVariant): readonly string[] => [
  `BANDWIDTH=${Math.ceil(variant.bandwidth)}`,
  `AVERAGE-BANDWIDTH=${Math.ceil(variant.averageBandwidth)}`,
  `CODECS="${variant.codecs.join(',')}"`,
  ...(variant.width > 0
    ? [`RESOLUTION=${variant.width}x${variant.height}`, `FRAME-RATE=${variant.frameRate.toFixed(3)}`]
    : []),
]
