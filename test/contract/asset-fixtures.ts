import { Ajv, type SchemaObject } from 'ajv'
import { sql } from 'kysely'
import { expect } from 'vitest'
import { randomId } from '../../src/adapters/random-id.ts'
import type { Asset } from '../../src/core/catalog/asset.ts'
import type { SourceMedia } from '../../src/core/catalog/media.ts'
import type { Rendition } from '../../src/core/catalog/rendition.ts'
import { type AssetId, parseAssetId } from '../../src/core/shared/ids.ts'
import { BUILT_OPERATIONS } from '../../src/wire/index.ts'
import type { ContractServer, Sent, Tenant } from './support.ts'

export const newAssetId = (): AssetId => {
  const id = parseAssetId(randomId())
  if (!id) throw new Error('randomId gives ids')
  return id
}

export const MEDIA: SourceMedia = {
  container: 'mov,mp4,m4a,3gp,3g2,mj2',
  durationMs: 60_480,
  bitRateKbps: 1024,
  video: {
    ...{ stream: 0, codec: 'h264', width: 1280, height: 720, codedWidth: 1280, codedHeight: 720 },
    ...{ anamorphic: false, rotation: 0, frameRate: 23.976, variableFrameRate: false, interlaced: false, hdr: false },
    pixelFormat: 'yuv420p',
  },
  audio: { stream: 1, codec: 'aac', channels: 2, sampleRate: 48_000 },
  audioStreams: 1,
}

/** The bucket `studio-raw` with some bytes at these keys; nobody has authorised it. */
export const makeBucket = async (
  { foundation: { store } }: ContractServer,
  ...keys: readonly string[]
): Promise<void> => {
  const bucket = 'studio-raw'
  await store.createBucket(bucket)
  for (const key of keys) await store.put({ bucket, key }, Buffer.from('bytes'), { contentType: 'video/mp4' })
}

/** The same bucket, authorised by the server's tenant. */
export const makeGrantedBucket = async (server: ContractServer, ...keys: readonly string[]): Promise<void> => {
  await makeBucket(server, ...keys)
  const { projectId } = server.tenant
  await server.auth.authorizeBucket({ projectId, bucket: 'studio-raw', operation: 'grant' })
}

/** A snapshot task as the call of `{type: time, time: 5}` makes it. */
export const SNAPSHOT_TASK = {
  task: '7'.repeat(32),
  settings: { points: { type: 'interval', seconds: 5 }, coverPosition: 1, shape: 'source' },
} as const

/** A row as the product would have written it; no work belongs to it. Created and transcoded by default. */
export const insertAsset = async (
  { foundation }: ContractServer,
  { projectId }: Tenant,
  { renditions = [], ...given }: Partial<Asset> & { readonly renditions?: readonly Partial<Rendition>[] } = {},
): Promise<AssetId> => {
  const id = given.id ?? newAssetId()
  const createdAt = given.createdAt ?? new Date()
  const asset: Asset = {
    ...{ id, projectId, createdAt, modifiedAt: createdAt, title: 'A film', tags: [], videoType: 'MP4' },
    ...{ videoName: 'film.mp4', sourcePath: `${'a'.repeat(32)}.mp4`, ingest: { state: 'created' } },
    source: { bucket: 'studio-raw', key: 'in/film.mp4', sizeBytes: 7_741_000, etag: 'e' },
    ...{ published: false, publishWhenReady: false, transcode: { state: 'none' } },
    snapshots: { state: 'none' },
    ...{ sourceRemoved: false, options: {} },
    ...given,
  }
  await foundation.transactions.write(async (tx) => {
    await tx.insertAsset(asset)
    await tx.replaceRenditions(
      id,
      renditions.map((one, index) => rendition(id, index, one)),
    )
  })
  return id
}

const rendition = (assetId: AssetId, index: number, given: Partial<Rendition>): Rendition => ({
  ...{ assetId, index, format: 'HLS', run: 'f'.repeat(32), quality: 'SD', videoCodec: 'h264', width: 854, height: 480 },
  ...{ frameRate: 23.976, bitRateKbps: 600, durationMs: 60_480, sizeBytes: 4_600_000, frames: 1450 },
  playlist: `${'f'.repeat(32)}_${index + 1}_854X480_600_0.m3u8`,
  ...given,
})

/** Everything that a refused call must leave alone. */
export const countRows = async ({ foundation: { db } }: ContractServer): Promise<unknown> => {
  const { rows } = await sql`
    select
      (select count(*) from asset) as assets, (select count(*) from rendition) as renditions,
      (select count(*) from tenant_bucket) as buckets, (select count(*) from engine.step) as steps,
      (select count(*) from engine.task) as tasks
  `.execute(db)
  return rows[0]
}

const ajv = new Ajv({ strict: false, allErrors: true })
const validators = new Map(
  BUILT_OPERATIONS.map(({ id, reply }) => [id, reply ? ajv.compile(closed(reply as SchemaObject)) : undefined]),
)

/** The same schema without room for members that it does not name. */
function closed(schema: unknown): SchemaObject {
  if (Array.isArray(schema)) return schema.map(closed) as unknown as SchemaObject
  if (typeof schema !== 'object' || schema === null) return schema as SchemaObject
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]))
  return 'properties' in schema ? { ...copy, additionalProperties: false } : copy
}

/** Calls a built operation, and holds status and body against what it declares; answers the body. */
export const callOperation = async (
  tenant: Tenant,
  id: string,
  sent: Sent = {},
): Promise<ReturnType<typeof Object>> => {
  const operation = BUILT_OPERATIONS.find((one) => one.id === id)
  if (!operation) throw new Error(`no operation ${id}`)
  const [, version = '', path = ''] = /^\/([^/]+)\/:project_id(.*)$/.exec(operation.path) ?? []
  const { status, body, text, headers } = await tenant.call(operation.method, path, { ...sent, version })
  if (status !== operation.successStatus) throw new Error(`${id} answered ${status} ${text}`)
  const validate = validators.get(id)
  if (!validate) {
    expect(text).toBe('')
    return {}
  }
  expect(headers.get('content-type')).toMatch(/^application\/json/)
  expect(validate(body) ? [] : validate.errors).toEqual([])
  return Object(body)
}

/** `status code` of a refusal, and that its body is the vendor's. */
export const refused = async (call: ReturnType<Tenant['call']>): Promise<string> => {
  const { status, body, headers } = await call
  expect(body).toMatchObject({ error_code: expect.any(String), error_msg: expect.any(String) })
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
  return `${status} ${Object(body).error_code}`
}

/** `accepted`, or `status code` of the `ApiRefusal`. */
export const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'accepted',
    (error: unknown) => `${Object(error).status} ${Object(error).code}`,
  )
