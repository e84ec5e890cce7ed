import { isSegmented, type RenditionFormat } from '../catalog/rendition.ts'
import type { RangedBytes } from '../packaging/file-boxes.ts'
import type { TrackChunk } from '../packaging/segment-track.ts'
import { TrackDefect } from '../packaging/track-defect.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, SuspectFailure } from '../shared/task.ts'
import { type Copying, copyMovie, isCopy } from './copy-movie.ts'
import { type EncodePlan, type PlannedOutput, rungsOf, soundsOf } from './encode-plan.ts'
import type { EncodeReport, MediaTool, PinnedObject, PinnedSource, PlannedTrack } from './ports.ts'
import type { RunProtection } from './protect-run.ts'
import {
  beginTrack,
  type StoredTrack,
  storeTrack,
  type TrackContainer,
  type TrackFolder,
  type TrackPlace,
} from './store-track.ts'

export interface LadderTarget {
  readonly store: Pick<ObjectStore, 'put'>
  readonly bucket: string
  /** Key prefix that ends in the asset's play folder. */
  readonly playFolder: string
  readonly runs: LadderRuns
  /** See `EncodedLadder`. */
  readonly parameters: string
  /** Of what is HLS; absent: it is clear, too. */
  readonly protection?: RunProtection
}

/**
 * After which objects are named (32 hex digits each). Only where HLS is encrypted and other formats are not they are two, because the
 * same track is stored under each: sealed for HLS, clear for the others (decisions.md 5.6).
 */
export interface LadderRuns {
  readonly hls: string
  readonly others: string
}

export const runOf = ({ hls, others }: LadderRuns, format: RenditionFormat): string => (format === 'HLS' ? hls : others)

/** All tracks of one encode, stored but not verified yet. */
export interface EncodedLadder {
  readonly plan: EncodePlan
  readonly runs: LadderRuns
  /** 32 hex digits that are the same for equal parameters: viewers know the playlists by them (`outputParameters`). */
  readonly parameters: string
  /** The plan's rungs and sounds, in its order. */
  readonly video: readonly StoredTrack[]
  readonly sounds: readonly StoredTrack[]
  readonly report: EncodeReport
  /** Where players of HLS get the key; absent: it is clear. */
  readonly keyUri?: string
}

/** `{owner}_{n}` for the n-th rung from 1, `{owner}_audio`, `{owner}_audio2`, ... for the sounds: how each file name of a track begins. */
export const trackName = (owner: string, track: PlannedTrack): string => `${owner}_${trackOf(track)}`

/** The part of the name that says which track of its run it is. */
export const trackOf = (track: PlannedTrack): string =>
  track.type === 'video' ? `${track.rung + 1}` : `audio${track.sound > 0 ? track.sound + 1 : ''}`

/** Those that this encode makes. */
export const tracksOfPart = (plan: EncodePlan): readonly PlannedTrack[] => [
  ...rungsOf(plan).map((rung) => ({ type: 'video', rung }) as const),
  ...soundsOf(plan).map((_, sound) => ({ type: 'audio', sound }) as const),
]

export interface LadderTrack {
  readonly of: PlannedTrack
  readonly track: StoredTrack
}

export const tracksOf = ({ video, sounds }: Pick<EncodedLadder, 'video' | 'sounds'>): readonly LadderTrack[] => [
  ...video.map((track, rung) => ({ of: { type: 'video', rung } as const, track })),
  ...sounds.map((track, sound) => ({ of: { type: 'audio', sound } as const, track })),
]

/** Under which runs a track is stored: those of the formats that it is packed into. */
export const runsWith = (
  { plan, runs }: Pick<EncodedLadder, 'plan' | 'runs'>,
  planned: PlannedTrack,
): readonly string[] => [...new Set(outputsWith(plan, planned).map(({ format }) => runOf(runs, format)))]

interface EncodeRequest {
  readonly media: Pick<MediaTool, 'encode' | 'openBytes'>
  readonly source: PinnedSource
  readonly sound?: PinnedSource
  readonly marks?: readonly PinnedObject[]
  readonly plan: EncodePlan
  readonly signal: AbortSignal
  readonly onProgress: (positionMs: number) => void
}

/** Tracks of the plan that were stored, by what `trackOf` calls them. */
export type StoredTracks = ReadonlyMap<string, StoredTrack>

export interface EncodedTracks {
  readonly plan: EncodePlan
  readonly tracks: StoredTracks
  readonly report: EncodeReport
}

/** One decode, all renditions, packaged and stored as they come. */
export const encodeLadder = async (request: EncodeRequest, target: LadderTarget): Promise<EncodedLadder> =>
  ladderOf(await encodeTracks(request, target), target)

