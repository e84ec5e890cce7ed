import Type from 'typebox'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE, NameText, PageQuery, toListPage } from './fields.ts'

const PATH = `${BASE}/projects`
const shared = { group: 'accounts', failureStatus: 400, access: 'operator', gaps: [] } as const

const Project = Type.Object({ id: Type.String(), name: Type.String() })

export const addProject = defineOperation({
  ...shared,
  id: 'addProject',
  method: 'POST',
  path: PATH,
  summary: 'Add a project. Users get into it by assignUser.',
  body: Type.Object({ name: NameText }),
  reply: Project,
  successStatus: 201,
  handle: ({ body }, { core }) => core.auth.addProject(body.name),
})

export const listProjects = defineOperation({
  ...shared,
  id: 'listProjects',
  method: 'GET',
  path: PATH,
  summary: 'List all projects, by name.',
  query: Type.Object(PageQuery),
  reply: Type.Object({ projects: Type.Array(Project), total: Type.Integer() }),
  successStatus: 200,
  async handle({ query }, { core }) {
    const { items, total } = await core.auth.listProjects(toListPage(query))
    return { projects: [...items], total }
  },
})

export const removeProject = defineOperation({
  ...shared,
  id: 'removeProject',
  method: 'DELETE',
  path: PATH,
  summary: 'Remove a project that has no assets any more. Its buckets are free afterwards.',
  query: Type.Object({ name: NameText }),
  successStatus: 204,
  async handle({ query }, { core }) {
    await core.auth.removeProject(query.name)
  },
})

export const PROJECT_OPERATIONS: readonly AnyOperation[] = [addProject, listProjects, removeProject]
