/** What probing found out about a source, in the terms that the ladder and the catalog need. */
export interface SourceMedia {
  /** FFmpeg's demuxer names, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string
  readonly durationMs: number
  readonly bitRateKbps: number
  /** Of all files of a stream; absent: the source is one file. */
  readonly sizeBytes?: number
  /** Absent when nothing but an attached picture, or a track without frames, is there. */
  readonly video?: SourceVideo
  readonly audio?: SourceAudio
  /** Index of the stream that holds an attached picture (cover art). */
  readonly pictureStream?: number
  /** Every subtitle track, in the order of the file; absent: there is none, or it was probed before they were looked for. */
  readonly subtitles?: readonly SourceSubtitle[]
  /** Every audio stream that can be decoded was looked at; more than one is worth a note. */
  readonly audioStreams: number
}

export interface SourceVideo {
  readonly stream: number
  /** FFmpeg's codec name, e.g. `h264`. */
  readonly codec: string
  /** As shown: after rotation and with square pixels. */
  readonly width: number
  readonly height: number
  /** As stored, before rotation, in the stream's own pixels. */
  readonly codedWidth: number
  readonly codedHeight: number
  /** Sample aspect ratio is not 1:1. */
  readonly anamorphic: boolean
  /** Degrees clockwise: 0, 90, 180, 270. */
  readonly rotation: number
  /** Average frames per second. */
  readonly frameRate: number
  readonly variableFrameRate: boolean
  readonly interlaced: boolean
  readonly hdr: boolean
  /** Of its colours, by FFmpeg's name: only where it is none of the usual ones. */
  readonly strangeMatrix?: string
  /** How its colours are written, by FFmpeg's name; absent: it does not say, or in a way that nobody needs. */
  readonly matrix?: string
  readonly pixelFormat: string
}

export interface SourceAudio {
  readonly stream: number
  readonly codec: string
  readonly channels: number
  readonly sampleRate: number
}

export interface SourceSubtitle {
  readonly stream: number
  /** FFmpeg's codec name, e.g. `subrip`; `none` when it knows none. */
  readonly codec: string
  /** BCP 47; absent: the file does not say. */
  readonly language?: string
  readonly title?: string
}
