import { defineOperation } from '../operation.ts'
import { PublicationBody, PublicationReply, publicationReply } from './publication.ts'

export const publishAssets = defineOperation({
  id: 'publishAssets',
  method: 'POST',
  path: '/v1.0/:project_id/asset/status/publish',
  summary: 'Publishes assets; a transcode is not needed for it.',
  group: 'manage',
  body: PublicationBody,
  reply: PublicationReply,
  successStatus: 200,
  failureStatus: 403,
  gaps: [],
  handle: async ({ body }, { core, projectId, ...site }) =>
    publicationReply(site, await core.catalog.publishAssets(projectId, body.asset_id)),
})
