import Type from 'typebox'
import { isOperator } from '../core/auth/principal.ts'
import { DomainError } from '../core/shared/problem.ts'
import { Flag01 } from '../wire/fields.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE, NameText, PageQuery, toListPage } from './fields.ts'

const PATH = `${BASE}/buckets`
const shared = { group: 'accounts', failureStatus: 400, gaps: [] } as const

export const addBucket = defineOperation({
  ...shared,
  id: 'addBucket',
  method: 'POST',
  path: PATH,
  summary: "Authorise a bucket for the path's project, and make it when the store has none of that name.",
  access: 'operator',
  body: Type.Object({ bucket: NameText }),
  successStatus: 204,
  async handle({ body }, { core, projectId }) {
    await core.auth.addBucket(projectId, body.bucket)
  },
})

export const listBuckets = defineOperation({
  ...shared,
  id: 'listBuckets',
  method: 'GET',
  path: PATH,
  summary: "List the buckets of the path's project, by name; with all=1 (operators) those of every project.",
  query: Type.Object({ ...PageQuery, all: Type.Optional(Flag01) }),
  reply: Type.Object({
    buckets: Type.Array(
      Type.Object({
        bucket: Type.String(),
        project: Type.String(),
        project_id: Type.String(),
        authorized: Type.Boolean(),
      }),
    ),
    total: Type.Integer(),
  }),
  successStatus: 200,
  async handle({ query }, { core, principal, projectId }) {
    if (query.all === 1 && !isOperator(principal)) throw new DomainError({ kind: 'forbidden' })
    const { items, total } = await core.auth.listBuckets(toListPage(query), query.all === 1 ? undefined : projectId)
    const buckets = items.map(({ bucket, projectName, projectId: owner, authorized }) => ({
      bucket,
      project: projectName,
      project_id: owner,
      authorized,
    }))
    return { buckets, total }
  },
})

export const assignBucket = defineOperation({
  ...shared,
  id: 'assignBucket',
  method: 'PUT',
  path: PATH,
  summary: 'Give a bucket to a project, which may then authorise it.',
  access: 'operator',
  body: Type.Object({ bucket: NameText, project: NameText }),
  successStatus: 204,
  async handle({ body }, { core }) {
    await core.auth.assignBucket(body.bucket, body.project)
  },
})

export const removeBucket = defineOperation({
  ...shared,
  id: 'removeBucket',
  method: 'DELETE',
  path: PATH,
  summary: 'Forget who owns a bucket. The bucket and its objects stay.',
  access: 'operator',
  query: Type.Object({ bucket: NameText }),
  successStatus: 204,
  async handle({ query }, { core }) {
    await core.auth.removeBucket(query.bucket)
  },
})

export const BUCKET_OPERATIONS: readonly AnyOperation[] = [addBucket, listBuckets, assignBucket, removeBucket]
