import { isSegmented } from '../catalog/rendition.ts'
import { TrackDefect } from '../packaging/track-defect.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, SuspectFailure } from '../shared/task.ts'
import type { EncodePlan } from './encode-plan.ts'
import type { EncodeReport, MediaTool, PinnedObject, PlannedTrack } from './ports.ts'
import type { RunProtection } from './protect-run.ts'
import { type StoredTrack, storeTrack } from './store-track.ts'

export interface LadderTarget {
  readonly store: Pick<ObjectStore, 'put'>
  readonly bucket: string
  /** Key prefix that ends in the asset's play folder. */
  readonly playFolder: string
  readonly run: string
  /** See `EncodedLadder`. */
  readonly parameters: string
  /** Absent: the stream is clear. */
  readonly protection?: RunProtection
}

/** All tracks of one encode, stored but not verified yet. */
export interface EncodedLadder {
  readonly plan: EncodePlan
  readonly run: string
  /** 32 hex digits that are the same for equal parameters: viewers know the playlists by them (`outputParameters`). */
  readonly parameters: string
  /** The plan's rungs and sounds, in its order. */
  readonly video: readonly StoredTrack[]
  readonly sounds: readonly StoredTrack[]
  readonly report: EncodeReport
  /** Where players get the key; absent: the stream is clear. */
  readonly keyUri?: string
}

/** `{owner}_{n}` for the n-th rung from 1, `{owner}_audio`, `{owner}_audio2`, ... for the sounds: how each file name of a track begins. */
export const trackName = (owner: string, track: PlannedTrack): string => {
  if (track.type === 'video') return `${owner}_${track.rung + 1}`
  return `${owner}_audio${track.sound > 0 ? track.sound + 1 : ''}`
}

/** All tracks, each with the name that its files begin with. */
export const tracksOf = ({ run, video, sounds }: EncodedLadder): readonly NamedTrack[] => [
  ...video.map((track, rung) => ({ name: trackName(run, { type: 'video', rung }), track })),
  ...sounds.map((track, sound) => ({ name: trackName(run, { type: 'audio', sound }), track })),
]

interface NamedTrack {
  readonly name: string
  readonly track: StoredTrack
}

interface EncodeRequest {
  readonly media: Pick<MediaTool, 'encode'>
  readonly source: PinnedObject
  readonly plan: EncodePlan
  readonly signal: AbortSignal
  readonly onProgress: (positionMs: number) => void
}

/** One decode, all renditions, packaged and stored as they come. */
export const encodeLadder = async (
  { media, source, plan, signal, onProgress }: EncodeRequest,
  { store, bucket, playFolder, run, parameters, protection }: LadderTarget,
): Promise<EncodedLadder> => {
  const tracks = new Map<string, StoredTrack>()
  const report = await media.encode(source, plan, {
    signal,
    onProgress,
    async consume(planned, bytes) {
      const name = trackName(run, planned)
      const folder = `${playFolder}${name}/`
      const place = {
        ...{ store, bucket, folder, name: label(plan, planned), segmentSeconds: plan.segmentSeconds, signal },
        ...(protection && { cipher: protection.cipher }),
        keepsSamples: isInFiles(plan, planned),
      }
      tracks.set(name, await storeTrack(place, bytes).catch(explain))
    },
  })
  const stored = (planned: PlannedTrack): StoredTrack => {
    const track = tracks.get(trackName(run, planned))
    if (!track) throw new Error('media.encode must consume every track of the plan')
    return track
  }
  return {
    plan,
    run,
    parameters,
    report,
    ...(protection && { keyUri: protection.keyUri }),
    video: plan.rungs.map((_, rung) => stored({ type: 'video', rung })),
    sounds: plan.sounds.map((_, sound) => stored({ type: 'audio', sound })),
  }
}

const isInFiles = ({ outputs }: EncodePlan, planned: PlannedTrack): boolean =>
  outputs.some(
    ({ format, rung, sound }) =>
      !isSegmented(format) && (planned.type === 'video' ? rung === planned.rung : sound === planned.sound),
  )

const label = ({ rungs }: EncodePlan, planned: PlannedTrack): string => {
  if (planned.type === 'audio') return 'audio'
  const rung = rungs[planned.rung]
  return rung ? `${rung.width}x${rung.height}` : 'video'
}

/** A track without samples is the source's fault and stays so; one that was cut off is whole when what cut it off is gone. */
const explain = (error: unknown): never => {
  if (error instanceof TrackDefect && error.kind === 'empty') throw new PermanentFailure(error.reason, { cause: error })
  if (error instanceof TrackDefect && error.kind !== 'cut_off') throw new SuspectFailure(error.reason, { cause: error })
  throw error
}
