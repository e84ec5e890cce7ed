import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockDataFolder } from '../../src/main/data-folder-lock.ts'
import { type Answer, startDialect } from '../adapters/s3-dialect.ts'
import { runTelecine } from '../journeys/processes.ts'
import { builtProgram } from '../support/built-program.ts'
import { createDatabase } from '../support/database.ts'
import { PATIENT, until } from '../support/until.ts'
import { isRoot } from './postgres-owner.ts'
import {
  databaseSettings,
  expectRefusedByNewer,
  expectRefusedWhereThereIsNone,
  expectRefusedWithRights,
  refusalOf,
  type Settings,
} from './refused-by-database.ts'

const SECRET = 'store-secret-7f3a'
const LISTING: Answer = {
  status: 200,
  body: '<ListAllMyBucketsResult><Owner><ID>me</ID></Owner></ListAllMyBucketsResult>',
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-start-refused-'))
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const lineOf = async (command: string, settings: Settings, run: Parameters<typeof refusalOf>[2] = {}) => {
  const line = await refusalOf(command, { TELECINE_DATA_DIR: join(folder, 'never'), ...settings }, run)
  expect(line).not.toContain(SECRET)
  return line
}

const storeSettings = (endpoint: string): Settings => ({
  ...{ TELECINE_S3_ENDPOINT: endpoint, TELECINE_S3_ACCESS_KEY: 'key', TELECINE_S3_SECRET_KEY: SECRET },
})

test.each([
  ['TELECINE_FFMPEG_PATH names no FFmpeg', { TELECINE_FFMPEG_PATH: '/bin/true' }],
  ['TELECINE_TLS_CERT must be', { TELECINE_TLS_CERT: '/nowhere.crt', TELECINE_TLS_KEY: '/nowhere.key' }],
  ['TELECINE_S3_ENDPOINT must be', storeSettings('http://127.0.0.1:1')],
])('everything on one machine is stopped by %s, and leaves nothing behind', async (beginning, settings) => {
  expect((await lineOf('start', settings)).startsWith(beginning)).toBe(true)
  expect(await readdir(folder)).not.toContain('never')
})

test('a folder or a device in the place of FILE is refused before anything starts', async () => {
  for (const file of [folder, '/dev/null']) {
    expect(await lineOf('start', {}, { args: [file] })).toBe(
      `start FILE: ${file} must be a file that can be read; it is a folder or a device`,
    )
  }
  expect(await lineOf('start', {}, { args: ['/nowhere.mp4'] })).toMatch(
    /^start FILE: \/nowhere\.mp4 must be a file .*ENOENT/,
  )
  expect(await lineOf('start', storeSettings('http://127.0.0.1:1'), { args: [builtProgram()] })).toMatch(
    /^start FILE needs the local/,
  )
  expect(await readdir(folder)).not.toContain('never')
})

// Each command and each refusal; all of both together are in test/long/.
const refused = (command: string) => ({ command, dataDir: join(folder, 'external') })

test('serve is stopped by a database that does not let us in', () => expectRefusedWhereThereIsNone(refused('serve')))

test('worker is stopped by a database of a newer version', () => expectRefusedByNewer(refused('worker')))

test.each([
  ['start', 'tables'],
  ['migrate', 'nothing'],
] as const)(
  '%s is stopped by a role that may make %s and no schemas, with the right that it lacks',
  (command, rights) => expectRefusedWithRights(rights, refused(command)),
)

test('an API process is stopped by a bucket of somebody else', async () => {
  await using database = await createDatabase()
  await using store = await startDialect(({ request }) => (request.method === 'HEAD' ? { status: 403 } : LISTING))
  const line = await lineOf('serve', { ...databaseSettings(database.url), ...storeSettings(store.endpoint) })
  expect(line).toBe(
    'TELECINE_VOD_BUCKET must be a bucket that we may use, or a free name; ' +
      'cannot create bucket vod-bucket-1-cn-north-4: the object store denies access',
  )
})

test('a second start on the same data folder is refused before it touches the database', async () => {
  await using database = await createDatabase({ schema: 'empty' })
  const dataDir = join(folder, 'in-use')
  using _first = await lockDataFolder(dataDir)
  expect(await lineOf('start', { ...databaseSettings(database.url), TELECINE_DATA_DIR: dataDir })).toMatch(
    /^the data folder .* is in use by another telecine/,
  )
  const { rows } = await sql`select tablename from pg_tables where schemaname = 'public'`.execute(database.kysely)
  expect(rows).toEqual([])
})

test('a data folder that cannot be written to stops the start, and nothing is made there', async () => {
  const dataDir = join(folder, 'closed')
  await mkdir(dataDir, { mode: 0o555 })
  // Root may write anywhere. Reading is left to nobody, so that the sources may lie below a closed folder.
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
  const reading = ['--inh-caps=-all,+dac_read_search', '--ambient-caps=+dac_read_search']
  const line = await lineOf('start', { TELECINE_DATA_DIR: dataDir }, isRoot ? { wrapper: [...nobody, ...reading] } : {})
  expect(line).toMatch(/^TELECINE_DATA_DIR must be a folder that can be written to; \/.*\/closed is not: EACCES/)
  expect(await readdir(dataDir)).toEqual([])
})

test('once it runs, a process waits for a store that is away', PATIENT, async () => {
  await using database = await createDatabase()
  let isAway = false
  await using store = await startDialect(() => (isAway ? { status: 503 } : LISTING))
  await using telecine = runTelecine(['serve'], {
    ...{ ...databaseSettings(database.url), ...storeSettings(store.endpoint) },
    ...{ TELECINE_DATA_DIR: join(folder, 'away'), TELECINE_LISTEN: '127.0.0.1:0' },
  })
  const url = (await telecine.said('telecine ready ')).slice('telecine ready '.length)
  const readiness = async () => {
    const answer = await fetch(`${url}/readyz`)
    return [answer.status, Object(await answer.json()).checks.store]
  }
  expect(await readiness()).toEqual([200, 'ok'])
  isAway = true
  expect(await readiness()).toEqual([503, 'failed'])
  isAway = false
  await until('it is ready again', async () => (await readiness())[0] === 200)
})