export const ladderOf = (
  { plan, tracks, report }: EncodedTracks,
  { runs, parameters, protection }: Pick<LadderTarget, 'runs' | 'parameters' | 'protection'>,
): EncodedLadder => {
  const stored = (planned: PlannedTrack): StoredTrack => {
    const track = tracks.get(trackOf(planned))
    if (!track) throw new Error('every track of the plan must have been encoded')
    return track
  }
  return {
    plan,
    runs,
    parameters,
    report,
    ...(protection && { keyUri: protection.keyUri }),
    video: plan.rungs.map((_, rung) => stored({ type: 'video', rung })),
    sounds: plan.sounds.map((_, sound) => stored({ type: 'audio', sound })),
  }
}

/** The tracks of one part of a plan, or all of them: one decode, or none, packaged and stored as they come. */
export const encodeTracks = async (
  { media, source, sound, marks, plan, signal, onProgress }: EncodeRequest,
  target: LadderTarget,
): Promise<EncodedTracks> => {
  const tracks = new Map<string, StoredTrack>()
  const placeOf = (planned: PlannedTrack): TrackPlace => trackPlace(plan, planned, { ...target, signal })
  if (isCopy(plan) && !('pieces' in source)) {
    const begin: Copying['begin'] = (planned, whenStored) => beginTrack(placeOf(planned), whenStored)
    const copied = await copyFrom(media.openBytes(source, signal), plan, { begin, signal, onProgress })
    for (const { of, storing } of copied ?? []) tracks.set(trackOf(of), await storing.end())
    if (copied) return { plan, tracks, report: { frames: 0, complaints: [] } }
  }
  const report = await media.encode(source, plan, {
    signal,
    ...(sound && { sound }),
    ...(marks && { marks }),
    onProgress,
    async consume(planned, bytes) {
      tracks.set(trackOf(planned), await storeTrack(placeOf(planned), bytes).catch(explain))
    },
  })
  return { plan, tracks, report }
}

/** What was read is not held any longer than it is needed. */
const copyFrom = async (bytes: RangedBytes & Disposable, plan: EncodePlan, copying: Copying) => {
  using source = bytes
  return await copyMovie(source, plan, copying)
}

interface Placing extends Pick<LadderTarget, 'store' | 'bucket' | 'playFolder' | 'runs' | 'protection'> {
  readonly signal: AbortSignal
}

const trackPlace = (
  plan: EncodePlan,
  planned: PlannedTrack,
  { store, bucket, playFolder, runs, protection, signal }: Placing,
): TrackPlace => {
  const folderOf = (run: string): TrackFolder => ({
    prefix: `${playFolder}${trackName(run, planned)}/`,
    ...(protection && run === runs.hls && { cipher: protection.cipher }),
  })
  return {
    ...{ store, bucket, name: label(plan, planned), segmentSeconds: plan.segmentSeconds, signal },
    folders: runsWith({ plan, runs }, planned).map(folderOf),
    ...chunkOf(plan, planned),
    container: containerOf(plan, planned),
    keepsSamples: outputsWith(plan, planned).some(({ format }) => !isSegmented(format)),
  }
}

const chunkOf = ({ part, rungs }: EncodePlan, planned: PlannedTrack): { readonly chunk?: TrackChunk } => {
  if (part?.type !== 'chunk' || planned.type !== 'video') return {}
  const { startSeconds, endSeconds } = part
  const delaySeconds = REORDERED_FRAMES / (rungs[planned.rung]?.frameRate ?? 1) + ROUNDING_SECONDS
  return { chunk: { startSeconds, delaySeconds, ...(endSeconds !== undefined && { endSeconds }) } }
}

/** How many frames the encoders keep back with these presets: B-frames that others refer to. */
const REORDERED_FRAMES = 2
/** Of frame times in containers that count milliseconds. */
const ROUNDING_SECONDS = 0.002

/** Players of HLS take MP3 as it is, and in MP4 they do not. */
const containerOf = (plan: EncodePlan, planned: PlannedTrack): TrackContainer => {
  const isMp3 = planned.type === 'audio' && plan.sounds[planned.sound]?.codec === 'mp3'
  return isMp3 && outputsWith(plan, planned).some(({ format }) => format === 'HLS') ? 'packed' : 'cmaf'
}

const outputsWith = ({ outputs }: EncodePlan, planned: PlannedTrack): readonly PlannedOutput[] =>
  outputs.filter(({ rung, sound }) => (planned.type === 'video' ? rung === planned.rung : sound === planned.sound))

const label = ({ rungs }: EncodePlan, planned: PlannedTrack): string => {
  if (planned.type === 'audio') return 'audio'
  const rung = rungs[planned.rung]
  return rung ? `${rung.width}x${rung.height}` : 'video'
}

/**
 * A track without samples, or one of the source's own that cannot be packaged, is the source's fault and stays so; one that was
 * cut off is whole when what cut it off is gone.
 */
const explain = (error: unknown): never => {
  if (error instanceof TrackDefect && STAYS_SO.has(error.kind)) {
    throw new PermanentFailure(error.reason, { cause: error })
  }
  if (error instanceof TrackDefect && error.kind !== 'cut_off') throw new SuspectFailure(error.reason, { cause: error })
  throw error
}

const STAYS_SO: ReadonlySet<TrackDefect['kind']> = new Set(['empty', 'open_ended', 'unsupported'])
