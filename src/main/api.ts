import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { AuditBuffer } from '../adapters/audit/audit-buffer.ts'
import { awaitIn } from '../adapters/films/awaiting.ts'
import { openFilms } from '../adapters/films/open-films.ts'
import { parseStoragePath, verifySignedRead } from '../adapters/object-store/signed-read.ts'
import { accountStore } from '../adapters/postgres/accounts.ts'
import { auditStore } from '../adapters/postgres/audit-log.ts'
import { bucketStore } from '../adapters/postgres/buckets.ts'
import { categoryReader, categoryTransactions } from '../adapters/postgres/categories.ts'
import { edgeTasks } from '../adapters/postgres/edge-tasks.ts'
import { previewDemands } from '../adapters/postgres/preview-demands.ts'
import { retentionStore } from '../adapters/postgres/retention.ts'
import { reviewTemplateStore } from '../adapters/postgres/review-templates.ts'
import { sourceSwitch } from '../adapters/postgres/source-switch.ts'
import { templateStore } from '../adapters/postgres/template-groups.ts'
import { watermarkStore } from '../adapters/postgres/watermarks.ts'
import { workflowStore } from '../adapters/postgres/workflows.ts'
import { sharedProgress } from '../adapters/progress/shared-progress.ts'
import { randomId } from '../adapters/random-id.ts'
import { auditUseCases } from '../core/audit/use-cases.ts'
import { createAuth } from '../core/auth/create-auth.ts'
import type { AuthUseCases } from '../core/auth/use-cases.ts'
import { categoryUseCases } from '../core/catalog/category-use-cases.ts'
import { edgeUseCases } from '../core/delivery/order-edge-task.ts'
import { playsFromSource } from '../core/delivery/plays-from-source.ts'
import type { SourceUse } from '../core/delivery/source-film.ts'
import { importAsset } from '../core/ingest/import-asset.ts'
import { cancelExtraction } from '../core/processing/cancel-extraction.ts'
import { cancelTranscode } from '../core/processing/cancel-transcode.ts'
import { deleteOutputs } from '../core/processing/delete-outputs.ts'
import { modifySubtitles } from '../core/processing/modify-subtitles.ts'
import { orderExtraction } from '../core/processing/order-extraction.ts'
import { orderProcessing } from '../core/processing/order-processing.ts'
import { lookAtProgress } from '../core/progress/look-at-progress.ts'
import type { ProgressUseCases } from '../core/progress/use-cases.ts'
import { retentionUseCases } from '../core/retention/manage-retention.ts'
import { judgeReview } from '../core/review/judge-review.ts'
import { orderReview } from '../core/review/order-review.ts'
import { showReview } from '../core/review/show-review.ts'
import type { ObjectAddress } from '../core/shared/object-store.ts'
import { watermarkUseCases } from '../core/templates/manage-watermarks.ts'
import { reviewTemplateUseCases } from '../core/templates/review-template-use-cases.ts'
import { templateUseCases } from '../core/templates/use-cases.ts'
import { workflowUseCases } from '../core/templates/workflow-use-cases.ts'
import { createAuthenticate } from '../http/authenticate.ts'
import { registerDelivery } from '../http/delivery.ts'
import { type HealthCheck, registerHealth } from '../http/health.ts'
import { registerIam } from '../http/iam.ts'
import { registerKeyService } from '../http/key-service.ts'
import { createLockout } from '../http/lockout.ts'
import { measureDelivery } from '../http/measure-delivery.ts'
import { isLocalUrl, registerMetrics } from '../http/metrics.ts'
import { createMinuteCounter, createRateLimit } from '../http/rate-limit.ts'
import { buildServer } from '../http/server.ts'
import { registerFrontPage } from '../http/watch/register-front-page.ts'
import { registerWatch } from '../http/watch/register-watch.ts'
import { registerWatermarks } from '../http/watermarks.ts'
import { NATIVE_OPERATIONS } from '../native/index.ts'
import { OPERATIONS } from '../wire/index.ts'
import type { Core } from '../wire/operation.ts'
import { createCatalog } from './catalog.ts'
import { databaseCheck } from './database-check.ts'
import { openEdges } from './edges.ts'
import { createEncryption, type KeyRing, openKeyRing } from './encryption.ts'
import type { Foundation } from './foundation.ts'
import { createNotifications } from './webhooks.ts'

export interface Api {
  readonly app: FastifyInstance
  readonly auth: AuthUseCases
}

interface ApiOptions {
  readonly publicUrl: () => string
  /** PEM; absent: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Beside database and store. */
  readonly checks: Readonly<Record<string, HealthCheck>>
}

const now = (): Date => new Date()

