import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { connect } from '../../src/adapters/postgres/connect.ts'
import { type Account, chooseAccount, commandAs, runAs } from '../../src/main/embedded-postgres/account.ts'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

/** Debian keeps every major version in a folder of its own. */
const ROOT = '/usr/lib/postgresql'
/** What we promise to run on. */
const OLDEST = 15

/**
 * A PostgreSQL as an operator brings it: Debian's programs, TCP on loopback, passwords, and for us a role that owns one empty
 * database and is nobody else. Disposing stops it and removes everything.
 */
export interface ExternalPostgres extends AsyncDisposable {
  readonly url: string
  readonly majorVersion: number
}

/** Why there is none to test on; `undefined` when there is one. */
export const missingPostgres = (): string | undefined =>
  oldestVersion() === undefined
    ? `no PostgreSQL ${OLDEST} or newer in ${ROOT}: run .ci/install-postgres (Debian)`
    : undefined

/** The oldest that we promise to run on, because newer ones can only do more. */
const oldestVersion = (): number | undefined => {
  if (!existsSync(ROOT)) return undefined
  const versions = readdirSync(ROOT).map(Number)
  return versions
    .filter((version) => version >= OLDEST && existsSync(join(binOf(version), 'postgres')))
    .toSorted((left, right) => left - right)[0]
}

const binOf = (majorVersion: number): string => join(ROOT, String(majorVersion), 'bin')

/** Takes a second or two. */
export const startExternalPostgres = async (): Promise<ExternalPostgres> => {
  const majorVersion = oldestVersion()
  if (majorVersion === undefined) throw new Error(missingPostgres())
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'telecine-external-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const admin = { folder, bin: binOf(majorVersion), port: await freePort(), password: randomBytes(12).toString('hex') }
  const server = cleanup.use(await startServer(admin))
  const url = await makeDatabase(admin, server)
  const stack = cleanup.move()
  return { url, majorVersion, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

interface Cluster {
  readonly folder: string
  readonly bin: string
  readonly port: number
  /** Of the superuser. */
  readonly password: string
}

interface Server extends AsyncDisposable {
  readonly child: ChildProcess
  readonly lastWords: readonly string[]
}

const startServer = async ({ folder, bin, port, password }: Cluster): Promise<Server> => {
  // Its user, which is not root, must be able to walk through.
  await chmod(folder, 0o711)
  const account = await chooseAccount(folder, { debug: () => undefined, info: () => undefined, warn: () => undefined })
  const cluster = join(folder, 'cluster')
  await initialise(account, { bin, cluster, passwordFile: join(folder, 'password'), password })
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', fsync: 'off' }
  const command = commandAs(account, 'setpriv', [
    // It ends with this process, however that ends.
    ...['--pdeathsig', 'QUIT', '--', join(bin, 'postgres'), '-D', cluster],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ])
  const child = spawn(command.file, command.args, { ...command.options, stdio: ['ignore', 'ignore', 'pipe'] })
  const lastWords: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => lastWords.push(text))
  const ended = once(child, 'exit')
  return {
    child,
    lastWords,
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT')
      await ended
    },
  }
}

interface NewCluster {
  readonly bin: string
  readonly cluster: string
  readonly password: string
  readonly passwordFile: string
}

const initialise = async (account: Account, { bin, cluster, password, passwordFile }: NewCluster): Promise<void> => {
  await writeFile(passwordFile, password, { mode: 0o644 })
  await mkdir(cluster, { mode: 0o700 })
  if (account.rights !== 'own') await chown(cluster, account.uid, account.gid)
  const { ok, stderr } = runAs(account, join(bin, 'initdb'), [
    ...[`--pgdata=${cluster}`, '--no-sync', '--no-instructions', '--encoding=UTF8', '--locale=C.UTF-8'],
    ...['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
  ])
  if (!ok) throw new Error(`initdb failed: ${stderr}`)
}

/** Answers the URL that an operator would set. */
const makeDatabase = async ({ port, password }: Cluster, { child, lastWords }: Server): Promise<string> => {
  // With what passwords may have and URLs must escape.
  const ours = `${randomBytes(12).toString('hex')}@/?:%`
  const admin = connect(`postgresql://postgres:${password}@127.0.0.1:${port}/postgres`, {
    ...{ max: 1, applicationName: 'telecine tests' },
  })
  try {
    await until('PostgreSQL takes connections', async () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL did not start: ${lastWords.join('')}`)
      return sql`select 1`.execute(admin).catch(() => false)
    })
    await sql`create role telecine login password ${sql.lit(ours)}`.execute(admin)
    await sql`create database telecine owner telecine`.execute(admin)
  } finally {
    await admin.destroy()
  }
  return `postgresql://telecine:${encodeURIComponent(ours)}@127.0.0.1:${port}/telecine`
}
