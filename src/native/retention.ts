import Type from 'typebox'
import { textOf } from '../wire/fields.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE, expiryOf, parseTime } from './fields.ts'

const PATH = `${BASE}/settings/retention`
const EXPIRY_PATH = `${BASE}/assets/expiry`
/** A hundred years: dates stay such as every client can read. */
const MOST_DAYS = 36_500
const AssetIdText = textOf({ minLength: 1, maxBytes: 128 })
const shared = { group: 'retention', failureStatus: 400, gaps: [] } as const

export const showRetention = defineOperation({
  ...shared,
  id: 'showRetention',
  method: 'GET',
  path: PATH,
  summary: 'What is deleted by itself of assets that are made from now on.',
  reply: Type.Object({
    delete_source_after_transcode: Type.Boolean(),
    expire_after_days: Type.Integer({ description: '0: never.' }),
  }),
  successStatus: 200,
  async handle(_, { core, projectId }) {
    const { deleteSource, expireAfterDays = 0 } = await core.retention.showSettings(projectId)
    return { delete_source_after_transcode: deleteSource, expire_after_days: expireAfterDays }
  },
})

export const updateRetention = defineOperation({
  ...shared,
  id: 'updateRetention',
  method: 'PUT',
  path: PATH,
  summary: 'Set what is deleted by itself of assets that are made from now on; what is left out stays as it is.',
  body: Type.Object({
    delete_source_after_transcode: Type.Optional(Type.Boolean()),
    expire_after_days: Type.Optional(Type.Integer({ minimum: 0, maximum: MOST_DAYS })),
  }),
  successStatus: 204,
  async handle({ body }, { core, projectId }) {
    const { delete_source_after_transcode: deleteSource, expire_after_days: days } = body
    await core.retention.changeSettings(projectId, {
      ...(deleteSource !== undefined && { deleteSource }),
      ...(days !== undefined && { expireAfterDays: days === 0 ? null : days }),
    })
  },
})

export const showAssetExpiry = defineOperation({
  ...shared,
  id: 'showAssetExpiry',
  method: 'GET',
  path: EXPIRY_PATH,
  summary: 'When an asset is deleted by itself.',
  query: Type.Object({ asset_id: AssetIdText }),
  reply: Type.Object({
    asset_id: Type.String(),
    expires_at: Type.Optional(Type.String({ description: 'Absent: never.' })),
  }),
  successStatus: 200,
  async handle({ query }, { core, projectId }) {
    const { asset } = await core.catalog.showAsset(projectId, query.asset_id)
    return { asset_id: asset.id, ...expiryOf(asset) }
  },
})

export const updateAssetExpiry = defineOperation({
  ...shared,
  id: 'updateAssetExpiry',
  method: 'PUT',
  path: EXPIRY_PATH,
  summary: 'Set when an asset is deleted by itself, as deleteAssets would; "" for never.',
  body: Type.Object({ asset_id: AssetIdText, expires_at: Type.String({ maxBytes: 40, emptyIsValue: true }) }),
  successStatus: 204,
  async handle({ body: { asset_id, expires_at: text } }, { core, projectId }) {
    await core.retention.changeExpiry(projectId, asset_id, text === '' ? undefined : parseTime(text, 'expires_at'))
  },
})

export const RETENTION_OPERATIONS: readonly AnyOperation[] = [
  showRetention,
  updateRetention,
  showAssetExpiry,
  updateAssetExpiry,
]