/** The whole HTTP side of the product on one server: vendor and native API, sign-in, delivery, watch page, health. */
export const createApi = (foundation: Foundation, { publicUrl, tls, checks }: ApiOptions): Api => {
  const { config, logger, reader, store, engine, db, metrics } = foundation
  const trail = new AuditBuffer({ store: auditStore(db), logger, now })
  const auth = authOf(foundation)
  const keyRing = openKeyRing(foundation)
  const encryption = createEncryption(foundation, keyRing)
  const sources = { films: openFilms(store), sourceSwitch: sourceSwitch(db), ...keyRing }
  const sourceUse = { ...sources, serviceBucket: config.vodBucket, grants: auth }
  const core: Core = {
    ...coreOf(foundation, auth, keyRing),
    encryption: encryption.useCases,
    notifications: createNotifications(foundation, publicUrl),
    edges: edgeUseCases({
      ...{ reader, tasks: edgeTasks(foundation.db, engine), caches: openEdges(config), newId: randomId },
    }),
    audit: auditUseCases({ store: auditStore(db), trail }),
    progress: openProgress(foundation, sourceUse),
  }
  const authenticate = createAuthenticate({ auth, lockout: createLockout(now), now })
  const { region, trustProxy, vodBucket: serviceBucket } = config
  const counter = createMinuteCounter(now)
  const app = buildServer({
    ...{ core, authenticate, trail, publicUrl, region, logger, newId: randomId },
    limitRate: createRateLimit(counter),
    operations: [...OPERATIONS, ...NATIVE_OPERATIONS],
    ...(tls && { tls }),
    trustProxy: typeof trustProxy === 'boolean' ? trustProxy : trustProxy.join(','),
  })
  // After the last request was answered.
  app.addHook('onClose', () => trail[Symbol.asyncDispose]())
  registerIam(app, { auth, authenticate, region, publicUrl, lockout: createLockout(now), counter, trail })
  measureDelivery(app, metrics)
  const signed = signedObject(foundation)
  registerDelivery(app, {
    reader,
    store,
    serviceBucket,
    grants: auth,
    ...{ ...sources, now, awaiting: awaitIn({ store, reader }) },
    demands: previewDemands(db, { engine, newId: randomId, now }),
    signedObject: signed,
    hasEdges: config.edgeUrls.length > 0,
  })
  registerWatermarks(app, { watermarks: core.templates, store })
  registerKeyService(app, { findKey: encryption.findKey, counter })
  registerWatch(app, {
    ...{ reader, ...sourceUse },
    progressOf: core.progress.forViewers,
  })
  registerFrontPage(app)
  registerMetrics(app, { metrics, token: config.metricsToken, isPublic: () => !isLocalUrl(publicUrl()) })
  registerHealth(app, { database: databaseCheck(foundation), store: (signal) => store.check(signal), ...checks })
  return { app, auth }
}

const authOf = ({ db, store, config, masterKey }: Foundation): AuthUseCases =>
  createAuth({
    accounts: accountStore(db),
    buckets: bucketStore(db),
    objects: store,
    serviceBucket: config.vodBucket,
    masterKey,
    random: (count) => randomBytes(count),
    newId: randomId,
    now,
  })

const coreOf = (
  { db, reader, store, transactions, engine, config, storageSecret }: Foundation,
  auth: AuthUseCases,
  keyRing: KeyRing,
): Omit<Core, 'encryption' | 'notifications' | 'edges' | 'audit' | 'progress'> => {
  const { region, vodBucket: serviceBucket } = config
  const watermarks = watermarkStore(db)
  const groups = templateUseCases({ store: templateStore(db), newId: randomId, watermarks, ...keyRing })
  const reviews = reviewTemplateUseCases({ reviewTemplates: reviewTemplateStore(db), newId: randomId })
  const templates = {
    ...groups,
    ...watermarkUseCases({ watermarks, store, serviceBucket, secret: storageSecret, newId: randomId, now }),
    ...reviews,
    ...workflowUseCases({
      ...{ workflows: workflowStore(db), newId: randomId },
      ...{ listTemplateGroups: groups.listTemplateGroups, chooseReview: reviews.chooseReview },
    }),
  }
  const { chooseTemplate, chooseReview, chooseWorkflow } = templates
  const categories = categoryUseCases({ db: categoryTransactions(db), reader: categoryReader(db) })
  return {
    auth,
    catalog: createCatalog({ db: transactions, reader, store, serviceBucket, grants: auth, categories, engine }),
    ingest: {
      importAsset: importAsset({
        ...{ db: transactions, reader, grants: auth, chooseTemplate, chooseReview, chooseWorkflow, store },
        ...{ region, serviceBucket, newId: randomId, now, ...keyRing },
      }),
    },
    processing: {
      orderProcessing: orderProcessing({ db: transactions, chooseTemplate, newId: randomId, ...keyRing }),
      cancelTranscode: cancelTranscode({ db: transactions }),
      deleteOutputs: deleteOutputs({ db: transactions }),
      modifySubtitles: modifySubtitles({ db: transactions, grants: auth, store, region }),
      orderExtraction: orderExtraction({ db: transactions, serviceBucket, newId: randomId, now }),
      cancelExtraction: cancelExtraction({ db: transactions }),
    },
    review: {
      orderReview: orderReview({ db: transactions, chooseReview, newId: randomId }),
      judgeReview: judgeReview({ db: transactions }),
      showReview: showReview({ reader, store, serviceBucket, grants: auth }),
    },
    templates,
    sourceSwitch: sourceSwitch(db),
    retention: retentionUseCases({ store: retentionStore(db), db: transactions, now }),
  }
}

/** A store that does not let us read a source, or fails, holds up nobody who asks how far it is. */
const openProgress = ({ reader, engine, logger }: Foundation, use: SourceUse): ProgressUseCases => {
  const plays = playsFromSource(use)
  return sharedProgress({
    look: lookAtProgress({
      ...{ reader, outlookOf: engine.outlookOf, now },
      playsFromSource: (asset, renditions, workers) =>
        plays(asset, renditions, workers).catch((err: unknown) => {
          logger.warn({ err }, `the source of ${asset.id} cannot be read`)
          return false
        }),
    }),
    logger,
  })
}

const signedObject =
  ({ storageSecret }: Foundation) =>
  (url: string): ObjectAddress | undefined => {
    const [path = '', query = ''] = url.split('?', 2)
    const object = parseStoragePath(path)
    const allowed =
      object && verifySignedRead(new URLSearchParams(query), object, { secret: storageSecret, now: now() })
    return allowed ? object : undefined
  }
