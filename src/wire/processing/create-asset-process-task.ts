import { type Static, Type } from 'typebox'
import type { ProcessingOrder } from '../../core/processing/order-processing.ts'
import { DomainError, invalidField } from '../../core/shared/problem.ts'
import { Flag01 } from '../fields.ts'
import { parseThumbnail, Thumbnail } from '../ingest/thumbnail.ts'
import { defineOperation } from '../operation.ts'
import { AssetIdText } from './fields.ts'

const Body = Type.Object({
  asset_id: AssetIdText,
  template_group_name: Type.Optional(Type.String({ maxBytes: 128 })),
  auto_encrypt: Type.Optional(Flag01),
  thumbnail: Type.Optional(Thumbnail),
  subtitle_id: Type.Optional(Type.Array(Type.Integer(), { maxItems: 100 })),
})
type Body = Static<typeof Body>

export const createAssetProcessTask = defineOperation({
  id: 'createAssetProcessTask',
  method: 'POST',
  path: '/v1.0/:project_id/asset/process',
  summary: 'Start transcoding, snapshots and/or encryption of an asset.',
  group: 'process',
  body: Body,
  reply: Type.Object({
    asset_id: Type.String(),
    thumbnail_task_id: Type.Optional(Type.String({ description: 'With thumbnail.' })),
  }),
  successStatus: 202,
  failureStatus: 403,
  gaps: [
    'subtitle_id: burns in subtitles that were declared when the asset was created, which no built call does; any id is unknown (VOD.10129).',
  ],
  async handle({ body }, { core, projectId }) {
    const order = orderOf(body)
    const { snapshotTask } = await core.processing.orderProcessing(projectId, body.asset_id, order)
    return { asset_id: body.asset_id, ...(snapshotTask !== undefined && { thumbnail_task_id: snapshotTask }) }
  },
})

/** One call may start any mix; encryption needs the transcode that it is of. */
const orderOf = ({ template_group_name: groupName = '', auto_encrypt, ...body }: Body): ProcessingOrder => {
  const snapshots = body.thumbnail && parseThumbnail(body.thumbnail)
  const burnsIn = body.subtitle_id !== undefined && body.subtitle_id.length > 0
  const encrypt = auto_encrypt === 1
  if (groupName === '' && (encrypt || !(snapshots || burnsIn))) {
    throw invalidField('template_group_name', 'is required without thumbnail')
  }
  if (burnsIn) throw new DomainError({ kind: 'subtitle_not_found' })
  return { ...(groupName !== '' && { transcode: { groupName, encrypt } }), ...(snapshots && { snapshots }) }
}
