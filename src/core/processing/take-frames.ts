import type { Asset } from '../catalog/asset.ts'
import type { CatalogReader } from '../catalog/ports.ts'
import { MAX_SNAPSHOTS, wantedOffsets } from '../catalog/snapshots.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure } from '../shared/task.ts'
import type { AdoptedDeps } from './adopted-source.ts'
import { permanently } from './media-task.ts'
import type { MediaTool, PinnedSource, SnapshotOptions } from './ports.ts'
import type { SnapshotPlan } from './still-plan.ts'
import { stillSource } from './still-source.ts'

export interface FrameDeps extends AdoptedDeps {
  readonly reader: Pick<CatalogReader, 'adoptedFiles' | 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'head' | 'read'>
  readonly media: Pick<MediaTool, 'keyframes' | 'snapshots'>
}

export interface FrameRequest {
  readonly intervalSeconds: number
  readonly maxSide: number
  readonly signal: AbortSignal
  /** The next one is taken when this one is done with. May begin anew, at 0. */
  readonly consume: (offset: number, jpeg: Uint8Array) => Promise<void>
  readonly onProgress: (share: number) => void
}

/** Of so few, exact ones cost little. */
const FEW = 12
/** So often in a row one keyframe may stand for an interval, and so many may be missing at the end: nobody sees what comes behind it. */
const MOST_ALIKE = 3

/**
 * Pictures of a film in even steps, small and many. Keyframes show as much as exact frames and cost a tenth; but where they lie far apart,
 * by accident or so that something is not seen, all of the film is decoded.
 */
export const takeFrames =
  (deps: FrameDeps) =>
  async (asset: Asset, request: FrameRequest): Promise<void> => {
    const plan = planFrames(asset, request)
    const subject = { plan, request, source: await stillSource(deps, { asset, signal: request.signal }) }
    if (plan.offsets.length > FEW && (await takeKeyframes(deps, subject))) return
    await permanently(deps.media.snapshots(subject.source, plan, optionsOf(subject, request.consume)))
  }

interface Subject {
  readonly plan: SnapshotPlan
  readonly request: FrameRequest
  readonly source: PinnedSource
}

const optionsOf = ({ plan, request }: Subject, consume: FrameRequest['consume']): SnapshotOptions => ({
  signal: request.signal,
  consume,
  onProgress: (positionMs) => request.onProgress(Math.min(1, positionMs / Math.max(plan.media.durationMs, 1))),
})

/** Whether they were close enough. */
const takeKeyframes = async ({ media }: FrameDeps, subject: Subject): Promise<boolean> => {
  const { plan, request, source } = subject
  let [last, alike, made]: [Uint8Array | undefined, number, number] = [undefined, 0, 0]
  const consume: FrameRequest['consume'] = async (offset, jpeg) => {
    alike = last && Buffer.compare(last, jpeg) === 0 ? alike + 1 : 1
    if (alike > MOST_ALIKE) throw new KeyframesTooFar()
    last = jpeg
    made += 1
    await request.consume(offset, jpeg)
  }
  const keyframes = { ...plan, intervalSeconds: request.intervalSeconds, pictures: plan.offsets.length }
  try {
    await permanently(media.keyframes(source, keyframes, optionsOf(subject, consume)))
  } catch (error) {
    if (error instanceof KeyframesTooFar) return false
    throw error
  }
  return made >= plan.offsets.length - MOST_ALIKE
}

class KeyframesTooFar extends Error {
  override readonly name = 'KeyframesTooFar'
}

const planFrames = ({ media }: Asset, { intervalSeconds, maxSide }: FrameRequest): SnapshotPlan => {
  if (!media?.video) throw new Error('frames follow the probe of a film')
  const offsets = wantedOffsets({ type: 'interval', seconds: intervalSeconds }, media.durationMs)
  if (!offsets) throw new PermanentFailure(`they would be more than ${MAX_SNAPSHOTS}; a longer interval makes fewer`)
  return { media: { ...media, video: media.video }, offsets, shape: 'source', maxSide }
}
