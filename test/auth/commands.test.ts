import { execFile } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CLIENT_COMMANDS, findClientCommand } from '../../src/cli/client-commands.ts'
import { usageOf } from '../../src/cli/define-command.ts'
import { createSecretReader } from '../../src/cli/read-secret.ts'
import { runClientCommand } from '../../src/cli/run-client-command.ts'
import { usersAdd } from '../../src/cli/users.ts'
import { builtProgram } from '../support/built-program.ts'
import { type Installation, install, PASSWORD, REGION } from './installation.ts'

let site: Installation
beforeAll(async () => {
  site = await install()
})
afterAll(() => site[Symbol.asyncDispose]())

interface Ran {
  readonly status: number
  readonly printed: readonly string[]
  readonly errors: readonly string[]
}

/** As typed after `telecine`, on the machine of the first start; `stdin` is piped in. */
const telecine = async (line: string, { stdin = '', elsewhere = false } = {}): Promise<Ran> => {
  const found = findClientCommand(line.split(' '))
  if (!found) throw new Error(`no such command: ${line}`)
  const printed: string[] = []
  const errors: string[] = []
  const input = new PassThrough()
  input.end(stdin)
  const credentials = {
    endpoint: site.served.url,
    region: REGION,
    project_id: site.projectId,
    access_key: site.operator.access,
    secret_key: site.operator.secret,
    domain: 'telecine',
    user: 'admin',
    password: PASSWORD,
  }
  const status = await runClientCommand(found.command, found.rest, {
    print: (text) => printed.push(text),
    printError: (text) => errors.push(text),
    readSecret: createSecretReader(input, new PassThrough()),
    readCredentials: async () => (elsewhere ? undefined : credentials),
  })
  return { status, printed, errors }
}

test('users: add, list, passwd, assign, disable, remove', async () => {
  expect(await telecine('users add bob', { stdin: 'bobs password\n' })).toMatchObject({ status: 0, errors: [] })
  expect((await telecine('users list')).printed).toEqual([
    `admin\toperator\tenabled\t${REGION}`,
    `bob\tmember\tenabled\t${REGION}`,
  ])
  await site.signIn('bob', 'bobs password')
  expect((await telecine('users passwd bob', { stdin: 'a new password\r\n' })).status).toBe(0)
  await site.signIn('bob', 'a new password')
  expect((await telecine('users passwd bob --own', { stdin: 'whatever\nyet another one\n' })).status).toBe(0)
  await site.signIn('bob', 'yet another one')
  await telecine('projects add annex')
  expect((await telecine('users assign bob annex')).printed).toEqual(['bob is in annex'])
  await site.signIn('bob', 'yet another one', 'annex')
  expect((await telecine('users assign bob annex --remove')).printed).toEqual(['bob is no longer in annex'])
  expect((await telecine('users disable bob')).printed).toEqual(['disabled bob'])
  expect((await telecine('users list')).printed[1]).toContain('disabled')
  expect((await telecine('users enable bob')).printed).toEqual(['enabled bob'])
  expect((await telecine('users remove bob')).printed).toEqual(['removed bob'])
  expect(await telecine('users remove bob')).toEqual({
    status: 1,
    printed: [],
    errors: ['TELECINE.0404: There is no such user bob.'],
  })
})

test('projects: add, list, weigh, remove', async () => {
  expect((await telecine('projects add studio')).status).toBe(0)
  expect((await telecine('projects list')).printed.join('\n')).toMatch(/^studio\t[0-9a-f]{32}\t1$/m)
  expect((await telecine('projects weight studio 3')).printed).toEqual(['project studio has weight 3'])
  expect((await telecine('projects list')).printed.join('\n')).toMatch(/^studio\t[0-9a-f]{32}\t3$/m)
  expect((await telecine('projects remove studio')).printed).toEqual(['removed project studio'])
  expect((await telecine('projects list')).printed.join('\n')).not.toContain('studio')
})

test('keys: add tells the secret once, list, remove', async () => {
  const { printed } = await telecine('keys add')
  const [access = '', secret = ''] = printed.map((line) => line.split(' ')[1])
  expect((await site.call('GET', '/v3/projects', { key: { access, secret } })).status).toBe(200)
  const listed = (await telecine('keys list --user admin')).printed.join('\n')
  expect(listed).toContain(access)
  expect(listed).not.toContain(secret)
  expect((await telecine(`keys remove ${access}`)).status).toBe(0)
  expect((await site.call('GET', '/v3/projects', { key: { access, secret } })).status).toBe(401)
})

