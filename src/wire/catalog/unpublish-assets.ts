import { defineOperation } from '../operation.ts'
import { PublicationBody, PublicationReply, publicationReply } from './publication.ts'

export const unpublishAssets = defineOperation({
  id: 'unpublishAssets',
  method: 'POST',
  path: '/v1.0/:project_id/asset/status/unpublish',
  summary: 'Withdraws assets from publication.',
  group: 'manage',
  body: PublicationBody,
  reply: PublicationReply,
  successStatus: 200,
  failureStatus: 403,
  gaps: [],
  handle: async ({ body }, { core, projectId, ...site }) =>
    publicationReply(site, await core.catalog.unpublishAssets(projectId, body.asset_id)),
})
