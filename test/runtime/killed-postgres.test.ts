import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/adapters/postgres/connect.ts'
import { DataFolderInUseError } from '../../src/main/data-folder-lock.ts'
import { startEmbeddedPostgres } from '../../src/main/embedded-postgres/start-embedded-postgres.ts'
import { thorough } from '../support/cases.ts'
import { ask, isAlive, kill, quiet, startOwner, until, watchdogOf } from './postgres-owner.ts'

// Killed processes lose nothing that they wrote, only a machine that goes down does: fsync may be off here.
const makeFolder = async (): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'telecine-runtime-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('after kill -9 of PostgreSQL the same pool works again, and committed rows are there', async () => {
  await using postgres = await startEmbeddedPostgres({ dataDir: await makeFolder(), fsync: 'off', log: quiet })
  await using db = connect(postgres.url, { max: 2, applicationName: 'telecine test' })
  await sql`create table note (text text)`.execute(db)
  await sql`insert into note values ('committed')`.execute(db)
  const killed = postgres.pid
  process.kill(killed, 'SIGKILL')
  await until(async () => {
    const answer = await sql`select text from note`.execute(db).catch(() => undefined)
    return postgres.pid !== killed && answer?.rows.length === 1
  })
})

test('after kill -9 of the owner PostgreSQL is stopped, and the next start goes on', async () => {
  const dataDir = await makeFolder()
  await using owner = await startOwner(dataDir)
  await ask(owner.url, `create table note as select 'kept' as text`)
  await kill(owner.process)
  await until(() => !isAlive(owner.postmaster))
  await using next = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
  expect(await ask(next.url, 'select text from note')).toEqual(['kept'])
})

thorough('a start right after kill -9 of the owner goes on, whatever its PostgreSQL is doing', async () => {
  const dataDir = await makeFolder()
  await using owner = await startOwner(dataDir)
  await kill(owner.process)
  await using next = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
  // The old watchdog may stop the one that was attached to; then it is started again.
  await until(async () => (await ask(next.url, 'select 1 as one').catch(() => []))[0] === 1)
})

test('a PostgreSQL that outlived owner and watchdog is attached to, and stopped by its new owner', async () => {
  const dataDir = await makeFolder()
  await using owner = await startOwner(dataDir)
  const pid = owner.process.pid ?? 0
  owner.process.kill('SIGSTOP')
  process.kill((await watchdogOf(pid)) ?? 0, 'SIGKILL')
  await kill(owner.process)
  {
    await using next = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
    expect(next.pid).toBe(owner.postmaster)
    expect(await ask(next.url, 'select 1 as one')).toEqual([1])
  }
  expect(isAlive(owner.postmaster)).toBe(false)
})

thorough('an attached PostgreSQL that is killed is started again under the same URL', async () => {
  const dataDir = await makeFolder()
  await using owner = await startOwner(dataDir)
  owner.process.kill('SIGSTOP')
  process.kill((await watchdogOf(owner.process.pid ?? 0)) ?? 0, 'SIGKILL')
  await kill(owner.process)
  await using next = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
  process.kill(next.pid, 'SIGKILL')
  await until(
    async () => next.pid !== owner.postmaster && (await ask(next.url, 'select 1 as one').catch(() => []))[0] === 1,
  )
})

test('a killed watchdog is replaced', async () => {
  await using owner = await startOwner(await makeFolder())
  const pid = owner.process.pid ?? 0
  const first = (await watchdogOf(pid)) ?? 0
  process.kill(first, 'SIGKILL')
  await until(async () => ![undefined, first].includes(await watchdogOf(pid)))
  await kill(owner.process)
  await until(() => !isAlive(owner.postmaster))
})

thorough('a second instance on the data folder is refused with the process that holds it', async () => {
  const dataDir = await makeFolder()
  await using owner = await startOwner(dataDir)
  const refused = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(DataFolderInUseError)
  expect(String(refused)).toContain(`${dataDir} is in use by another telecine (process ${owner.process.pid})`)
  expect(await ask(owner.url, 'select 1 as one')).toEqual([1])
})

test('a process id in postmaster.pid that meanwhile belongs to another program does not block the start', async () => {
  const dataDir = await makeFolder()
  const cluster = join(dataDir, 'postgres')
  let pidFile = ''
  {
    await using first = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
    pidFile = await readFile(join(cluster, 'postmaster.pid'), 'utf8')
    expect(pidFile.startsWith(`${first.pid}\n`)).toBe(true)
  }
  // Of the same user as PostgreSQL: only such a process makes PostgreSQL refuse.
  const { uid, gid } = await stat(cluster)
  const stranger = spawn('sleep', ['60'], { uid, gid, cwd: '/', stdio: 'ignore' })
  onTestFinished(() => kill(stranger))
  await once(stranger, 'spawn')
  await writeFile(join(cluster, 'postmaster.pid'), pidFile.replace(/^\d+/, String(stranger.pid)))
  await using second = await startEmbeddedPostgres({ dataDir, fsync: 'off', log: quiet })
  expect(await ask(second.url, 'select 1 as one')).toEqual([1])
  expect(isAlive(stranger.pid ?? 0)).toBe(true)
})
