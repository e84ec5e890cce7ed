import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, commandAs, runAs } from './account.ts'
import type { Log } from './log.ts'

/** A live postmaster: a child of ours, or one that outlived an earlier process. */
export interface Postmaster {
  readonly pid: number
  readonly socketFolder: string
  /** Resolves, with a word on how, when the process is gone. */
  readonly ended: Promise<string>
}

export interface PostmasterSettings {
  readonly account: Account
  readonly binDir: string
  readonly cluster: string
  readonly socketFolder: string
  readonly fsync: boolean
  readonly log: Log
}

const POLL_MS = 10
const ORPHAN_POLL_MS = 100
const KEPT_LINES = 20

/** Starts a postmaster and waits until it takes connections. Throws with its last words when it ends before. */
export const startPostmaster = async (settings: PostmasterSettings): Promise<Postmaster> => {
  const { account, cluster, binDir, socketFolder, log } = settings
  const command = commandAs(account, join(binDir, 'postgres'), ['-D', cluster, ...options(settings)])
  const child = spawn(command.file, command.args, {
    ...command.options,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own session: Ctrl-C in our terminal must not stop the database before we have drained.
    detached: true,
  })
  const lastWords = follow(child, log)
  const outcome: { ended?: string } = {}
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal))
  })
  void ended.then((how) => {
    outcome.ended = how
  })
  const { pid } = child
  while (outcome.ended === undefined && pid !== undefined) {
    const file = await readPidFile(cluster)
    if (file?.pid === pid && file.status === 'ready') return { pid, socketFolder, ended }
    await delay(POLL_MS)
  }
  throw new Error(`PostgreSQL did not start (${await ended}): ${lastWords.join(' | ')}`)
}

/**
 * The postmaster that an earlier process of ours left behind, when it is up; waits for one that is on its way down. Also clears
 * a `postmaster.pid` whose number meanwhile belongs to another program: PostgreSQL itself would refuse to start over it.
 */
export const findOrphan = async (cluster: string): Promise<Postmaster | undefined> => {
  for (;;) {
    const file = await readPidFile(cluster)
    if (file === undefined || !isAlive(file.pid)) return undefined
    if (!(await isPostmasterOf(file.pid, file.cluster))) {
      await rm(join(cluster, 'postmaster.pid'), { force: true })
      await rm(join(file.socketFolder, '.s.PGSQL.5432.lock'), { force: true })
      return undefined
    }
    if (file.status === 'ready') return { ...file, ended: endOf(file.pid) }
    await delay(POLL_MS)
  }
}

/** Fast shutdown: open transactions are rolled back, clients disconnected. After the grace period the immediate one. */
export const stopPostmaster = async ({ pid, ended }: Postmaster, graceMs = 30_000): Promise<void> => {
  signalIfAlive(pid, 'SIGINT')
  const late = new AbortController()
  const immediate = delay(graceMs, undefined, { signal: late.signal, ref: false }).then(
    () => signalIfAlive(pid, 'SIGQUIT'),
    () => undefined,
  )
  await ended
  late.abort()
  await immediate
}

// On the command line, not in postgresql.conf: what holds is what this version of ours says, also for an old cluster.
const options = ({ socketFolder, fsync }: PostmasterSettings): readonly string[] => {
  const settings = {
    listen_addresses: '',
    port: '5432',
    unix_socket_directories: listOfOne(socketFolder),
    unix_socket_permissions: '0700',
    max_connections: '200',
    // What a million assets are searched in fits. Memory is taken only as far as the database is large.
    shared_buffers: '512MB',
    idle_in_transaction_session_timeout: '60s',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Our statements are short; a compiler or helper processes only add to the slowest ones, and parallel plans need more of
    // /dev/shm than containers give.
    jit: 'off',
    max_parallel_workers_per_gather: '0',
    // Errors of statements belong to whoever sent them; here they could only leak values into logs.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    // Even without fsync every commit is written: kill -9 of processes loses nothing, only a crash of the machine does.
    ...(fsync ? { fsync: 'on' } : { fsync: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** Unquoted, PostgreSQL would end the path at a comma, and drop blanks at its ends (SplitDirectoriesString in varlena.c). */
const listOfOne = (path: string): string => `"${path.replaceAll('"', '""')}"`

const follow = (child: ChildProcess, log: Log): readonly string[] => {
  const lastWords: string[] = []
  if (child.stderr === null) return lastWords
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastWords.push(line)
    if (lastWords.length > KEPT_LINES) lastWords.shift()
    // FATAL is the end of one connection, part of any restart; why a start failed is thrown with its last words.
    if (/ PANIC: /.test(line)) log.warn(`PostgreSQL: ${line}`)
    else log.debug(`PostgreSQL: ${line}`)
  })
  return lastWords
}

interface PidFile {
  readonly pid: number
  /** As PostgreSQL was told; another spelling of the path when the folder was moved or mounted elsewhere. */
  readonly cluster: string
  readonly socketFolder: string
  readonly status: string
}

const readPidFile = async (cluster: string): Promise<PidFile | undefined> => {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined)
  // Lines: pid, folder, start time, port, socket folder, address, shared memory, status (src/include/utils/pidfile.h).
  const [pid, folder, , , socketFolder, , , status] = (text ?? '').split('\n')
  if (pid === undefined || !/^\d+$/.test(pid) || folder === undefined) return undefined
  return { pid: Number(pid), cluster: folder, socketFolder: socketFolder ?? '', status: (status ?? '').trim() }
}

const isPostmasterOf = async (pid: number, cluster: string): Promise<boolean> => {
  const self: Account = { uid: 0, gid: 0, home: '/', rights: 'own' }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(
    () => runAs(self, 'ps', ['-o', 'command=', '-p', String(pid)]).stdout,
  )
  return commandLine.includes('postgres') && commandLine.includes(cluster)
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const signalIfAlive = (pid: number, signal: NodeJS.Signals): void => {
  if (isAlive(pid)) process.kill(pid, signal)
}

const endOf = async (pid: number): Promise<string> => {
  while (isAlive(pid)) await delay(ORPHAN_POLL_MS)
  return 'it had been started by an earlier process'
}
