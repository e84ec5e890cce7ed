import { type Asset, isTranscoding } from './asset.ts'
import type { SealedKey } from './encryption.ts'
import type { SourceMedia, SourceVideo } from './media.ts'
import { fittedSize, type PictureSize } from './picture-size.ts'
import type { AssetPatch } from './ports.ts'
import { MOST_RETIRED } from './stream-files.ts'

/**
 * A small H.264 rendition of a film that players cannot play as it is. It is there before all others: each of its segments is made when it is asked
 * for, with some of those that follow. Its files are named as those of any run.
 */
export interface Preview {
  readonly run: string
  /** Absent: it is clear. */
  readonly key?: SealedKey
}

/** All of it follows from the source, so that playlists can name segments that nobody has made yet. */
export interface PreviewPlan extends PictureSize {
  readonly media: SourceMedia & { readonly video: SourceVideo }
  /** Per second, whole: each segment has as many frames, whatever the source's rate is. */
  readonly frameRate: number
  readonly frames: number
  readonly sound?: PreviewSound
  readonly segments: number
}

export interface PreviewSound {
  readonly channels: number
  readonly sampleRate: number
}

/** Short, because the first picture waits for a whole one. */
export const PREVIEW_SEGMENT_SECONDS = 2
/** That are made together at most. Players ask for more long before they need it. */
export const PREVIEW_PIECE_SEGMENTS = 10
/** What the encoder is asked for, and its peak. */
export const PREVIEW_KBPS = { video: { average: 600, peak: 900 }, audio: { average: 96, peak: 112 } } as const
/** Of AAC-LC. */
export const PACKET_SAMPLES = 1024

const SCREEN = { long: 640, short: 360 }
const MOST_FRAMES_PER_SECOND = 30
/** So that the shortest last segment is longer than what the encoder keeps back: see `isLost` in `packaging/cut-segments`. */
const LEAST_FRAMES_PER_SECOND = 12
/** 11 hours. */
const MOST_SEGMENTS = 20_000
/** A last segment that is shorter joins no other: it is left out, because players do not find it. */
const LEAST_LAST_SECONDS = 0.2

/** `undefined`: it has no pictures, or is too long. */
export const planPreview = (media: SourceMedia): PreviewPlan | undefined => {
  const { video, audio } = media
  if (!video) return
  const frameRate = previewRate(video)
  const perSegment = frameRate * PREVIEW_SEGMENT_SECONDS
  const all = Math.max(1, Math.round((media.durationMs / 1000) * frameRate))
  const rest = all % perSegment
  const frames = all > perSegment && rest < LEAST_LAST_SECONDS * frameRate ? all - rest : all
  const segments = Math.ceil(frames / perSegment)
  if (segments > MOST_SEGMENTS) return
  return {
    ...{ media: { ...media, video }, ...fittedSize(video, SCREEN), frameRate, frames, segments },
    ...(audio && {
      sound: {
        channels: Math.min(2, audio.channels),
        // The family of the source's rate is kept, as in renditions.
        sampleRate: audio.sampleRate % 11_025 === 0 ? 44_100 : 48_000,
      },
    }),
  }
}

const previewRate = ({ frameRate, variableFrameRate }: SourceVideo): number => {
  if (variableFrameRate || !Number.isFinite(frameRate) || frameRate <= 0) return MOST_FRAMES_PER_SECOND
  return Math.max(
    LEAST_FRAMES_PER_SECOND,
    Math.round(frameRate / Math.ceil(frameRate / (MOST_FRAMES_PER_SECOND * 1.05))),
  )
}

/** How many seconds it lasts. */
export const previewSeconds = ({ frames, frameRate }: PreviewPlan): number => frames / frameRate

/** When a segment begins; behind the last one, when the preview ends. */
export const segmentStart = (plan: PreviewPlan, segment: number): number =>
  Math.min(segment * PREVIEW_SEGMENT_SECONDS, previewSeconds(plan))

/** The first packet of sound of a segment, on the grid of the whole. */
export const firstPacket = (plan: PreviewPlan, { sampleRate }: PreviewSound, segment: number): number =>
  // So that what is a whole number stays one.
  Math.max(0, Math.ceil((segmentStart(plan, segment) * sampleRate) / PACKET_SAMPLES - 1e-9))

export type PreviewKind = 'video' | 'audio'

/** A segment on its track's own clock, which counts frames or samples. */
export interface PreviewSegment {
  readonly startTicks: number
  readonly durationTicks: number
  /** Frames or packets that are heard. */
  readonly units: number
}

export interface PreviewTrack {
  /** Ticks per second. */
  readonly timescale: number
  readonly segments: readonly PreviewSegment[]
}

export const previewKinds = ({ sound }: PreviewPlan): readonly PreviewKind[] => (sound ? ['video', 'audio'] : ['video'])

