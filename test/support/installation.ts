import { createReadStream } from 'node:fs'
import { PassThrough } from 'node:stream'
import {
  DeleteAssetsRequest,
  FileAddr,
  ListAssetListRequest,
  PublishAssetFromObsReq,
  PublishAssetFromObsRequest,
  type PublishAssetFromObsReqVideoTypeEnum,
  Review,
  ShowAssetDetailRequest,
  type Thumbnail,
  UpdateBucketAuthorizedReq,
  UpdateBucketAuthorizedRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { sql } from 'kysely'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { createLogger } from '../../src/http/logger.ts'
import { runWorkerProcess } from '../../src/main/worker.ts'
import { type ContractServer, REGION, startContractServer, type Tenant } from '../contract/support.ts'
import { ffmpegPath } from './ffmpeg.ts'
import { type S3UnderTest, s3Settings } from './object-store.ts'
import { until } from './until.ts'

/** The tenant's bucket of a journey. */
export const BUCKET = 'my-videos'

/** One row of asset/list. */
export interface ListedAsset {
  readonly asset_id: string
  readonly asset_status: string
  readonly transcode_status: string
  readonly review_status: string
  readonly exec_desc: string
  readonly duration_ms: number
  readonly subtitle_repackage_status: string
}

export interface ListedStream {
  readonly play_type: string
  readonly url: string
  readonly quality?: string
  readonly meta_data: Readonly<Record<string, number | string>>
}

export interface Import {
  readonly title?: string
  readonly type?: string
  readonly templateGroup?: string
  readonly publish?: boolean
  /** Storage mode 1. */
  readonly output?: { readonly bucket: string; readonly path: string }
  readonly encrypt?: boolean
  readonly preheat?: boolean
  readonly description?: string
  readonly thumbnail?: Thumbnail
  /** A review template. */
  readonly review?: string
  readonly workflow?: string
}

/** API, delivery and one worker on a database and a data folder of their own, called through the vendor's SDK. */
export interface Installation extends AsyncDisposable {
  readonly server: ContractServer
  readonly tenant: Tenant
  readonly dataDir: string
  /** Settings for further processes of this installation. */
  readonly environment: Readonly<Record<string, string>>
  /** Puts a file, or bytes, into the tenant's bucket. */
  put(key: string, content: { readonly file: string } | Uint8Array): Promise<void>
  /** The main call; answers the asset's id. */
  import(key: string, options?: Import): Promise<AssetId>
  listed(id: AssetId): Promise<ListedAsset>
  /** When nothing is left to do for the asset but what comes late on purpose. */
  settled(id: AssetId, patienceMs?: number): Promise<ListedAsset>
  /** Output streams as asset/details shows them, the index first. */
  streams(id: AssetId): Promise<readonly ListedStream[]>
  /** Has what comes late on purpose begin now. */
  hurry(): Promise<void>
  /** Deletes it, and waits for all that follows, also for the sweeps that come late on purpose. */
  remove(id: AssetId): Promise<void>
  /** Keys below the asset's prefix in the service bucket. */
  objects(id: AssetId): Promise<readonly string[]>
  /** Starts a worker in this process; ends it with the installation. */
  startWorker(): void
}

export interface InstallationOptions {
  /** `here` (default): in this process; `none`: the test starts its own. */
  readonly worker?: 'here' | 'none'
  /** Where its objects lie, if not in folders. */
  readonly s3?: S3UnderTest
  readonly settings?: Readonly<Record<string, string>>
}

export const startInstallation = async (options: InstallationOptions = {}): Promise<Installation> => {
  const { worker = 'here', s3 } = options
  const settings = { ...(s3 && s3Settings(s3)), ...options.settings }
  await using cleanup = new AsyncDisposableStack()
  const server = cleanup.use(await startContractServer(settings))
  const { tenant, foundation } = server
  const { config, store } = foundation
  await store.createBucket(BUCKET)
  const grant = new UpdateBucketAuthorizedReq(BUCKET, '1')
  await tenant.vod.updateBucketAuthorized(new UpdateBucketAuthorizedRequest().withBody(grant))
  const workers = new AbortController()
  const ended: Promise<void>[] = []
  cleanup.defer(async () => {
    workers.abort()
    await Promise.all(ended)
  })
  const installation: Omit<Installation, typeof Symbol.asyncDispose> = {
    server,
    tenant,
    dataDir: config.dataDir,
    environment: {
      TELECINE_DATABASE_URL: config.database.kind === 'external' ? config.database.url : '',
      TELECINE_MASTER_KEY: foundation.masterKey.toString('base64'),
      TELECINE_DATA_DIR: config.dataDir,
      TELECINE_REGION: REGION,
      ...settings,
    },
    async put(key, content) {
      const object = { bucket: BUCKET, key }
      const options = { contentType: 'application/octet-stream', signal: new AbortController().signal }
      if ('file' in content) await store.putStream(object, createReadStream(content.file), options)
      else await store.put(object, content, options)
    },
    import: (key, options) => importObject(tenant, key, options),
    listed: (id) => listed(tenant, id),
    settled: (id, patienceMs) => settled(server, id, patienceMs),
    streams: (id) => streams(tenant, id),
    hurry: () => hurry(server),
    remove: (id) => remove(server, id),
    // By the store: it gets over folders that a sweep removes meanwhile.
    async objects(id) {
      const prefix = `${tenant.projectId}/${id}/`
      const keys = await Array.fromAsync(store.list(config.vodBucket, prefix), ({ key }) => key.slice(prefix.length))
      return keys.toSorted()
    },
    startWorker() {
      const logger = createLogger({ level: 'silent', destination: new PassThrough() })
      ended.push(
        ffmpegPath().then((path) => runWorkerProcess({ config, logger, signal: workers.signal, ffmpegPath: path })),
      )
    },
  }
  if (worker === 'here') installation.startWorker()
  const stack = cleanup.move()
  return { ...installation, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const importObject = async (tenant: Tenant, key: string, options: Import = {}): Promise<AssetId> => {
  const { title = 'A film', type = 'MP4', templateGroup = 'system_template_group', publish = true } = options
  const { output, encrypt = false, preheat = false, description, thumbnail, review, workflow } = options
  const body = new PublishAssetFromObsReq(type as PublishAssetFromObsReqVideoTypeEnum, title)
    .withInput(new FileAddr(BUCKET, REGION, key))
    .withAutoPublish(publish ? 1 : 0)
    .withAutoEncrypt(encrypt ? 1 : 0)
    .withAutoPreheat(preheat ? 1 : 0)
  if (templateGroup !== '') body.withTemplateGroupName(templateGroup)
  if (description !== undefined) body.withDescription(description)
  if (thumbnail) body.withThumbnail(thumbnail)
  if (review !== undefined) body.withReview(new Review(review))
  if (workflow !== undefined) body.withWorkflowName(workflow)
  if (output) body.withStorageMode(1).withOutputBucket(output.bucket).withOutputPath(output.path)
  const answer = await tenant.vod.publishAssetFromObs(new PublishAssetFromObsRequest().withBody(body))
  return Object(answer).asset_id
}

const listed = async (tenant: Tenant, id: AssetId): Promise<ListedAsset> => {
  const answer = await tenant.vod.listAssetList(new ListAssetListRequest().withAssetId([id]))
  const [row] = Object(answer).assets
  if (!row) throw new Error(`asset/list does not know ${id}`)
  return row
}

const ENDED: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled'])
const LATE: ReadonlySet<string> = new Set(['sweep', 'purge', 'release'])

const settled = (
  { tenant, foundation }: ContractServer,
  id: AssetId,
  patienceMs: number | undefined,
): Promise<ListedAsset> => {
  const look = async () => {
    const work = (await foundation.engine.workOf(id)).filter(({ kind }) => !LATE.has(kind))
    return work.every(({ state }) => ENDED.has(state)) && listed(tenant, id)
  }
  return until(`asset ${id} is settled`, look, patienceMs)
}

const hurry = async ({ foundation: { db } }: ContractServer): Promise<void> => {
  await sql`update pgboss.job set start_after = now() where name in ('light', 'edge')`.execute(db)
}

const remove = async (server: ContractServer, id: AssetId): Promise<void> => {
  const { tenant, foundation } = server
  await tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
  await until(`asset ${id} is swept`, async () => {
    await hurry(server)
    return (await foundation.engine.workOf(id)).every(({ state }) => ENDED.has(state))
  })
}

const streams = async (tenant: Tenant, id: AssetId): Promise<readonly ListedStream[]> => {
  const answer = await tenant.vod.showAssetDetail(new ShowAssetDetailRequest(id))
  return Object(answer).transcode_info?.output ?? []
}
