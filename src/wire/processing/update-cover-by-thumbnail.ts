import { Type } from 'typebox'
import { DomainError } from '../../core/shared/problem.ts'
import { defineOperation } from '../operation.ts'

/** Whatever host it names: an asset has one address, and several names may lead to it. */
const SNAPSHOT_URL =
  /^(?:https?:\/\/[^/?#]+)?\/asset\/([0-9a-f]{32})\/snapshot\/sample\/(0|[1-9]\d{0,9})\.jpg(?:\?.*)?$/

export const updateCoverByThumbnail = defineOperation({
  id: 'updateCoverByThumbnail',
  method: 'PUT',
  path: '/v1.0/:project_id/asset/cover',
  summary: 'Makes one of the snapshots the cover.',
  group: 'process',
  body: Type.Object({
    thumbnailUrl: Type.String({ minLength: 1, maxBytes: 2048, description: 'As asset/details lists it.' }),
  }),
  successStatus: 204,
  failureStatus: 400,
  gaps: [],
  async handle({ body: { thumbnailUrl } }, { core, projectId }) {
    const [, assetId, offset] = SNAPSHOT_URL.exec(thumbnailUrl) ?? []
    if (assetId === undefined || offset === undefined) throw new DomainError({ kind: 'asset_not_found' })
    await core.catalog.coverFromSnapshot(projectId, assetId, Number(offset))
  },
})