/** What a segment holds. */
export const segmentOf = (plan: PreviewPlan, kind: PreviewKind, segment: number): PreviewSegment => {
  const { sound, frameRate } = plan
  const isSound = kind === 'audio' && sound !== undefined
  const firstOf = (n: number): number =>
    isSound ? firstPacket(plan, sound, n) : Math.round(segmentStart(plan, n) * frameRate)
  const [first, end] = [firstOf(segment), firstOf(segment + 1)]
  const ticks = isSound ? PACKET_SAMPLES : 1
  return { startTicks: first * ticks, durationTicks: (end - first) * ticks, units: end - first }
}

/** What every segment of the preview holds. */
export const previewTracks = (plan: PreviewPlan): { readonly video: PreviewTrack; readonly audio?: PreviewTrack } => {
  const all = (kind: PreviewKind) => Array.from({ length: plan.segments }, (_, n) => segmentOf(plan, kind, n))
  return {
    video: { timescale: plan.frameRate, segments: all('video') },
    ...(plan.sound && { audio: { timescale: plan.sound.sampleRate, segments: all('audio') } }),
  }
}

/** Names below the play folder, as of any run; a preview has one picture and at most one sound. */
export const previewFolder = (run: string, kind: PreviewKind): string => `${run}_${kind === 'video' ? 1 : 'audio'}`
export const previewInit = (run: string, kind: PreviewKind): string => `${previewFolder(run, kind)}/init.mp4`
export const previewSegment = (run: string, kind: PreviewKind, segment: number): string =>
  `${previewFolder(run, kind)}/${String(segment).padStart(5, '0')}.m4s`

/**
 * The preview of that name, if viewers may have more of it made: renditions are on their way, or players are still under way with it. Under another key
 * it would be another one.
 */
export const previewOf = (
  asset: Asset,
  { run, nowMs }: { readonly run: string; readonly nowMs: number },
): Preview | undefined => {
  if (asset.ingest.state !== 'created' || asset.sourceRemoved) return
  const open = openPreview(asset)
  if (open?.run === run) return open
  const retired = asset.retired?.find((one) => one.run === run && one.preview && one.untilMs > nowMs)
  return retired && { run, ...(retired.key !== undefined && { key: retired.key }) }
}

/** The one that is there while renditions are on their way. None while outputs are to have another key than the source. */
export const openPreview = (asset: Previewed): Preview | undefined =>
  isTranscoding(asset) && asset.nextTranscode?.key === undefined && asset.preview?.key === asset.encryption?.key
    ? asset.preview
    : undefined

type Previewed = Pick<Asset, 'encryption' | 'nextTranscode' | 'preview' | 'transcode'>

/** Whether one may begin. */
export const mayPreview = (asset: Previewed & Pick<Asset, 'ingest'>): boolean =>
  asset.ingest.state === 'created' &&
  isTranscoding(asset) &&
  asset.nextTranscode?.key === undefined &&
  asset.encryption?.change === undefined

/** Nothing takes its place. Its name stays, because edges are asked to forget it. */
export const withoutPreview = ({ preview, retired = [] }: Pick<Asset, 'preview' | 'retired'>): AssetPatch =>
  preview ? { preview: null, retired: [...retired, { run: preview.run, untilMs: 0 }].slice(-MOST_RETIRED) } : {}

export interface PreviewTask {
  readonly run: string
  /** The first of its piece. */
  readonly segment: number
  readonly state: 'queued' | 'running' | 'failed'
}

/** That wait or run for one film, whoever asks. */
const MOST_TASKS = 20

/**
 * What is to be done for who waits for a segment: nothing, because what is being made comes to it soon (`making`) or too much is under way (`busy`), because it failed at it
 * a moment ago (`failed`), or begin.
 */
export const demandState = (
  tasks: readonly PreviewTask[],
  { run, segment, isNear }: { readonly run: string; readonly segment: number; readonly isNear: boolean },
): 'begin' | 'making' | 'busy' | 'failed' => {
  const own = tasks.filter((task) => task.run === run)
  const covers = (first: number) => first <= segment && segment < first + PREVIEW_PIECE_SEGMENTS
  const isMade = ({ state, segment: first }: PreviewTask) =>
    state !== 'failed' && covers(first) && (isNear || first === segment)
  if (own.some(isMade)) return 'making'
  if (own.some((task) => task.state === 'failed' && task.segment === segment)) return 'failed'
  return own.filter(({ state }) => state !== 'failed').length < MOST_TASKS ? 'begin' : 'busy'
}

/** What a piece brings in any case, so that players at several places of a film all get on. */
const LEAST_SEGMENTS = 3

/**
 * Whether a piece gives way, with so many of its segments made, because another place was asked for after it: before it begins only where that would have to wait.
 * Who still needs it asks again at once, and who dragged a slider over it does not. `tasks` in the order in which they were asked for.
 */
export const givesWay = (
  tasks: readonly PreviewTask[],
  { run, segment, made }: Pick<PreviewTask, 'run' | 'segment'> & { readonly made: number },
): boolean => {
  const own = tasks.findLastIndex((task) => task.run === run && task.segment === segment && task.state === 'running')
  const later = own < 0 ? [] : tasks.slice(own + 1).filter((task) => task.run === run)
  return later.some(({ state }) => state === 'queued' || (state === 'running' && made >= LEAST_SEGMENTS))
}