test('buckets: add, list, assign, remove', async () => {
  await telecine('projects add films')
  expect((await telecine('buckets add raw')).printed).toEqual(['authorised raw'])
  expect((await telecine('buckets list')).printed).toEqual([`raw\t${REGION}\tauthorised`])
  expect((await telecine('buckets assign raw films')).printed).toEqual(['raw belongs to films'])
  expect((await telecine('buckets list')).printed).toEqual([])
  expect((await telecine('buckets list --all')).printed).toEqual(['raw\tfilms\trevoked'])
  expect((await telecine('buckets remove raw')).printed).toEqual(['forgot raw'])
})

test('a list longer than a page is printed whole', async () => {
  const names = Array.from({ length: 120 }, (_, n) => `bucket-${n}`)
  const rows = names.map((name) => ({ name, project_id: site.projectId, authorized: true }))
  await site.db.kysely.insertInto('tenant_bucket').values(rows).execute()
  expect((await telecine('buckets list')).printed).toHaveLength(120)
})

test.each([
  ['users add', 'usage: telecine users add NAME [--role VALUE]'],
  ['users add a b', 'usage: telecine users add NAME [--role VALUE]'],
  ['users add bob --role boss', '--role must be member or operator'],
  ['users add bob', 'New password of bob is expected on stdin'],
  ['users list --no-such-flag', "Unknown option '--no-such-flag'"],
  ['buckets list --endpoint nowhere', '--endpoint must be a URL such as http://127.0.0.1:8080'],
])('wrong usage is one line and status 2: %s', async (line, error) => {
  expect(await telecine(line)).toEqual({ status: 2, printed: [], errors: [error] })
})

test('without credentials the command says what it needs; given them, it asks for the secret', async () => {
  const refused = await telecine('buckets list', { elsewhere: true })
  expect([refused.status, refused.errors]).toEqual([
    2,
    [
      'there is no credentials.json here: set TELECINE_DATA_DIR to the data folder of the service, or give --endpoint, ' +
        '--project-id and --access-key',
    ],
  ])
  const flags = `--endpoint ${site.served.url} --project-id ${site.projectId} --access-key ${site.operator.access}`
  const stdin = `${site.operator.secret}\n`
  expect((await telecine(`users list ${flags}`, { elsewhere: true, stdin })).printed[0]).toMatch(/^admin\toperator/)
  const wrong = await telecine(`users list ${flags}`, { elsewhere: true, stdin: 'wrong\n' })
  expect([wrong.status, wrong.errors[0]]).toEqual([1, expect.stringContaining('verify aksk signature fail')])
})

test('an API that is not there is one line too', async () => {
  const { status, errors } = await telecine('users list --endpoint http://127.0.0.1:1')
  expect([status, errors]).toEqual([1, [expect.stringMatching(/^cannot reach the API: .*/)]])
})

test.each(['users add --help', 'users add bob -h --role boss'])(
  'help is printed, nothing is done: %s',
  async (line) => {
    expect(await telecine(line)).toEqual({
      status: 0,
      printed: [`usage: telecine users add NAME [--role VALUE]\n\n${usersAdd.summary}`],
      errors: [],
    })
  },
)

test('a group without one of its commands is answered by how they are typed', async () => {
  const run = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [builtProgram(), ...args]).catch((error: unknown) => Object(error))
  const usages = CLIENT_COMMANDS.filter(({ name }) => name.startsWith('keys ')).map(
    (command) => `${usageOf(command)}\n`,
  )
  expect(usages).toHaveLength(3)
  expect(await run('keys')).toMatchObject({ code: 2, stdout: '', stderr: usages.join('') })
  expect(await run('keys', 'burn')).toMatchObject({ code: 2, stdout: '', stderr: usages.join('') })
  expect(await run('keys', '--help')).toEqual({ stdout: usages.join(''), stderr: '' })
  expect(await run('start', '--help')).toEqual({ stdout: 'usage: telecine start [FILE]\n', stderr: '' })
  expect(await run('key')).toMatchObject({ code: 2, stderr: 'telecine has no command "key"; see: telecine help\n' })
})

test('every command has a name of its own', () => {
  expect(new Set(CLIENT_COMMANDS.map(({ name }) => name)).size).toBe(CLIENT_COMMANDS.length)
  expect(findClientCommand(['users'])).toBeUndefined()
})
