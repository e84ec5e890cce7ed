import { chownSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { chooseAccount } from '../../src/main/embedded-postgres/account.ts'
import { prepareBinaries } from '../../src/main/embedded-postgres/binaries.ts'
import { ensureCluster } from '../../src/main/embedded-postgres/cluster.ts'
import { startPostmaster, stopPostmaster } from '../../src/main/embedded-postgres/postmaster.ts'
import { ensureSocketFolder } from '../../src/main/embedded-postgres/socket-folder.ts'
import {
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/main/embedded-postgres/start-embedded-postgres.ts'
import { mustTestAll } from '../support/object-store.ts'
import { ask, isRoot, quiet, startOwner } from './postgres-owner.ts'

const NOBODY = 65_534

const makeFolder = async (): Promise<string> => {
  // Of mode 0700: as root, that closes it to the user that PostgreSQL runs as.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'telecine-runtime-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('the database is UTF-8 with checksums and fsync, and listens on a socket of mode 0700 only', async () => {
  await using postgres = await startEmbeddedPostgres({ dataDir: await makeFolder(), log: quiet })
  const settings = [
    'data_checksums',
    'fsync',
    'server_encoding',
    'listen_addresses',
    'idle_in_transaction_session_timeout',
  ]
  const values = await Promise.all(settings.map(async (name) => (await ask(postgres.url, `show ${name}`))[0]))
  expect(values).toEqual(['on', 'on', 'UTF8', '', '1min'])
  const socketFolder = new URL(postgres.url).searchParams.get('host') ?? ''
  expect((await stat(socketFolder)).mode & 0o777).toBe(0o700)
})

test('rows are still there after stop and start, and another process finds the database while it runs', async () => {
  const dataDir = await makeFolder()
  expect(await findEmbeddedPostgres(dataDir, quiet)).toBe(undefined)
  {
    await using first = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
    expect(await findEmbeddedPostgres(dataDir, quiet)).toBe(first.url)
    await ask(first.url, `create table note as select 'kept' as text`)
  }
  await using second = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
  expect(await ask(second.url, 'select text from note')).toEqual(['kept'])
})

test('as root, PostgreSQL runs as another user, even below a folder that is closed to it', async ({ skip }) => {
  if (!isRoot && mustTestAll()) throw new Error('this needs root')
  skip(!isRoot, 'this needs root')
  const dataDir = join(await makeFolder(), 'data')
  await using postgres = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
  expect((await stat(`/proc/${postgres.pid}`)).uid).not.toBe(0)
  expect((await stat(join(dataDir, 'postgres/base'))).uid).toBe((await stat(`/proc/${postgres.pid}`)).uid)
  const capabilities = /CapEff:\s*(\w+)/.exec(await readFile(`/proc/${postgres.pid}/status`, 'utf8'))?.[1]
  // CAP_DAC_OVERRIDE is bit 1; there is no other.
  expect(Number.parseInt(capabilities ?? '', 16)).toBe(2)
})

test('as root on a machine without a user postgres, PostgreSQL runs as nobody', async ({ skip }) => {
  if (!isRoot && mustTestAll()) throw new Error('this needs root')
  skip(!isRoot, 'this needs root')
  const onlyNobody = (name: string) => (name === 'nobody' ? { uid: NOBODY, gid: NOBODY } : undefined)
  const account = await chooseAccount(await makeFolder(), quiet, onlyNobody)
  const binaries = await prepareBinaries(account, undefined)
  const cluster = await ensureCluster(account, binaries, false)
  const socketFolder = await ensureSocketFolder(account)
  const { binDir } = binaries
  const postmaster = await startPostmaster({ account, binDir, cluster, socketFolder, fsync: false, log: quiet })
  const { uid } = await stat(`/proc/${postmaster.pid}`)
  await stopPostmaster(postmaster)
  expect(uid).toBe(NOBODY)
})

test('an ordinary user owns its database and runs it itself', async () => {
  const dataDir = await makeFolder()
  if (isRoot) chownSync(dataDir, NOBODY, NOBODY)
  const user = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
  // Reading only, so that the sources may lie below a closed folder.
  const reading = ['--inh-caps=-all,+dac_read_search', '--ambient-caps=+dac_read_search']
  await using owner = await startOwner(dataDir, isRoot ? [...user, ...reading] : [])
  expect(await ask(owner.url, 'select current_user::text')).toEqual(['telecine'])
  expect((await stat(join(dataDir, 'postgres/base'))).uid).toBe(isRoot ? NOBODY : process.getuid?.())
})

test('a data folder whose path is too long for a socket works all the same', async () => {
  const dataDir = join(await makeFolder(), 'long-'.repeat(30))
  await using postgres = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
  expect(await ask(postgres.url, 'select 1 as one')).toEqual([1])
})

test('a data folder may have a name with commas, quotes, blanks, percent signs and letters of any language', async () => {
  const dataDir = join(await makeFolder(), 'media, films é%20x "q"')
  await using postgres = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
  expect(await ask(postgres.url, 'select 1 as one')).toEqual([1])
  expect(new URL(postgres.url).searchParams.get('host')).toBe(join(dataDir, 'postgres-socket'))
})

test('a wrong folder of programs is named', async () => {
  const folder = await makeFolder()
  const start = (binDir: string) => startEmbeddedPostgres({ dataDir: join(folder, 'data'), binDir, log: quiet })
  await expect(start('/nowhere')).rejects.toThrow(/^TELECINE_PG_BIN must be a folder with .*; \/nowhere\/postgres: /)
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 18.1"\n', { mode: 0o755 })
  await expect(start(folder)).rejects.toThrow(/^TELECINE_PG_BIN must be a folder with .*\/initdb: /)
})

test('a database of another major version is refused, and left alone', async () => {
  const dataDir = await makeFolder()
  await mkdir(join(dataDir, 'postgres'))
  await writeFile(join(dataDir, 'postgres/PG_VERSION'), '9\n')
  await expect(startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })).rejects.toThrow(
    /is of PostgreSQL 9, .* set TELECINE_PG_BIN/,
  )
  expect(await readFile(join(dataDir, 'postgres/PG_VERSION'), 'utf8')).toBe('9\n')
})

test('what a killed initdb left behind does not matter', async () => {
  const dataDir = await makeFolder()
  await mkdir(join(dataDir, 'postgres.new'))
  await writeFile(join(dataDir, 'postgres.new/PG_VERSION'), '18\n')
  await using postgres = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
  expect(await ask(postgres.url, 'select 1 as one')).toEqual([1])
})
