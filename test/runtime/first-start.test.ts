import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { UserId } from '../../src/core/shared/ids.ts'
import { createLogger } from '../../src/http/logger.ts'
import { ConfigError, readConfig } from '../../src/main/config.ts'
import { type Credentials, readCredentials, removeCredentials } from '../../src/main/credentials.ts'
import { firstStart } from '../../src/main/first-start.ts'
import { authOn, REGION } from '../auth/installation.ts'
import { runTelecine } from '../journeys/processes.ts'
import { someOf } from '../support/cases.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { PATIENT } from '../support/until.ts'

const ENDPOINT = 'http://127.0.0.1:8080'
const GIVEN_KEY = {
  TELECINE_PROJECT_ID: '0123456789abcdef0123456789abcdef',
  TELECINE_ACCESS_KEY: 'GIVENACCESSKEY',
  TELECINE_SECRET_KEY: 'given-secret',
}

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'telecine-first-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** An empty installation: a database, a master key, and hosts that start on it. */
const install = async () => {
  const db = await createDatabase({ max: 20 })
  onTestFinished(() => db[Symbol.asyncDispose]())
  const masterKey = randomBytes(32)
  const auth = authOn(db, { masterKey })
  const startHost = (dataDir: string, settings: Readonly<Record<string, string>> = {}, endpoint = ENDPOINT) => {
    const config = readConfig({ TELECINE_DATA_DIR: dataDir, TELECINE_REGION: REGION, ...settings })
    const logger = createLogger({ level: 'silent', destination: new PassThrough() })
    const foundation = { config, logger, db: db.kysely, masterKey }
    return firstStart({ foundation, auth, endpoint })
  }
  return { db, auth, startHost, folder: () => mkdtemp(join(root, 'host-')) }
}

type Site = Awaited<ReturnType<typeof install>>

/** Whether one can do with them what they are there for. */
const works = async ({ auth }: Pick<Site, 'auth'>, { access_key, secret_key, user, password }: Credentials) => {
  const key = await auth.lookUpAccessKey(access_key)
  const { kind } = await auth.signIn({ userName: user, password, scope: { project: REGION } })
  return { key: key.kind === 'found' && key.secret === secret_key, password: kind === 'signed_in' }
}
const ALL_WORKS = { key: true, password: true }

const found = async (folders: readonly string[]) =>
  (await Promise.all(folders.map(readCredentials))).filter((credentials) => credentials !== undefined)

const countAccounts = async (db: TestDatabase) => (await db.kysely.selectFrom('account').select('id').execute()).length

const KEYS = [
  ['random keys', {}],
  ['a given key', GIVEN_KEY],
] as const
test.each(someOf(KEYS))(
  'hosts that start at once on one folder hand over one set that works, with %s',
  async (_, settings) => {
    const site = await install()
    const folder = await site.folder()
    await Promise.all(Array.from({ length: 4 }, () => site.startHost(folder, settings)))
    const [credentials] = await found([folder])
    expect(credentials && (await works(site, credentials))).toEqual(ALL_WORKS)
    expect(await readdir(folder)).toEqual(['credentials.json'])
    expect(await countAccounts(site.db)).toBe(1)
  },
)

test.each(someOf(KEYS))(
  'of hosts with folders of their own only the one that was first keeps credentials, with %s',
  async (_, settings) => {
    const site = await install()
    const folders = await Promise.all(Array.from({ length: 4 }, site.folder))
    await Promise.all(folders.map((folder) => site.startHost(folder, settings)))
    const kept = await found(folders)
    expect(kept).toHaveLength(1)
    for (const credentials of kept) expect(await works(site, credentials)).toEqual(ALL_WORKS)
    expect(await countAccounts(site.db)).toBe(1)
  },
)

test('hosts on three folders that race for one database leave nothing that does not work', async () => {
  const site = await install()
  const folders = await Promise.all(Array.from({ length: 3 }, site.folder))
  await Promise.all([...folders, ...folders].map((folder) => site.startHost(folder)))
  const kept = await found(folders)
  expect(kept.length).toBeGreaterThan(0)
  for (const credentials of kept) expect(await works(site, credentials)).toEqual(ALL_WORKS)
  const files = (await Promise.all(folders.map((folder) => readdir(folder)))).flat()
  expect(new Set(files)).toEqual(new Set(['credentials.json']))
})

