import Type from 'typebox'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE, NameText } from './fields.ts'

const PATH = `${BASE}/keys`
const shared = { group: 'accounts', failureStatus: 400, gaps: [] } as const

/** Members manage their own keys; an operator may name another user. */
const Owner = { user: Type.Optional(NameText) }

export const addAccessKey = defineOperation({
  ...shared,
  id: 'addAccessKey',
  method: 'POST',
  path: PATH,
  summary: 'Make an access key. The answer is the only place where its secret is ever shown.',
  body: Type.Object(Owner),
  reply: Type.Object({ access_key: Type.String(), secret_key: Type.String() }),
  successStatus: 201,
  async handle({ body }, { core, principal }) {
    const { access, secret } = await core.auth.addAccessKey({
      by: principal,
      ...(body.user !== undefined && { userName: body.user }),
    })
    return { access_key: access, secret_key: secret }
  },
})

export const listAccessKeys = defineOperation({
  ...shared,
  id: 'listAccessKeys',
  method: 'GET',
  path: PATH,
  summary: "List a user's access keys, oldest first.",
  query: Type.Object(Owner),
  reply: Type.Object({
    keys: Type.Array(Type.Object({ access_key: Type.String(), user: Type.String(), created_at: Type.String() })),
  }),
  successStatus: 200,
  async handle({ query }, { core, principal }) {
    const keys = await core.auth.listAccessKeys({
      by: principal,
      ...(query.user !== undefined && { userName: query.user }),
    })
    return {
      keys: keys.map(({ access, userName, createdAt }) => ({
        access_key: access,
        user: userName,
        created_at: createdAt.toISOString(),
      })),
    }
  },
})

export const removeAccessKey = defineOperation({
  ...shared,
  id: 'removeAccessKey',
  method: 'DELETE',
  path: PATH,
  summary: 'Remove an access key. Refused from the next request on.',
  query: Type.Object({ access_key: NameText }),
  successStatus: 204,
  async handle({ query }, { core, principal }) {
    await core.auth.removeAccessKey(principal, query.access_key)
  },
})

export const ACCESS_KEY_OPERATIONS: readonly AnyOperation[] = [addAccessKey, listAccessKeys, removeAccessKey]
