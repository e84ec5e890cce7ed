import {
  addUser,
  assignUser,
  listUsers,
  removeUser,
  setUserPassword,
  unassignUser,
  updateUser,
} from '../native/users.ts'
import { type Command, type CommandContext, defineCommand, UsageError } from './define-command.ts'
import { PAGE_SIZE, printPages } from './print-pages.ts'

export const usersAdd = defineCommand({
  name: 'users add',
  summary: 'Add a user to the project; asks for the password. --role is member (default) or operator.',
  positionals: ['NAME'],
  options: { role: { type: 'string' } },
  async run({ positionals: [name], options: { role = 'member' } }, context) {
    if (role !== 'member' && role !== 'operator') throw new UsageError('--role must be member or operator')
    const password = await readNewPassword(context, name)
    const user = await context.call(addUser, { body: { name, password, role } })
    context.print(`added ${user.role} ${user.name} (${user.id})`)
  },
})

export const usersList = defineCommand({
  name: 'users list',
  summary: 'List all users with role and projects.',
  positionals: [],
  options: {},
  async run(_, { call, print }) {
    await printPages(
      async (page) => (await call(listUsers, { query: { page, size: PAGE_SIZE } })).users,
      ({ name, role, enabled, projects }) =>
        print(
          [name, role, enabled ? 'enabled' : 'disabled', projects.map((project) => project.name).join(',')].join('\t'),
        ),
    )
  },
})

export const usersRemove = defineCommand({
  name: 'users remove',
  summary: 'Remove a user with their access keys.',
  positionals: ['NAME'],
  options: {},
  async run({ positionals: [name] }, { call, print }) {
    await call(removeUser, { query: { name } })
    print(`removed ${name}`)
  },
})

export const usersPasswd = defineCommand({
  name: 'users passwd',
  summary: 'Set a password, which ends the tokens of before. --own asks for the current one, as members must give it.',
  positionals: ['NAME'],
  options: { own: { type: 'boolean' } },
  async run({ positionals: [name], options: { own = false } }, context) {
    const current = own ? await context.readSecret(`Current password of ${name}: `) : undefined
    const password = await readNewPassword(context, name)
    const body = { name, password, ...(current !== undefined && { current_password: current }) }
    await context.call(setUserPassword, { body })
    context.print(`changed the password of ${name}`)
  },
})

const defineToggle = (verb: 'enable' | 'disable') =>
  defineCommand({
    name: `users ${verb}`,
    summary: verb === 'enable' ? 'Let a disabled user in again.' : "Refuse a user's keys, tokens and password.",
    positionals: ['NAME'],
    options: {},
    async run({ positionals: [name] }, { call, print }) {
      await call(updateUser, { body: { name, enabled: verb === 'enable' } })
      print(`${verb}d ${name}`)
    },
  })

export const usersEnable = defineToggle('enable')
export const usersDisable = defineToggle('disable')

export const usersAssign = defineCommand({
  name: 'users assign',
  summary: 'Let a user into a project, or out of it with --remove. Ends their tokens.',
  positionals: ['NAME', 'PROJECT'],
  options: { remove: { type: 'boolean' } },
  async run({ positionals: [name, project], options: { remove = false } }, { call, print }) {
    if (remove) await call(unassignUser, { query: { name, project } })
    else await call(assignUser, { body: { name, project } })
    print(`${name} is ${remove ? 'no longer ' : ''}in ${project}`)
  },
})

export const USER_COMMANDS: readonly Command[] = [
  usersAdd,
  usersList,
  usersRemove,
  usersPasswd,
  usersEnable,
  usersDisable,
  usersAssign,
]

const readNewPassword = async ({ readSecret }: CommandContext, name: string): Promise<string> => {
  const password = await readSecret(`New password of ${name}: `)
  if (password === '') throw new UsageError('the password is empty')
  return password
}
