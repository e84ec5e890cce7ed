import Type from 'typebox'
import { MAX_WEIGHT } from '../core/shared/task.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE, NameText, PageQuery, toListPage } from './fields.ts'

const PATH = `${BASE}/projects`
const shared = { group: 'accounts', failureStatus: 400, access: 'operator', gaps: [] } as const

const Project = Type.Object({ id: Type.String(), name: Type.String() })
const Weight = Type.Integer({ minimum: 1, maximum: MAX_WEIGHT })
const WeightedProject = Type.Object({ ...Project.properties, weight: Weight })

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
  reply: Type.Object({ projects: Type.Array(WeightedProject), total: Type.Integer() }),
  successStatus: 200,
  async handle({ query }, { core }) {
    const { items, total } = await core.auth.listProjects(toListPage(query))
    return { projects: [...items], total }
  },
})

export const updateProjectWeight = defineOperation({
  ...shared,
  id: 'updateProjectWeight',
  method: 'PUT',
  path: `${PATH}/weight`,
  summary:
    'What a project gets of the workers while others wait, too; an ordinary one has 1. For work that begins afterwards.',
  body: Type.Object({ name: NameText, weight: Weight }),
  successStatus: 204,
  async handle({ body }, { core }) {
    await core.auth.setWeight(body.name, body.weight)
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

export const PROJECT_OPERATIONS: readonly AnyOperation[] = [
  addProject,
  listProjects,
  updateProjectWeight,
  removeProject,
]
