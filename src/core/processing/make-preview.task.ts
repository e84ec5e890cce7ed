import { PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import {
  givesWay,
  PACKET_SAMPLES,
  PREVIEW_PIECE_SEGMENTS,
  PREVIEW_SEGMENT_SECONDS,
  type PreviewPlan,
  type PreviewTask,
  planPreview,
  previewFolder,
  previewKinds,
  previewOf,
  previewSegment,
  segmentOf,
  segmentStart,
} from '../catalog/preview.ts'
import { type PreviewInput, STEPS } from '../catalog/steps.ts'
import type { TrackSegment } from '../packaging/track-part.ts'
import type { Now } from '../shared/clock.ts'
import type { AssetId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { SuspectFailure, type TaskDefinition } from '../shared/task.ts'
import { permanently } from './media-task.ts'
import type { EncodeOptions, MediaTool, PlannedTrack } from './ports.ts'
import type { PreviewPiece } from './preview-arguments.ts'
import { type ProtectDeps, protectRun } from './protect-run.ts'
import { type StoredTrack, storeTrack, type TrackPlace } from './store-track.ts'
import { type SourceDeps, storedSource } from './stored-source.ts'

export interface PreviewDeps extends SourceDeps, ProtectDeps {
  readonly store: Pick<ObjectStore, 'head' | 'put'>
  readonly reader: Pick<CatalogReader, 'assetById'>
  readonly media: Pick<MediaTool, 'encodePreview'>
  /** Of the asset, in the order in which they were asked for. */
  readonly previewTasks: (id: AssetId) => Promise<readonly PreviewTask[]>
  readonly now: Now
}

/**
 * The segment of a preview that a viewer waits for, and those that will be wanted next, up to one that is there already. Each is stored as soon as it
 * is complete. Whoever makes one again writes one that plays as well in its place.
 */
export const makePreview = (deps: PreviewDeps): TaskDefinition<PreviewInput, CatalogTx> => ({
  kind: 'preview',
  ...STEPS.preview,
  async run({ assetId, run, segment }, { signal }) {
    const asset = await deps.reader.assetById(assetId)
    const preview = asset && previewOf(asset, { run, nowMs: deps.now().getTime() })
    const plan = asset?.media && planPreview(asset.media)
    if (!preview || !plan || segment >= plan.segments) return nothing
    const isOver = async (made: number) => givesWay(await deps.previewTasks(assetId), { run, segment, made })
    if (await isOver(0)) return nothing
    const { bucket, prefix } = resultsFolder(asset, deps.serviceBucket)
    const place = { store: deps.store, bucket, playFolder: prefix + PLAY_FOLDER, run }
    const piece = { first: segment, end: await endOf(place, plan, { first: segment, signal }) }
    if (piece.end === segment) return nothing
    const source = await storedSource(deps, { asset, signal })
    const protection = await protectRun(deps, asset, { run, key: preview.key })
    const consume: EncodeOptions['consume'] = async (track, bytes) => {
      const making = { plan, piece, track }
      const own = placeOf(place, making)
      const folders = own.folders.map((one) => ({ ...one, ...(protection && { cipher: protection.cipher }) }))
      const check = async (part: TrackSegment): Promise<void> => {
        requirePromised(making, part)
        // What it was begun for is there.
        if (part.index > piece.first && (await isOver(part.index - piece.first))) throw new GaveWay()
      }
      requireAll(making, await storeTrack({ ...own, folders, signal, check }, bytes))
    }
    await permanently(deps.media.encodePreview(source, { plan, piece }, { signal, consume })).catch(
      (error: unknown) => {
        if (!(error instanceof GaveWay)) throw error
      },
    )
    return nothing
  },
  failed: () => nothing,
})

const nothing = async (): Promise<void> => {}

interface Place {
  readonly store: PreviewDeps['store']
  readonly bucket: string
  readonly playFolder: string
  readonly run: string
}

const endOf = async (
  { store, bucket, playFolder, run }: Place,
  plan: PreviewPlan,
  { first, signal }: { readonly first: number; readonly signal: AbortSignal },
): Promise<number> => {
  const most = Math.min(PREVIEW_PIECE_SEGMENTS, plan.segments - first)
  const isThere = await Promise.all(
    Array.from({ length: most }, async (_, n) => {
      const keys = previewKinds(plan).map((kind) => playFolder + previewSegment(run, kind, first + n))
      return (await Promise.all(keys.map((key) => store.head({ bucket, key }, signal)))).every((one) => one)
    }),
  )
  const next = isThere.indexOf(true)
  return next < 0 ? first + most : first + next
}

interface Making {
  readonly plan: PreviewPlan
  readonly piece: PreviewPiece
  readonly track: PlannedTrack
}

/** What x264 keeps back for frames that others refer to. */
const REORDERED_FRAMES = 2

const placeOf = ({ playFolder, run, ...to }: Place, { plan, piece, track }: Making): Omit<TrackPlace, 'signal'> => {
  const { frameRate, sound } = plan
  const isLast = piece.end >= plan.segments
  return {
    ...to,
    name: track.type === 'video' ? `${plan.width}x${plan.height}` : 'audio',
    segmentSeconds: PREVIEW_SEGMENT_SECONDS,
    folders: [{ prefix: `${playFolder}${previewFolder(run, track.type)}/` }],
    chunk: {
      startSeconds: segmentStart(plan, piece.first),
      ...(!isLast && { endSeconds: segmentStart(plan, piece.end) }),
      delaySeconds: track.type === 'video' ? REORDERED_FRAMES / frameRate : PACKET_SAMPLES / (sound?.sampleRate ?? 1),
    },
    container: 'cmaf',
    keepsSamples: false,
  }
}

class GaveWay extends Error {
  override readonly name = 'GaveWay'
}

/** Playlists promised what each segment holds, so no other one is stored. */
const requirePromised = ({ plan, piece, track }: Making, { index, samples }: TrackSegment): void => {
  const { units } = segmentOf(plan, track.type, index)
  // Before all sound comes the encoder's delay.
  const lead = track.type === 'audio' && index === 0 ? 1 : 0
  if (index >= piece.first && index < piece.end && samples === units + lead) return
  throw new SuspectFailure(`segment ${index} of a preview has ${samples} samples of ${track.type}`)
}

const requireAll = ({ plan, piece, track }: Making, { segments }: StoredTrack): void => {
  if (segments.length === piece.end - piece.first) return
  throw new SuspectFailure(`a piece of a preview of ${plan.segments} segments has ${segments.length} of ${track.type}`)
}
