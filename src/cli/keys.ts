import { addAccessKey, listAccessKeys, removeAccessKey } from '../native/access-keys.ts'
import { type Command, defineCommand } from './define-command.ts'

/** Of the caller, unless an operator names somebody else. */
const OWNER = { user: { type: 'string' } } as const

export const keysAdd = defineCommand({
  name: 'keys add',
  summary: 'Make an access key. Its secret is shown this once.',
  positionals: [],
  options: OWNER,
  async run({ options: { user } }, { call, print }) {
    const key = await call(addAccessKey, { body: user === undefined ? {} : { user } })
    print(`access_key ${key.access_key}`)
    print(`secret_key ${key.secret_key}`)
  },
})

export const keysList = defineCommand({
  name: 'keys list',
  summary: 'List the access keys of a user.',
  positionals: [],
  options: OWNER,
  async run({ options: { user } }, { call, print }) {
    const { keys } = await call(listAccessKeys, { query: user === undefined ? {} : { user } })
    for (const key of keys) print(`${key.access_key}\t${key.user}\t${key.created_at}`)
  },
})

export const keysRemove = defineCommand({
  name: 'keys remove',
  summary: 'Remove an access key; it is refused from then on.',
  positionals: ['ACCESS_KEY'],
  options: {},
  async run({ positionals: [access] }, { call, print }) {
    await call(removeAccessKey, { query: { access_key: access } })
    print(`removed ${access}`)
  },
})

export const KEY_COMMANDS: readonly Command[] = [keysAdd, keysList, keysRemove]
