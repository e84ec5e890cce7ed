import Type from 'typebox'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE, NameText } from './fields.ts'

const shared = { group: 'retention', failureStatus: 400, gaps: [] } as const

export const showStorage = defineOperation({
  ...shared,
  id: 'showStorage',
  method: 'GET',
  path: `${BASE}/storage`,
  summary: 'How many bytes of sources and outputs the service stores for the project, and how many it may.',
  reply: Type.Object({
    used_bytes: Type.Integer(),
    quota_bytes: Type.Integer({ description: '0: no limit.' }),
  }),
  successStatus: 200,
  async handle(_, { core, projectId }) {
    const { usedBytes, quotaBytes = 0 } = await core.retention.showStorage(projectId)
    return { used_bytes: usedBytes, quota_bytes: quotaBytes }
  },
})

export const updateStorageQuota = defineOperation({
  ...shared,
  id: 'updateStorageQuota',
  method: 'PUT',
  path: `${BASE}/projects/storage-quota`,
  summary: 'Limit what the service stores for a project; 0 for no limit. What exists stays, also where it is more.',
  access: 'operator',
  body: Type.Object({
    name: NameText,
    quota_bytes: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  }),
  successStatus: 204,
  async handle({ body }, { core }) {
    await core.retention.setQuota(body.name, body.quota_bytes === 0 ? undefined : body.quota_bytes)
  },
})

export const STORAGE_OPERATIONS: readonly AnyOperation[] = [showStorage, updateStorageQuota]
