import Type from 'typebox'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE, expiryOf } from './fields.ts'

const AssetIdText = Type.String({ minLength: 1, maxBytes: 128 })

/** What an asset's work looks like to whoever waits for it. */
const Work = Type.Object({
  kind: Type.String(),
  state: Type.String(),
  progress: Type.Number({ description: 'Share done, 0 to 1.' }),
  attempt: Type.Integer(),
  reason: Type.Optional(Type.String({ description: 'Of the last try that failed.' })),
})

export const cancelAssetWork = defineOperation({
  id: 'cancelAssetWork',
  method: 'POST',
  path: `${BASE}/assets/cancel`,
  summary:
    'Ends all waiting and running work of an asset; its states become failed with the reason "Cancelled on request".',
  group: 'assets',
  body: Type.Object({ asset_id: AssetIdText }),
  reply: Type.Object({ asset_id: Type.String() }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ body }, { core, projectId }) {
    const { asset } = await core.catalog.cancelWork(projectId, body.asset_id)
    return { asset_id: asset.id }
  },
})

export const showAssetWork = defineOperation({
  id: 'showAssetWork',
  method: 'GET',
  path: `${BASE}/assets/work`,
  summary: 'What was, is and will be done for an asset, oldest first, with progress and reasons.',
  group: 'assets',
  query: Type.Object({ asset_id: AssetIdText }),
  reply: Type.Object({
    asset_id: Type.String(),
    expires_at: Type.Optional(Type.String({ description: 'When it is deleted by itself.' })),
    work: Type.Array(Work),
  }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId }) {
    const { asset } = await core.catalog.showAsset(projectId, query.asset_id)
    return { asset_id: asset.id, ...expiryOf(asset), work: [...(await core.catalog.workOf(asset))] }
  },
})

export const ASSET_WORK_OPERATIONS: readonly AnyOperation[] = [cancelAssetWork, showAssetWork]
