import { type Static, Type } from 'typebox'
import type { AssetFilter } from '../../core/catalog/ports.ts'
import { distinctAssetIds } from '../../core/catalog/show-asset.ts'
import type { AssetView } from '../../core/catalog/use-cases.ts'
import { AUDIO_TYPES, VIDEO_TYPES } from '../../core/catalog/video-type.ts'
import { formatTimestamp, idList, oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { reviewStatus } from '../review/review-status.ts'
import { coverInfos, OTHER_CATEGORY, originalUrl } from './asset-answer.ts'
import {
  execDescription,
  LIST_STATUS,
  repackageStatus,
  SNAPSHOT_STATES,
  shortStatus,
  transcodeStatus,
} from './asset-status.ts'
import { commonFilter, FILTER_QUERY, keysOf, pageOf } from './list-query.ts'

const AssetSummary = Type.Object({
  asset_id: Type.String(),
  title: Type.String(),
  description: Type.String(),
  duration: Type.Integer({ description: 'Seconds, rounded up; 0 until probed.' }),
  duration_ms: Type.Integer(),
  size: Type.Integer({ description: 'Bytes of the source.' }),
  original_url: Type.String(),
  category: Type.String(),
  covers: Type.Array(Type.Object({ cover_url: Type.String() })),
  create_time: Type.String(),
  asset_status: Type.String(),
  transcode_status: Type.String(),
  thumbnail_status: Type.String(),
  review_status: Type.String(),
  exec_desc: Type.String(),
  media_type: Type.String(),
  subtitle_repackage_status: Type.String({
    description:
      'UN_REPACKAGE, REPACKAGING, REPACKAGE_SUCCEED, REPACKAGE_FAILED: what became of the last modifySubtitle.',
  }),
})

const Query = Type.Object({
  asset_id: Type.Optional(idList(10)),
  status: Type.Optional(Type.Array(oneOf(keysOf(LIST_STATUS)))),
  media_type: Type.Optional(Type.Array(oneOf([...VIDEO_TYPES, ...AUDIO_TYPES]), { maxItems: 20 })),
  order: Type.Optional(oneOf(['asc', 'desc'])),
  ...FILTER_QUERY,
})

export const listAssetList = defineOperation({
  id: 'listAssetList',
  method: 'GET',
  path: '/v1.0/:project_id/asset/list',
  summary: 'Assets in summary form, with the states as they change.',
  group: 'manage',
  query: Query,
  reply: Type.Object({ total: Type.Integer(), assets: Type.Array(AssetSummary) }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId, publicUrl }) {
    const page = query.asset_id
      ? { page: 0, size: query.asset_id.length, order: query.order ?? 'desc' }
      : pageOf(query, query.order)
    const { views, total } = await core.catalog.listAssets(projectId, listFilter(query), page)
    return { total, assets: views.map((view) => summary(publicUrl, view)) }
  },
})

/** With ids all other filters are ignored, as in asset/info. */
const listFilter = (query: Static<typeof Query>): AssetFilter =>
  query.asset_id
    ? { ids: distinctAssetIds(query.asset_id) }
    : {
        ...commonFilter(query),
        searchCategory: true,
        ...(query.status && { states: query.status.map((status) => LIST_STATUS[status]) }),
        ...(query.media_type && { videoTypes: query.media_type }),
      }

const summary = (publicUrl: string, { asset, renditions, categoryName }: AssetView): Static<typeof AssetSummary> => ({
  asset_id: asset.id,
  title: asset.title,
  description: asset.description ?? '',
  duration: Math.ceil((asset.media?.durationMs ?? 0) / 1000),
  duration_ms: Math.round(asset.media?.durationMs ?? 0),
  size: asset.media?.sizeBytes ?? asset.source.sizeBytes,
  original_url: originalUrl(publicUrl, asset),
  category: categoryName ?? OTHER_CATEGORY.name,
  covers: coverInfos(publicUrl, asset),
  create_time: formatTimestamp(asset.createdAt),
  asset_status: shortStatus(asset),
  transcode_status: transcodeStatus(asset.transcode),
  thumbnail_status: SNAPSHOT_STATES[asset.snapshots.state],
  review_status: reviewStatus(asset.review),
  exec_desc: execDescription({ asset, renditions }),
  media_type: asset.videoType,
  subtitle_repackage_status: repackageStatus(asset),
})
