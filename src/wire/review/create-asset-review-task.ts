import Type from 'typebox'
import { defineOperation } from '../operation.ts'
import { AssetIdText } from '../processing/fields.ts'
import { ReviewOption } from './fields.ts'

export const createAssetReviewTask = defineOperation({
  id: 'createAssetReviewTask',
  method: 'POST',
  path: '/v1.0/:project_id/asset/review',
  summary: 'Start a content review of an asset.',
  group: 'process',
  body: Type.Object({ asset_id: AssetIdText, review: ReviewOption }),
  reply: Type.Object({
    asset_id: Type.String(),
    review: Type.Object({
      template_id: Type.String(),
      interval: Type.Integer(),
      politics: Type.Integer(),
      terrorism: Type.Integer(),
      porn: Type.Integer(),
    }),
  }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [
    'Sound is not looked through; text within pictures only with the extra package; faces and other signs of politics and terrorism only with a gallery or a provider of the operator (docs/review.md).',
  ],
  async handle({ body: { asset_id, review } }, { core, projectId }) {
    const settings = await core.review.orderReview(projectId, asset_id, review.template_id)
    const { intervalSeconds: interval, thresholds } = settings
    return { asset_id, review: { template_id: review.template_id, interval, ...thresholds } }
  },
})
