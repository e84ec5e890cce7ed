import { addProject, listProjects, removeProject, updateProjectWeight } from '../native/projects.ts'
import { type Command, defineCommand } from './define-command.ts'
import { PAGE_SIZE, printPages } from './print-pages.ts'

export const projectsAdd = defineCommand({
  name: 'projects add',
  summary: 'Add a project. Users get into it by "users assign".',
  positionals: ['NAME'],
  options: {},
  async run({ positionals: [name] }, { call, print }) {
    const { id } = await call(addProject, { body: { name } })
    print(`added project ${name} (${id})`)
  },
})

export const projectsList = defineCommand({
  name: 'projects list',
  summary: 'List all projects with their ids and weights.',
  positionals: [],
  options: {},
  async run(_, { call, print }) {
    await printPages(
      async (page) => (await call(listProjects, { query: { page, size: PAGE_SIZE } })).projects,
      ({ id, name, weight }) => print(`${name}\t${id}\t${weight}`),
    )
  },
})

export const projectsWeight = defineCommand({
  name: 'projects weight',
  summary: 'Say what a project gets of the workers while others wait, too: 1 (ordinary) to 12.',
  positionals: ['NAME', 'WEIGHT'],
  options: {},
  async run({ positionals: [name, weight] }, { call, print }) {
    await call(updateProjectWeight, { body: { name, weight: Number(weight) } })
    print(`project ${name} has weight ${weight}`)
  },
})

export const projectsRemove = defineCommand({
  name: 'projects remove',
  summary: 'Remove a project that has no assets any more.',
  positionals: ['NAME'],
  options: {},
  async run({ positionals: [name] }, { call, print }) {
    await call(removeProject, { query: { name } })
    print(`removed project ${name}`)
  },
})

export const PROJECT_COMMANDS: readonly Command[] = [projectsAdd, projectsList, projectsWeight, projectsRemove]
