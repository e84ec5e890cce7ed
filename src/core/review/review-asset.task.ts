import type { Asset } from '../catalog/asset.ts'
import { objectIn, resultsFolder, reviewObject } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import type { FoundWord, PictureReport, ReviewOrder, ReviewPictures } from '../catalog/review.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
import { PermanentFailure, type TaskContext, type TaskDefinition } from '../shared/task.ts'
import { findInSubtitles } from './find-in-subtitles.ts'
import { type LookDeps, type Looking, needsPictures, openEngines } from './look-at-pictures.ts'
import type { Picture, TakeFrames } from './ports.ts'
import { reportOf } from './verdicts.ts'

export interface ReviewDeps extends BucketUse, LookDeps {
  readonly reader: Pick<CatalogReader, 'assetById'>
  readonly store: Pick<ObjectStore, 'put' | 'read'>
  readonly takeFrames: TakeFrames
}

/**
 * Looks through title, description, tags, subtitles, cover and the film itself. Its pictures are named after the try and are listed and served from
 * the transaction on that completes the task, so another try overwrites nothing.
 */
export const reviewAsset = (deps: ReviewDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'review',
  ...STEPS.review,
  async run({ assetId }, context) {
    const asset = await deps.reader.assetById(assetId)
    if (asset?.ingest.state !== 'created' || asset.review?.state !== 'running') return async () => {}
    const { order } = asset.review
    const { report, pictures } = await review(deps, { asset, order }, context)
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      // Cancelled, deleted or judged by a person in the meantime, or another one has begun: the pictures are litter.
      if (now?.review?.state !== 'running' || now.review.order.task !== order.task) return
      const state = report.suggestion === 'pass' ? 'passed' : 'suspicious'
      // As it is by now: whether a pass publishes may have been taken back.
      await tx.updateAsset(assetId, { review: { state, order: now.review.order, ...(pictures && { pictures }) } })
      await tx.replaceReviewReport(assetId, report)
      await tx.record(assetId, { type: 'reviewed', report })
    }
  },
  failed:
    ({ assetId }, reason) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.review?.state !== 'running') return
      const text = `The review of ${asset.videoName} failed: ${reason}`
      await tx.updateAsset(assetId, { review: { ...asset.review, state: 'failed', reason: text } })
      await tx.record(assetId, { type: 'review_failed' })
    },
})

interface Subject {
  readonly asset: Asset
  readonly order: ReviewOrder
}

const review = async (deps: ReviewDeps, { asset, order }: Subject, context: TaskContext) => {
  const found = await lookThroughTexts(deps, asset, context)
  if (!needsPictures(deps, order.settings)) return { report: reportOf({ found, cover: [], video: [], unseen: [] }) }
  await requireFolder(deps, asset)
  await using looking = await openEngines(deps, { asset, settings: order.settings, signal: context.signal })
  const video = asset.media?.video ? await lookThroughFilm(deps, { asset, order, looking }, context) : []
  const cover = await lookAtCover(deps, { asset, looking }, context)
  const pictures: ReviewPictures | undefined =
    video.length > 0 ? { run: context.tryId, count: video.length } : undefined
  return { report: reportOf({ found, cover, video, unseen: looking.unseen }), ...(pictures && { pictures }) }
}

const lookThroughTexts = async (
  deps: ReviewDeps,
  asset: Asset,
  { signal }: TaskContext,
): Promise<readonly FoundWord[]> => {
  const found = await deps.words.find([asset.title, asset.description ?? '', ...asset.tags])
  if (!asset.subtitles?.tracks.length) return found
  await requireFolder(deps, asset)
  const folder = resultsFolder(asset, deps.serviceBucket)
  return [...found, ...(await findInSubtitles(deps, asset, { folder, signal }))]
}

/** Pictures, cover and subtitles lie there. */
const requireFolder = async (deps: ReviewDeps, asset: Asset): Promise<void> => {
  const { bucket } = resultsFolder(asset, deps.serviceBucket)
  if (await mayUse(deps, asset.projectId, bucket)) return
  throw new PermanentFailure(`bucket ${bucket} may not be used any more`)
}

/** As many as are sent to a provider at once, and as are kept in memory. */
const BATCH = 8

const lookThroughFilm = async (
  { store, serviceBucket, takeFrames }: ReviewDeps,
  { asset, order, looking }: Subject & { readonly looking: Looking },
  { signal, tryId, progress }: TaskContext,
): Promise<readonly PictureReport[]> => {
  const folder = resultsFolder(asset, serviceBucket)
  const { intervalSeconds } = order.settings
  const reports: PictureReport[] = []
  let waiting: Picture[] = []
  const flush = async () => {
    reports.push(...(await looking.look(waiting, signal)))
    waiting = []
  }
  const consume = async (offset: number, jpeg: Uint8Array) => {
    if (offset === 0) [reports.length, waiting.length] = [0, 0]
    await store.put(objectIn(folder, reviewObject(tryId, offset)), jpeg, { contentType: 'image/jpeg', signal })
    waiting.push({ offset, jpeg })
    if (waiting.length >= BATCH) await flush()
  }
  await takeFrames(asset, { intervalSeconds, maxSide: looking.pictureSide, signal, consume, onProgress: progress })
  await flush()
  return reports
}

const MOST_COVER_BYTES = 32 << 20

/** As it is by now: that of a film is made beside the review, and is one of its frames. */
const lookAtCover = async (
  { reader, store, serviceBucket }: ReviewDeps,
  { asset, looking }: { readonly asset: Asset; readonly looking: Looking },
  { signal }: TaskContext,
): Promise<readonly PictureReport[]> => {
  const cover = (await reader.assetById(asset.id))?.cover
  if (cover === undefined) return []
  const object = objectIn(resultsFolder(asset, serviceBucket), cover)
  const jpeg = await readWhole(store, object, { mostBytes: MOST_COVER_BYTES, signal })
  return looking.look([{ offset: 0, jpeg }], signal)
}