test('processes that start at once on an empty database are all ready, and the credentials work', PATIENT, async () => {
  await using db = await createDatabase({ schema: 'empty' })
  const masterKey = randomBytes(32)
  const folders = ['shared', 'shared', 'alone'].map((name) => join(root, name))
  const settings = {
    TELECINE_DATABASE_URL: db.url,
    TELECINE_MASTER_KEY: masterKey.toString('base64'),
    ...{ TELECINE_REGION: REGION, TELECINE_LISTEN: '127.0.0.1:0' },
  }
  await using hosts = new AsyncDisposableStack()
  const processes = folders.map((folder) =>
    hosts.use(runTelecine(['serve'], { ...settings, TELECINE_DATA_DIR: folder })),
  )
  await Promise.all(processes.map((host) => host.said('telecine ready ')))
  const kept = await found([...new Set(folders)])
  expect(kept).toHaveLength(1)
  const auth = authOn(db, { masterKey })
  for (const credentials of kept) expect(await works({ auth }, credentials)).toEqual(ALL_WORKS)
})

describe('a later start', () => {
  const MOVED = 'http://127.0.0.1:9090'
  const started = async () => {
    const site = await install()
    const folder = await site.folder()
    await site.startHost(folder)
    const [before] = await found([folder])
    if (!before) throw new Error('the first start wrote nothing')
    const first = await site.db.kysely.selectFrom('account').select('id').executeTakeFirstOrThrow()
    const by = { userId: first.id as UserId, userName: before.user, role: 'operator', projects: [] } as const
    const addKey = () => site.auth.addAccessKey({ by: { ...by, via: 'access_key' } })
    const removeKey = () => site.auth.removeAccessKey({ ...by, via: 'access_key' }, before.access_key)
    return { ...site, folder, before, addKey, removeKey }
  }

  test('says where the service is now, and changes nothing else', async () => {
    const { startHost, folder, before, addKey } = await started()
    await addKey()
    await startHost(folder, {}, MOVED)
    expect(await found([folder])).toEqual([{ ...before, endpoint: MOVED }])
  })
  test('never writes another key down in place of one that was removed', async () => {
    const { startHost, folder, before, addKey, removeKey } = await started()
    await addKey()
    await removeKey()
    await startHost(folder)
    expect(await found([folder])).toEqual([before])
    await startHost(folder, {}, MOVED)
    expect(await found([folder])).toEqual([{ ...before, endpoint: MOVED }])
  })
  test('does not bring back a file that was removed', async () => {
    const { startHost, folder } = await started()
    await removeCredentials(folder)
    await startHost(folder)
    expect(await readdir(folder)).toEqual([])
  })
})

test('what would be lost is not made: a folder that cannot be written to is named, and the next start is the first', async () => {
  const site = await install()
  const file = join(await site.folder(), 'file')
  await writeFile(file, '')
  const refusal = site.startHost(join(file, 'data'))
  await expect(refusal).rejects.toBeInstanceOf(ConfigError)
  await expect(refusal).rejects.toThrow(/^TELECINE_DATA_DIR must be a folder that can be written to, .*: ENOTDIR/)
  expect(await countAccounts(site.db)).toBe(0)
  const folder = await site.folder()
  await site.startHost(folder)
  const [credentials] = await found([folder])
  expect(credentials && (await works(site, credentials))).toEqual(ALL_WORKS)
})

test('where the settings have all that is handed over, nobody needs to write it down', async () => {
  const site = await install()
  const file = join(await site.folder(), 'file')
  await writeFile(file, '')
  await site.startHost(join(file, 'data'), { ...GIVEN_KEY, TELECINE_ADMIN_PASSWORD: 'given-password' })
  const { kind } = await site.auth.signIn({ userName: 'admin', password: 'given-password', scope: 'domain' })
  expect(kind).toBe('signed_in')
})

test.each([
  [
    'cannot be read',
    (path: string) => mkdir(path),
    /^TELECINE_DATA_DIR must be .*credentials\.json is not one: EISDIR/,
  ],
  ['is no JSON', (path: string) => writeFile(path, '{"endpoint":'), /^TELECINE_DATA_DIR must be .* lacks one of/],
])('a credentials.json that %s is named, and nothing is made', async (_, spoil, message) => {
  const site = await install()
  const folder = await site.folder()
  await spoil(join(folder, 'credentials.json'))
  const refusal = site.startHost(folder)
  await expect(refusal).rejects.toBeInstanceOf(ConfigError)
  await expect(refusal).rejects.toThrow(message)
  expect(await countAccounts(site.db)).toBe(0)
})

test('a master key that is not the one of the database is named at the start', async () => {
  const site = await install()
  await site.startHost(await site.folder())
  const config = readConfig({ TELECINE_DATA_DIR: await site.folder(), TELECINE_REGION: REGION })
  const logger = createLogger({ level: 'silent', destination: new PassThrough() })
  const foundation = { config, logger, db: site.db.kysely, masterKey: randomBytes(32) }
  const refusal = firstStart({ foundation, auth: site.auth, endpoint: ENDPOINT })
  await expect(refusal).rejects.toBeInstanceOf(ConfigError)
  await expect(refusal).rejects.toThrow(/^TELECINE_MASTER_KEY, or master\.key in the data folder, must be the one/)
})
