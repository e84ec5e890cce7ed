import type { Asset } from '../catalog/asset.ts'
import { objectIn, resultsFolder, snapshotObject } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { MAX_SNAPSHOTS, type SnapshotSettings, wantedOffsets } from '../catalog/snapshots.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, type TaskContext, type TaskDefinition } from '../shared/task.ts'
import type { AdoptedDeps } from './adopted-source.ts'
import { permanently } from './media-task.ts'
import type { MediaTool } from './ports.ts'
import { DEFAULT_SNAPSHOT_SIDE, type SnapshotPlan } from './still-plan.ts'
import { stillSource } from './still-source.ts'

export interface SnapshotDeps extends AdoptedDeps {
  readonly reader: Pick<CatalogReader, 'adoptedFiles' | 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'head' | 'put' | 'read'>
  readonly media: Pick<MediaTool, 'snapshots'>
}

/**
 * The snapshots of an asset, and one of them as its cover. Files are named after the try, so neither another try nor another task
 * overwrites what is served; they are listed and served from the transaction on that completes the task.
 */
export const makeSnapshots = (deps: SnapshotDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'snapshots',
  ...STEPS.snapshots,
  async run({ assetId }, context) {
    const asset = await deps.reader.assetById(assetId)
    if (asset?.ingest.state !== 'created' || asset.snapshots.state !== 'running') return async () => {}
    const { task, settings } = asset.snapshots
    const { offsets, note } = await makePictures(deps, { asset, settings }, context)
    const run = context.tryId
    const cover = snapshotObject(run, coverOffset(offsets, settings))
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      // Cancelled or deleted in the meantime, or another task has begun: the pictures are litter.
      if (now?.snapshots.state !== 'running' || now.snapshots.task !== task) return
      const made = { task, settings, run, offsets, ...(note !== undefined && { note }) }
      await tx.updateAsset(assetId, { snapshots: { state: 'succeeded', ...made }, cover })
      await tx.record(assetId, { type: 'snapshots_made' })
    }
  },
  failed:
    ({ assetId }, reason) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.snapshots.state !== 'running') return
      const text = `Snapshots of ${asset.videoName} failed: ${reason}`
      await tx.updateAsset(assetId, { snapshots: { ...asset.snapshots, state: 'failed', reason: text } })
      await tx.record(assetId, { type: 'snapshots_failed' })
    },
})

interface Subject {
  readonly asset: Asset
  readonly settings: SnapshotSettings
}

interface Made {
  /** At least one. */
  readonly offsets: readonly number[]
  readonly note: string | undefined
}

const makePictures = async (
  deps: SnapshotDeps,
  { asset, settings }: Subject,
  { signal, tryId, progress }: TaskContext,
): Promise<Made> => {
  const plan = planSnapshots(asset, settings)
  const source = await stillSource(deps, { asset, signal })
  const folder = resultsFolder(asset, deps.serviceBucket)
  const offsets: number[] = []
  await permanently(
    deps.media.snapshots(source, plan, {
      signal,
      onProgress: (positionMs) => progress(Math.min(1, positionMs / Math.max(plan.media.durationMs, 1))),
      async consume(offset, jpeg) {
        const picture = objectIn(folder, snapshotObject(tryId, offset))
        await deps.store.put(picture, jpeg, { contentType: 'image/jpeg', signal })
        offsets.push(offset)
      },
    }),
  )
  if (offsets.length === 0) {
    throw new PermanentFailure(`none of the ${plan.offsets.length} points lies within the picture of the film`)
  }
  return { offsets, note: noteOf(settings, plan, offsets) }
}

const coverOffset = (offsets: readonly number[], { coverPosition }: SnapshotSettings): number => {
  const offset = offsets[Math.min(coverPosition, offsets.length) - 1]
  if (offset === undefined) throw new Error('a task without pictures fails')
  return offset
}

const planSnapshots = ({ media }: Asset, { points, shape, maxSide }: SnapshotSettings): SnapshotPlan => {
  if (!media?.video) throw new Error('snapshots follow the probe of a film')
  const offsets = wantedOffsets(points, media.durationMs)
  if (!offsets) throw new PermanentFailure(`they would be more than ${MAX_SNAPSHOTS}; a longer interval makes fewer`)
  return { media: { ...media, video: media.video }, offsets, shape, maxSide: maxSide ?? DEFAULT_SNAPSHOT_SIDE }
}

const NAMED_SECONDS = 10

/** What was asked for by name and could not be. An interval ends with the film by itself. */
const noteOf = (
  { points, coverPosition }: SnapshotSettings,
  plan: SnapshotPlan,
  made: readonly number[],
): string | undefined => {
  const skipped = points.type === 'interval' ? [] : plan.offsets.slice(made.length)
  const named = skipped.slice(0, NAMED_SECONDS).join(', ') + (skipped.length > NAMED_SECONDS ? ', ...' : '')
  const fewer = points.type === 'count' && plan.offsets.length < points.count
  const notes = [
    ...(fewer ? [`Only ${plan.offsets.length} of ${points.count}: there is at most one for each second`] : []),
    ...(skipped.length > 0 ? [`Behind the end of the film and skipped: ${named} s`] : []),
    ...(coverPosition > made.length ? [`The cover is the last of ${made.length} snapshots`] : []),
  ]
  return notes.length > 0 ? notes.join('. ') : undefined
}
