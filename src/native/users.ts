import Type from 'typebox'
import type { Identity } from '../core/auth/account.ts'
import { parseProjectId } from '../core/shared/ids.ts'
import { invalidField } from '../core/shared/problem.ts'
import { oneOf, textOf } from '../wire/fields.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE, NameText, PageQuery, toListPage } from './fields.ts'

const PATH = `${BASE}/users`
const shared = { group: 'accounts', failureStatus: 400, gaps: [] } as const

const User = Type.Object({
  id: Type.String(),
  name: Type.String(),
  role: oneOf(['operator', 'member']),
  enabled: Type.Boolean(),
  created_at: Type.String(),
  projects: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
})

const Password = textOf({ minLength: 1, maxBytes: 1024 })

export const addUser = defineOperation({
  ...shared,
  id: 'addUser',
  method: 'POST',
  path: PATH,
  summary: 'Add a user. Without project_ids they are assigned to the project of the path.',
  access: 'operator',
  body: Type.Object({
    name: NameText,
    password: Password,
    role: Type.Optional(oneOf(['operator', 'member'])),
    project_ids: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
  }),
  reply: User,
  successStatus: 201,
  async handle({ body }, { core, projectId }) {
    const { name, password, role = 'member', project_ids: texts = [projectId] } = body
    const projectIds = texts.map(parseProjectId)
    if (!projectIds.every((id) => id !== undefined)) throw invalidField('project_ids', 'must hold ids of 32 hex digits')
    return toUser(await core.auth.addUser({ name, password, role, projectIds }))
  },
})

export const listUsers = defineOperation({
  ...shared,
  id: 'listUsers',
  method: 'GET',
  path: PATH,
  summary: 'List all users, by name.',
  access: 'operator',
  query: Type.Object(PageQuery),
  reply: Type.Object({ users: Type.Array(User), total: Type.Integer() }),
  successStatus: 200,
  async handle({ query }, { core }) {
    const { items, total } = await core.auth.listUsers(toListPage(query))
    return { users: items.map(toUser), total }
  },
})

export const updateUser = defineOperation({
  ...shared,
  id: 'updateUser',
  method: 'PUT',
  path: PATH,
  summary: 'Disable or enable a user. Ends their tokens.',
  access: 'operator',
  body: Type.Object({ name: NameText, enabled: Type.Boolean() }),
  successStatus: 204,
  async handle({ body }, { core }) {
    await core.auth.setUserEnabled(body.name, body.enabled)
  },
})

export const removeUser = defineOperation({
  ...shared,
  id: 'removeUser',
  method: 'DELETE',
  path: PATH,
  summary: 'Remove a user with their access keys.',
  access: 'operator',
  query: Type.Object({ name: NameText }),
  successStatus: 204,
  async handle({ query }, { core }) {
    await core.auth.removeUser(query.name)
  },
})

export const setUserPassword = defineOperation({
  ...shared,
  id: 'setUserPassword',
  method: 'PUT',
  path: `${PATH}/password`,
  summary: "Set a user's password. Members set only their own and give the current one. Ends the user's tokens.",
  body: Type.Object({
    name: Type.Optional(NameText),
    password: Password,
    current_password: Type.Optional(Password),
  }),
  successStatus: 204,
  // A password may be guessed here too.
  rateLimit: [10, 100],
  async handle({ body }, { core, principal }) {
    const { name, password, current_password: currentPassword } = body
    await core.auth.setPassword({
      by: principal,
      password,
      ...(name !== undefined && { userName: name }),
      ...(currentPassword !== undefined && { currentPassword }),
    })
  },
})

export const assignUser = defineOperation({
  ...shared,
  id: 'assignUser',
  method: 'PUT',
  path: `${PATH}/projects`,
  summary: 'Assign a user to a project. Ends their tokens.',
  access: 'operator',
  body: Type.Object({ name: NameText, project: NameText }),
  successStatus: 204,
  async handle({ body }, { core }) {
    await core.auth.setMembership(body.name, body.project, 'assigned')
  },
})

export const unassignUser = defineOperation({
  ...shared,
  id: 'unassignUser',
  method: 'DELETE',
  path: `${PATH}/projects`,
  summary: 'Take a user out of a project. Ends their tokens.',
  access: 'operator',
  query: Type.Object({ name: NameText, project: NameText }),
  successStatus: 204,
  async handle({ query }, { core }) {
    await core.auth.setMembership(query.name, query.project, 'unassigned')
  },
})

export const USER_OPERATIONS: readonly AnyOperation[] = [
  addUser,
  listUsers,
  updateUser,
  removeUser,
  setUserPassword,
  assignUser,
  unassignUser,
]

const toUser = ({ id, name, role, enabled, createdAt, projects }: Identity) => ({
  id,
  name,
  role,
  enabled,
  created_at: createdAt.toISOString(),
  projects: [...projects],
})
