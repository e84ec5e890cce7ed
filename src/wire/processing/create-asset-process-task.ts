import { type Static, Type } from 'typebox'
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
  reply: Type.Object({ asset_id: Type.String() }),
  successStatus: 202,
  failureStatus: 403,
  gaps: [
    'thumbnail: answers TELECINE.0501.',
    'subtitle_id: there are no subtitles yet, so any id is unknown (VOD.10129).',
    'thumbnail_task_id: absent, because an asset has one set of snapshots.',
  ],
  async handle({ body }, { core, projectId }) {
    const groupName = groupOf(body)
    refuseUnbuilt(body)
    await core.processing.orderTranscode(projectId, body.asset_id, { groupName, encrypt: body.auto_encrypt === 1 })
    return { asset_id: body.asset_id }
  },
})

/** One call may start any mix; encryption needs the transcode that it is of. */
const groupOf = ({ template_group_name: name = '', auto_encrypt, thumbnail, subtitle_id = [] }: Body): string => {
  if (thumbnail) parseThumbnail(thumbnail)
  const alone = auto_encrypt !== 1 && (thumbnail !== undefined || subtitle_id.length > 0)
  if (name === '' && !alone) throw invalidField('template_group_name', 'is required without thumbnail')
  return name
}

/** What is asked for and not made would be missed only later (decisions.md 5.5). */
const refuseUnbuilt = ({ thumbnail, subtitle_id = [] }: Body): void => {
  if (subtitle_id.length > 0) throw new DomainError({ kind: 'subtitle_not_found' })
  if (thumbnail) throw new DomainError({ kind: 'not_built', what: 'thumbnail' })
}
