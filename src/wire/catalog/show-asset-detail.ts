import { Type } from 'typebox'
import { madeRenditions } from '../../core/catalog/adopted-file.ts'
import { QUALITIES } from '../../core/catalog/transcode-settings.ts'
import { defineOperation } from '../operation.ts'
import { ReviewInfo, reviewInfo } from '../review/review-answer.ts'
import { BaseInfo, baseInfo, streamsOf } from './asset-answer.ts'
import { transcodeDescription, transcodeStatus } from './asset-status.ts'
import { MetaData } from './media-answer.ts'
import { ThumbnailInfo, thumbnailInfo } from './snapshot-answer.ts'

const SECTIONS = ['base_info', 'transcode_info', 'thumbnail_info', 'review_info'] as const

const Output = Type.Object({
  play_type: Type.String({ description: 'Upper case here: HLS, DASH, MP4, MP3, AAC.' }),
  url: Type.String(),
  encrypted: Type.Integer(),
  quality: Type.Optional(Type.Enum([...QUALITIES])),
  meta_data: MetaData,
})

export const showAssetDetail = defineOperation({
  id: 'showAssetDetail',
  method: 'GET',
  path: '/v1.0/:project_id/asset/details',
  summary: 'Everything known about one asset, including processing results.',
  group: 'manage',
  query: Type.Object({
    asset_id: Type.String({ minLength: 1 }),
    categories: Type.Optional(Type.Array(Type.Enum([...SECTIONS]))),
  }),
  reply: Type.Object({
    asset_id: Type.String(),
    base_info: Type.Optional(BaseInfo),
    transcode_info: Type.Optional(
      Type.Object({
        template_group_name: Type.String(),
        transcode_status: Type.String(),
        exec_desc: Type.String(),
        output: Type.Array(Output),
      }),
    ),
    thumbnail_info: Type.Optional(ThumbnailInfo),
    review_info: Type.Optional(ReviewInfo),
  }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId, publicUrl, region }) {
    const view = await core.catalog.showAsset(projectId, query.asset_id)
    const { asset } = view
    const wants = (section: (typeof SECTIONS)[number]) =>
      !query.categories?.length || query.categories.includes(section)
    const thumbnails = thumbnailInfo(publicUrl, asset)
    const review = wants('review_info') && reviewInfo(publicUrl, asset, await core.catalog.reviewReport(asset))
    const made = madeRenditions(asset, view.renditions)
    const outputs = streamsOf(publicUrl, { asset, renditions: made })
    return {
      asset_id: asset.id,
      ...(wants('base_info') && {
        base_info: { ...baseInfo({ publicUrl, region }, view), sign_url: await core.catalog.signedSourceUrl(asset) },
      }),
      // Only after success (vendor's rule), which is when there are outputs; while they are transcoded again, or after that failed, they
      // are served on and so are shown, and the status beside them says how the later one does. A stream taken as it lies is none of them.
      ...(wants('transcode_info') &&
        outputs.length > 0 && {
          transcode_info: {
            template_group_name: asset.templateGroup ?? '',
            transcode_status: transcodeStatus(asset.transcode),
            exec_desc: transcodeDescription(view),
            output: outputs.map(({ playType, stream: { meta_data, ...stream } }) => ({
              play_type: playType,
              ...stream,
              ...(meta_data.quality !== undefined && { quality: meta_data.quality }),
              meta_data,
            })),
          },
        }),
      ...(wants('thumbnail_info') && thumbnails && { thumbnail_info: thumbnails }),
      ...(review && { review_info: review }),
    }
  },
})
