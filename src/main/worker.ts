import { availableParallelism } from 'node:os'
import type { Logger } from 'pino'
import { createMediaTool } from '../adapters/ffmpeg/media-tool.ts'
import { measureEncodes } from '../adapters/metrics/measure-encodes.ts'
import { bucketStore } from '../adapters/postgres/buckets.ts'
import { catalogTx } from '../adapters/postgres/catalog-tx.ts'
import { edgeTasks, edgeTx } from '../adapters/postgres/edge-tasks.ts'
import { encodeRuns, encodeRunTx } from '../adapters/postgres/encode-runs.ts'
import { previewTasks } from '../adapters/postgres/preview-demands.ts'
import type { DB } from '../adapters/postgres/schema.generated.ts'
import { watermarkStore } from '../adapters/postgres/watermarks.ts'
import { isGranted } from '../core/auth/authorize-bucket.ts'
import type { CatalogTx } from '../core/catalog/ports.ts'
import type { PartInput, PreviewInput } from '../core/catalog/steps.ts'
import type { EdgeTx } from '../core/delivery/edge-ports.ts'
import { runEdgeTask } from '../core/delivery/edge-task.task.ts'
import { preheatAsset } from '../core/delivery/preheat-asset.task.ts'
import { purgeAsset } from '../core/delivery/purge-asset.task.ts'
import { transferSource } from '../core/ingest/transfer-source.task.ts'
import { sweepObjects } from '../core/lifecycle/sweep-objects.task.ts'
import { adoptStream } from '../core/processing/adopt-stream.task.ts'
import { encodePart } from '../core/processing/encode-part.task.ts'
import type { EncodeRunTx } from '../core/processing/encode-runs.ts'
import { extractAudio } from '../core/processing/extract-audio.task.ts'
import { inspectSource } from '../core/processing/inspect-source.task.ts'
import { joinLadder } from '../core/processing/join-ladder.task.ts'
import { makeCover } from '../core/processing/make-cover.task.ts'
import { makePreview } from '../core/processing/make-preview.task.ts'
import { makeSnapshots } from '../core/processing/make-snapshots.task.ts'
import { makeStoryboard } from '../core/processing/make-storyboard.task.ts'
import { makeSubtitles } from '../core/processing/make-subtitles.task.ts'
import type { MediaTool } from '../core/processing/ports.ts'
import { probeSource } from '../core/processing/probe-source.task.ts'
import { rewriteSegments } from '../core/processing/rewrite-segments.task.ts'
import { takeFrames } from '../core/processing/take-frames.ts'
import { transcodeAsset } from '../core/processing/transcode-asset.task.ts'
import { writeIndex } from '../core/processing/write-index.task.ts'
import { releaseSource } from '../core/retention/release-source.task.ts'
import type { LookDeps } from '../core/review/look-at-pictures.ts'
import { reviewAsset } from '../core/review/review-asset.task.ts'
import type { TaskDefinition } from '../core/shared/task.ts'
import { releasePictures } from '../core/templates/release-pictures.ts'
import { runWorker } from '../engine/run-worker.ts'
import { answerWatchers } from './answer-watchers.ts'
import type { Config } from './config.ts'
import { openEdges } from './edges.ts'
import { openKeyRing } from './encryption.ts'
import { findFfmpeg } from './find-ffmpeg.ts'
import { databaseUrl, type Foundation, openFoundation } from './foundation.ts'
import { runHousekeeping } from './housekeeping.ts'
import { reviewEngines } from './review.ts'

/** How long running work may go on after SIGTERM before it is handed back to the queue. */
const DRAIN_SECONDS = 20

export interface WorkerProcess {
  readonly config: Config
  readonly logger: Logger
  readonly signal: AbortSignal
  /** From `checkSettings`; looked for when absent. */
  readonly ffmpegPath?: string
  /** Once, when it takes tasks. */
  readonly onWorking?: () => void
}

/** One worker process: does durable work until the signal fires, then drains. */
export const runWorkerProcess = async (worker: WorkerProcess): Promise<void> => {
  const { config, logger, signal, onWorking } = worker
  const slots = { demand: 2, io: 4, probe: 2, chunk: config.workerSlots, light: 2, edge: 2 }
  const connections = Object.values(slots).reduce((sum, one) => sum + one, 2)
  await using foundation = await openFoundation({
    ...{ config, logger, connections },
    role: 'worker',
    publicUrl: () => config.publicUrl ?? '',
  })
  const { store, engine, metrics } = foundation
  const ffmpegPath = worker.ffmpegPath ?? (await findFfmpeg(config))
  const looking = await reviewEngines(config, ffmpegPath)
  await using _watchers = config.metricsListen && (await answerWatchers(foundation, config.metricsListen))
  await using tool = await createMediaTool({
    store,
    ffmpegPath,
    processors: Math.max(1, Math.ceil(availableParallelism() / config.workerSlots)),
    onNote: (note) => logger.warn(note),
  })
  const media = measureEncodes(tool, metrics.encoded)
  logger.info({ slots }, 'worker started')
  const running = runWorker<DB, CatalogTx & EdgeTx & EncodeRunTx>({
    ...{ engine, slots, signal, logger, onTried: metrics.tried },
    connection: { connectionString: databaseUrl(config, 'worker'), application_name: 'telecine worker session' },
    tasks: [...tasksOf(foundation, { media, looking }), ...edgeTasksOf(foundation)],
    bind: (trx) => ({ ...catalogTx(trx, engine), ...edgeTx(trx), ...encodeRunTx(trx) }),
    drainSeconds: DRAIN_SECONDS,
  })
  const keeping = runHousekeeping(foundation, signal)
  onWorking?.()
  await Promise.all([running, keeping])
}

interface Tools {
  readonly media: MediaTool
  /** What reviews look with. */
  readonly looking: LookDeps
}

const tasksOf = (
  foundation: Foundation,
  { media, looking }: Tools,
): readonly TaskDefinition<PartInput & PreviewInput, CatalogTx & EncodeRunTx>[] => {
  const { reader, store, config, db, engine, transactions, logger } = foundation
  const grants = { isGranted: isGranted(bucketStore(db)) }
  const now = () => new Date()
  const onNote = (note: string) => logger.warn(note)
  const deps = { reader, store, media, serviceBucket: config.vodBucket, grants, now, ...openKeyRing(foundation) }
  const encoding = { ...deps, runs: encodeRuns(db), chunkSeconds: config.chunkSeconds, onNote }
  return [
    ...[transferSource(deps), adoptStream(deps), probeSource(deps), makeCover(deps), makeSnapshots(deps)],
    reviewAsset({ ...deps, takeFrames: takeFrames(deps), ...looking }),
    ...[makeStoryboard(deps), writeIndex(deps), rewriteSegments(deps), extractAudio(deps), makeSubtitles(deps)],
    inspectSource(deps),
    ...[transcodeAsset(encoding), encodePart(encoding), joinLadder(encoding)],
    makePreview({ ...deps, previewTasks: (id) => previewTasks(engine, id) }),
    releaseSource({ db: transactions }),
    sweepObjects({
      ...{ ...deps, db: transactions },
      releasePictures: releasePictures({ ...deps, watermarks: watermarkStore(db) }),
    }),
  ]
}

const edgeTasksOf = (foundation: Foundation) => {
  const { reader, config, db, engine, logger } = foundation
  const onNote = (note: string) => logger.warn(note)
  const deps = { reader, caches: openEdges(config), extent: config.edgePreheat, onNote, tasks: edgeTasks(db, engine) }
  return [preheatAsset(deps), purgeAsset(deps), runEdgeTask(deps)]
}
