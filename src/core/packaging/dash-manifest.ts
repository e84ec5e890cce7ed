import { longestSeconds } from './media-playlist.ts'
import { attributes } from './xml.ts'

/** One encoded track as DASH sees it. Segments begin at 0 on the presentation timeline, which the edit list of the init segment gives. */
export interface DashTrack {
  /** Folder of its files below the manifest: `init.mp4`, and segments named by `SEGMENT_NUMBER`. Unique in the manifest. */
  readonly folder: string
  readonly init: string
  /** RFC 6381. */
  readonly codec: string
  /** Bits per second at the peak: see `measureBandwidth`. */
  readonly bandwidth: number
  readonly timescale: number
  readonly segments: readonly { readonly startTicks: number; readonly durationTicks: number }[]
}

export interface DashVideo extends DashTrack {
  readonly width: number
  readonly height: number
  /** Shape of a pixel. */
  readonly aspect: { readonly across: number; readonly down: number }
  /** Per second; of a variable rate the cap. */
  readonly frameRate: number
}

export interface DashAudio extends DashTrack {
  readonly channels: number
  readonly sampleRate: number
}

export interface DashManifest {
  /** Sets of tracks whose segments begin at the same times: players may switch between those of one at every segment. Best first. */
  readonly video: readonly (readonly DashVideo[])[]
  /** Likewise. */
  readonly audio: readonly (readonly DashAudio[])[]
  /** The grid's interval. */
  readonly segmentSeconds: number
}

/** The segment files as `SegmentTemplate` names them, numbered from 0. */
const SEGMENT_NUMBER = '$Number%05d$.m4s'

/**
 * The text of a DASH manifest (ISO/IEC 23009-1) of a finished stream. Edit lists count, so the presentation begins at 0 in every
 * track and there is no `presentationTimeOffset`; there is no `sidx` either. `maxSegmentDuration` is that of the longest segment of
 * all tracks, and not the grid's interval: sound never fits the grid exactly, and validators take a shorter one for an error.
 */
export const dashManifest = ({ video, audio, segmentSeconds }: DashManifest): string => {
  const tracks = [...video, ...audio].flat()
  const end = Math.max(...tracks.map(endSeconds))
  const longest = Math.max(...tracks.map(longestSeconds))
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"${attributes({
      profiles: 'urn:mpeg:dash:profile:isoff-live:2011',
      type: 'static',
      mediaPresentationDuration: duration(end),
      maxSegmentDuration: duration(longest),
      minBufferTime: duration(Math.max(segmentSeconds, longest)),
    })}>`,
    `<Period id="0" start="PT0S"${attributes({ duration: duration(end) })}>`,
    ...adaptationSets(
      'video',
      video.map((set) => set.flatMap(videoRepresentation)),
      0,
    ),
    ...adaptationSets(
      'audio',
      audio.map((set) => set.flatMap(audioRepresentation)),
      video.length,
    ),
    ...['</Period>', '</MPD>'],
  ]
  return `${lines.join('\n')}\n`
}

/** All sets show the same; where there are several, players that can may go from one to another. */
const adaptationSets = (
  contentType: 'video' | 'audio',
  sets: readonly (readonly string[])[],
  firstId: number,
): readonly string[] =>
  sets.flatMap((representations, n) => {
    const id = firstId + n
    const others = sets.flatMap((_, other) => (other === n ? [] : firstId + other))
    return [
      `<AdaptationSet${attributes({ id, contentType, mimeType: `${contentType}/mp4`, segmentAlignment: 'true', startWithSAP: 1 })}>`,
      ...(others.length > 0
        ? [`<SupplementalProperty${attributes({ schemeIdUri: SWITCHING, value: others.join(',') })}/>`]
        : []),
      '<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>',
      ...representations,
      '</AdaptationSet>',
    ]
  })

const SWITCHING = 'urn:mpeg:dash:adaptation-set-switching:2016'

const videoRepresentation = (track: DashVideo): readonly string[] => {
  const { width, height, aspect, frameRate } = track
  const shape = { width, height, sar: `${aspect.across}:${aspect.down}`, frameRate: rationalRate(frameRate) }
  return [`<Representation${attributes({ ...common(track), ...shape })}>`, ...template(track), '</Representation>']
}

const audioRepresentation = (track: DashAudio): readonly string[] => [
  `<Representation${attributes({ ...common(track), audioSamplingRate: track.sampleRate })}>`,
  `<AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="${track.channels}"/>`,
  ...template(track),
  '</Representation>',
]

const common = ({ folder, codec, bandwidth }: DashTrack) => ({
  id: folder,
  codecs: codec,
  bandwidth: Math.ceil(bandwidth),
})

const template = ({ folder, init, timescale, segments }: DashTrack): readonly string[] => {
  const files = { initialization: `${folder}/${init}`, media: `${folder}/${SEGMENT_NUMBER}` }
  return [
    `<SegmentTemplate${attributes({ timescale, startNumber: 0, ...files })}>`,
    '<SegmentTimeline>',
    ...timeline(segments),
    '</SegmentTimeline>',
    '</SegmentTemplate>',
  ]
}

/** Equal durations in a row are one line; the begin is said once, because the segments follow each other without gaps. */
const timeline = (segments: DashTrack['segments']): readonly string[] => {
  const lines: string[] = []
  let at = 0
  while (at < segments.length) {
    const durationTicks = segments[at]?.durationTicks
    let end = at + 1
    while (end < segments.length && segments[end]?.durationTicks === durationTicks) end += 1
    const start = at === 0 ? { t: segments[0]?.startTicks } : {}
    lines.push(`<S${attributes({ ...start, d: durationTicks, ...(end - at > 1 && { r: end - at - 1 }) })}/>`)
    at = end
  }
  return lines
}

const endSeconds = ({ segments, timescale }: DashTrack): number => {
  const last = segments.at(-1)
  return last ? (last.startTicks + last.durationTicks) / timescale : 0
}

/** Up to the microsecond, never below the value: a presentation that is cut loses its last frame. */
const duration = (seconds: number): string => `PT${(Math.ceil(Math.round(seconds * 1e7) / 10) / 1e6).toFixed(6)}S`

/** As XML wants it: a whole number or a fraction. The usual rates of television are thousand-and-firsts. */
const rationalRate = (rate: number): string => {
  for (const divisor of [1, 1001]) {
    const rounded = Math.round(rate * (divisor === 1 ? 1 : 1.001)) * (divisor === 1 ? 1 : 1000)
    if (rounded > 0 && Math.abs(rounded / divisor - rate) < 0.005)
      return divisor === 1 ? `${rounded}` : `${rounded}/${divisor}`
  }
  return `${Math.max(1, Math.round(rate * 1000))}/1000`
}
