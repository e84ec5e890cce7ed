import { type Asset, type Extraction, isTranscoding } from '../catalog/asset.ts'
import type { SourceMedia } from '../catalog/media.ts'
import { sourceAddress } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { ObjectAddress, ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, SuspectFailure, type TaskContext, type TaskDefinition } from '../shared/task.ts'
import { type ExtractionPlan, fits } from './extraction-plan.ts'
import { permanently } from './media-task.ts'
import { type ExtractionReport, MediaFailure, type MediaTool, type PinnedSource } from './ports.ts'
import type { SourceDeps } from './stored-source.ts'
import { transcodeSource } from './transcode-source.ts'
import { DAMAGED } from './verify-ladder.ts'

export interface ExtractDeps extends SourceDeps {
  readonly reader: Pick<CatalogReader, 'adoptedFiles' | 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'head' | 'putStream' | 'read'>
  readonly media: Pick<MediaTool, 'extractAudio' | 'probe'>
}

/**
 * The file of an audio asset, taken out of a video asset: into the store as it comes from FFmpeg, and looked at there before it
 * counts. Its key is fixed, so another try writes the same object again.
 */
export const extractAudio = (deps: ExtractDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'extract',
  ...STEPS.extract,
  started:
    ({ assetId }) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.transcode.state === 'waiting') await tx.updateAsset(assetId, { transcode: { state: 'running' } })
    },
  async run({ assetId }, context) {
    const asset = await deps.reader.assetById(assetId)
    const extraction = asset && wanted(asset)
    if (!extraction) return async () => {}
    const { note, media, source } = await permanently(makeFile(deps, { asset, extraction }, context))
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      if (!now || !wanted(now)) return
      const transcode = { state: 'succeeded', ...(note !== undefined && { note }) } as const
      await tx.updateAsset(assetId, { ingest: { state: 'created' }, transcode, media, source })
      await tx.record(assetId, { type: 'extracted' })
    }
  },
  failed:
    ({ assetId }, cause) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (!asset || !wanted(asset)) return
      const reason = `Extracting ${asset.videoName} failed: ${cause}`
      await tx.updateAsset(assetId, { ingest: { state: 'failed', reason }, transcode: { state: 'failed', reason } })
      await tx.record(assetId, { type: 'extraction_failed' })
    },
})

const wanted = (asset: Asset): Extraction | undefined =>
  asset.ingest.state === 'creating' && isTranscoding(asset) ? asset.extraction : undefined

interface Ordered {
  readonly asset: Asset
  readonly extraction: Extraction
}

const makeFile = async (deps: ExtractDeps, { asset, extraction }: Ordered, context: TaskContext) => {
  const { reader, store, serviceBucket } = deps
  const { signal } = context
  const { from, format } = extraction
  const video = await reader.assetById(from)
  const { audio, durationMs = 0 } = video?.media ?? {}
  if (video?.ingest.state !== 'created' || !audio) throw new PermanentFailure('the video is gone')
  const { source: film, sound } = await transcodeSource(deps, { asset: video, signal })
  const source = sound ?? film
  const target = sourceAddress(asset, serviceBucket)
  const plan = { audio, durationMs, format, copied: fits(audio, format) }
  const report = await extractTolerantly(deps, { source, plan, target }, context)
  const stored = await store.head(target, signal)
  if (!stored) throw new Error('the extracted sound is not in the store')
  const file = { ...target, sizeBytes: stored.sizeBytes, etag: stored.etag }
  const probed = await deps.media.probe(file, signal)
  requireWhole(probed, report)
  const media = { ...probed, durationMs: soundLengthMs(report.durationMs, durationMs) }
  const [complaint] = report.complaints
  return { media, source: file, note: complaint === undefined ? undefined : DAMAGED + complaint }
}

interface Making {
  readonly source: PinnedSource
  readonly plan: ExtractionPlan
  readonly target: ObjectAddress
}

/** Some forms of a codec that fits by its name do not fit into the file; these are encoded. */
const extractTolerantly = async (
  deps: ExtractDeps,
  making: Making,
  context: TaskContext,
): Promise<ExtractionReport> => {
  try {
    return await extract(deps, making, context)
  } catch (error) {
    if (!making.plan.copied || !(error instanceof MediaFailure && error.permanent)) throw error
    return extract(deps, { ...making, plan: { ...making.plan, copied: false } }, context)
  }
}

const extract = (
  { store, media }: ExtractDeps,
  { source, plan, target }: Making,
  { signal, progress }: TaskContext,
): Promise<ExtractionReport> => {
  const contentType = plan.format === 'MP3' ? 'audio/mpeg' : 'audio/aac'
  return media.extractAudio(source, plan, {
    signal,
    onProgress: (positionMs) => progress(Math.min(1, positionMs / Math.max(plan.durationMs, 1))),
    consume: (bytes) => store.putStream(target, bytes, { contentType, signal }),
  })
}

/** The longest that is usual: 2,048 samples at 44,100 Hz. */
const PACKET_MS = 50

/**
 * Such a file has no index: a probe guesses by its whole packets, and has guessed 3.056 s for 3 s. What was written is known; of a sound
 * that fills the last packet beyond the film, the film's end is the end.
 */
const soundLengthMs = (writtenMs: number, filmMs: number): number =>
  writtenMs > filmMs && writtenMs - filmMs < PACKET_MS ? filmMs : writtenMs

/** Frames of sound are a few hundredths of a second long. */
const TOLERANCE_MS = 500

const requireWhole = ({ audio, durationMs }: SourceMedia, report: ExtractionReport): void => {
  if (!audio) throw new SuspectFailure('the extracted file has no sound')
  if (Math.abs(durationMs - report.durationMs) <= Math.max(TOLERANCE_MS, report.durationMs / 100)) return
  const [is, expected] = [durationMs, report.durationMs].map((ms) => (ms / 1000).toFixed(1))
  throw new SuspectFailure(`the extracted file lasts ${is} s instead of ${expected} s`)
}
