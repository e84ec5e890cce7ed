import { type Static, Type } from 'typebox'
import type { Asset } from '../../core/catalog/asset.ts'
import type { AssetFilter } from '../../core/catalog/ports.ts'
import { distinctAssetIds } from '../../core/catalog/show-asset.ts'
import type { AssetView } from '../../core/catalog/use-cases.ts'
import { idList, oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { AssetInfo, assetInfo, noAsset } from './asset-answer.ts'
import { INFO_STATUS, TRANSCODE_STATES } from './asset-status.ts'
import { commonFilter, FILTER_QUERY, keysOf, pageOf } from './list-query.ts'

const Query = Type.Object({
  asset_id: Type.Optional(idList(10)),
  status: Type.Optional(Type.Array(oneOf(keysOf(INFO_STATUS)))),
  transcodeStatus: Type.Optional(Type.Array(oneOf(keysOf(TRANSCODE_STATES)))),
  assetStatus: Type.Optional(Type.Array(oneOf(['PUBLISHED', 'CREATED']))),
  ...FILTER_QUERY,
})

export const showAssetMeta = defineOperation({
  id: 'showAssetMeta',
  method: 'GET',
  path: '/v1.0/:project_id/asset/info',
  summary: 'Assets with their base and play information.',
  group: 'manage',
  query: Query,
  reply: Type.Object({
    asset_info_array: Type.Array(AssetInfo),
    is_truncated: Type.Integer(),
    total: Type.Integer(),
  }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId, ...site }) {
    const ids = query.asset_id
    if (ids) {
      const filter = { ids: distinctAssetIds(ids) }
      const { views } = await core.catalog.listAssets(projectId, filter, { page: 0, size: ids.length, order: 'desc' })
      // An entry for every id asked for, as publishAssets has it; those that exist first, newest first.
      const found = new Set<string>(views.map(({ asset }) => asset.id))
      const unknown = [...new Set(ids)].filter((id) => !found.has(id)).map(noAsset)
      return {
        asset_info_array: [...views.map((view) => assetInfo(site, view)), ...unknown],
        is_truncated: 0,
        total: views.length,
      }
    }
    const { views, total, more } = await core.catalog.listAssets(projectId, infoFilter(query), pageOf(query))
    return {
      asset_info_array: views.map((view: AssetView) => assetInfo(site, view)),
      is_truncated: more ? 1 : 0,
      total,
    }
  },
})

const infoFilter = (query: Static<typeof Query>): AssetFilter => ({
  ...commonFilter(query),
  ...(query.status && { states: query.status.map((status) => INFO_STATUS[status]) }),
  ...(query.transcodeStatus && {
    transcodeStates: query.transcodeStatus.map((status): Asset['transcode']['state'] => TRANSCODE_STATES[status]),
  }),
  ...(query.assetStatus && {
    publication: query.assetStatus.map((status) => (status === 'PUBLISHED' ? 'published' : 'unpublished')),
  }),
})
