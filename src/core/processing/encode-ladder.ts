import { isSegmented } from '../catalog/rendition.ts'
import { TrackDefect } from '../packaging/track-defect.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, SuspectFailure } from '../shared/task.ts'
import type { EncodePlan } from './encode-plan.ts'
import type { EncodeOutput, EncodeReport, MediaTool, PinnedObject } from './ports.ts'
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
  readonly video: readonly StoredTrack[]
  readonly audio?: StoredTrack
  readonly report: EncodeReport
  /** Where players get the key; absent: the stream is clear. */
  readonly keyUri?: string
}

/** `{owner}_{n}` for the n-th rung from 1, `{owner}_audio` for the sound: the beginning of every file name of the track. */
export const trackName = (owner: string, output: EncodeOutput): string =>
  `${owner}_${output.type === 'video' ? output.rung + 1 : 'audio'}`

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
    async consume(output, bytes) {
      const name = trackName(run, output)
      const folder = `${playFolder}${name}/`
      const place = {
        ...{ store, bucket, folder, name: label(plan, output), segmentSeconds: plan.segmentSeconds, signal },
        ...(protection && { cipher: protection.cipher }),
        keepsSamples: isInFiles(plan, output),
      }
      tracks.set(name, await storeTrack(place, bytes).catch(explain))
    },
  })
  const track = (output: EncodeOutput): StoredTrack => {
    const stored = tracks.get(trackName(run, output))
    if (!stored) throw new Error('media.encode must consume every output of the plan')
    return stored
  }
  return {
    plan,
    run,
    parameters,
    report,
    ...(protection && { keyUri: protection.keyUri }),
    video: plan.rungs.map((_, rung) => track({ type: 'video', rung })),
    ...(plan.audio && { audio: track({ type: 'audio' }) }),
  }
}

const isInFiles = ({ rungs, soundFormats }: EncodePlan, output: EncodeOutput): boolean => {
  const formats =
    output.type === 'video'
      ? (rungs[output.rung]?.formats ?? [])
      : [...rungs.flatMap((rung) => rung.formats), ...soundFormats]
  return formats.some((format) => !isSegmented(format))
}

const label = ({ rungs }: EncodePlan, output: EncodeOutput): string => {
  if (output.type === 'audio') return 'audio'
  const rung = rungs[output.rung]
  return rung ? `${rung.width}x${rung.height}` : 'video'
}

/** A track without samples is the source's fault and stays so; one that was cut off is whole when what cut it off is gone. */
const explain = (error: unknown): never => {
  if (error instanceof TrackDefect && error.kind === 'empty') throw new PermanentFailure(error.reason, { cause: error })
  if (error instanceof TrackDefect && error.kind !== 'cut_off') throw new SuspectFailure(error.reason, { cause: error })
  throw error
}
