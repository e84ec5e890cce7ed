import { PLAY_FOLDER } from '../catalog/object-keys.ts'
import {
  PREVIEW_KBPS,
  PREVIEW_SEGMENT_SECONDS,
  type PreviewKind,
  type PreviewPlan,
  type PreviewTrack,
  previewFolder,
  previewInit,
  previewKinds,
  previewSegment,
  previewTracks,
} from '../catalog/preview.ts'
import { dashManifest } from '../packaging/dash-manifest.ts'
import { masterPlaylist } from '../packaging/master-playlist.ts'
import { longestSeconds, mediaPlaylist } from '../packaging/media-playlist.ts'
import { parseIndexPath, type StreamFile } from './stream-file.ts'

/** A file of a preview's stream. */
export type PreviewFile = StreamFile<{ readonly run: string; readonly kind: PreviewKind }>

/** Its indexes have the names of those of renditions, and its other files those of a run's. */
export const parsePreviewPath = (path: string): PreviewFile | undefined => {
  const found = parseIndexPath(path)
  if (found) return found
  const [, run, track, file, index] = FILE.exec(path) ?? []
  if (run === undefined) return
  const common = { run, kind: track === '1' ? 'video' : 'audio' } as const
  if (index !== undefined) return { ...common, type: 'segment', index: Number(index) }
  return { ...common, type: file === '.m3u8' ? 'playlist' : 'init' }
}

const FILE = new RegExp(`^${PLAY_FOLDER}([0-9a-f]{32})_(1|audio)(\\.m3u8|/init\\.mp4|/(\\d{5})\\.m4s)$`)

/** As `codecString` has them, of the tracks that there are. */
export type PreviewCodecs = Readonly<Partial<Record<PreviewKind, string>>>

interface Described {
  readonly run: string
  readonly plan: PreviewPlan
  readonly codecs: PreviewCodecs
}

/** Bits per second; the rates of the encoder are bounds. */
const bandwidthOf = (kind: PreviewKind, of: 'average' | 'peak'): number => PREVIEW_KBPS[kind][of] * 1000

export const previewIndex = ({ run, plan, codecs }: Described): string => {
  const kinds = previewKinds(plan)
  const sum = (of: 'peak' | 'average') => kinds.reduce((all, kind) => all + bandwidthOf(kind, of), 0)
  const group = 'audio'
  return masterPlaylist({
    independent: true,
    ...(plan.sound && { sounds: [{ group, uri: playlistOf(run, 'audio'), channels: plan.sound.channels }] }),
    variants: [
      {
        ...{ uri: playlistOf(run, 'video'), bandwidth: sum('peak'), averageBandwidth: sum('average') },
        codecs: kinds.flatMap((kind) => codecs[kind] ?? []),
        ...{ width: plan.width, height: plan.height, frameRate: plan.frameRate },
        ...(plan.sound && { sound: group }),
      },
    ],
  })
}

export const previewManifest = ({ run, plan, codecs }: Described): string => {
  const { video, audio } = previewTracks(plan)
  const common = (kind: PreviewKind, track: PreviewTrack) => ({
    ...{ folder: previewFolder(run, kind), init: 'init.mp4', codec: codecs[kind] ?? '' },
    bandwidth: bandwidthOf(kind, 'peak'),
    ...track,
  })
  const { width, height, frameRate } = plan
  return dashManifest({
    video: [[{ ...common('video', video), width, height, frameRate, aspect: { across: 1, down: 1 } }]],
    audio: audio && plan.sound ? [[{ ...common('audio', audio), ...plan.sound }]] : [],
    segmentSeconds: PREVIEW_SEGMENT_SECONDS,
  })
}

/** Of all the film, whatever there is of it. `undefined`: it has no such track. */
export const previewPlaylist = (
  plan: PreviewPlan,
  { run, kind, keyUri }: { readonly run: string; readonly kind: PreviewKind; readonly keyUri?: string },
): string | undefined => {
  const tracks = previewTracks(plan)
  const track = tracks[kind]
  if (!track) return
  return mediaPlaylist({
    init: previewInit(run, kind),
    segments: track.segments.map(({ durationTicks }, n) => ({ uri: previewSegment(run, kind, n), durationTicks })),
    ...(keyUri !== undefined && { keyUri }),
    timescale: track.timescale,
    independent: true,
    targetSeconds: Math.max(...[tracks.video, ...(tracks.audio ? [tracks.audio] : [])].map(longestSeconds)),
  })
}

const playlistOf = (run: string, kind: PreviewKind): string => `${previewFolder(run, kind)}.m3u8`
