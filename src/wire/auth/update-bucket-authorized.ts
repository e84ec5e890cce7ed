import Type from 'typebox'
import { oneOf, textOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'

export const updateBucketAuthorized = defineOperation({
  id: 'updateBucketAuthorized',
  method: 'PUT',
  path: '/v1.0/:project_id/asset/authority',
  summary: "Grant or revoke the service's access to a tenant bucket.",
  group: 'ingest',
  // "1" grants, "0" revokes; the numbers count too.
  body: Type.Object({ bucket: textOf({ minLength: 1, maxBytes: 255 }), operation: oneOf(['0', '1']) }),
  reply: Type.Object({}),
  successStatus: 200,
  failureStatus: 403,
  gaps: [],
  async handle({ body: { bucket, operation } }, { core, projectId }) {
    await core.auth.authorizeBucket({ projectId, bucket, operation: operation === '1' ? 'grant' : 'revoke' })
    return {}
  },
})
