import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from './log.ts'

/** Under which user PostgreSQL runs, and where its files lie. */
export interface Account {
  readonly uid: number
  readonly gid: number
  /** Folder of the cluster and, where needed, of a copy of the binaries. */
  readonly home: string
  readonly rights: 'own' | 'switch_user' | 'switch_user_and_reach_closed_folders'
}

const CAP_DAC_OVERRIDE = 1n << 1n

/** The cluster's folder below `Account.home`. */
export const CLUSTER = 'postgres'

/**
 * PostgreSQL refuses to run as root. Then it runs as whoever owns the cluster already, else `postgres`, else `nobody`. Where
 * that user cannot walk to the data folder (below /root, say) it keeps CAP_DAC_OVERRIDE, and no other capability; where even
 * that is impossible the cluster lies under /var/lib/telecine. `lookUp` knows the users of this machine by name.
 */
export const chooseAccount = async (dataDir: string, log: Log, lookUp: LookUpUser = askSystem): Promise<Account> => {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()]
  if (uid === undefined || gid === undefined) throw new Error('the embedded PostgreSQL needs Linux or macOS')
  if (uid !== 0) return { uid, gid, home: dataDir, rights: 'own' }
  await requireAllAccess()
  const user = (await ownerOf(join(dataDir, CLUSTER))) ?? lookUp('postgres') ?? lookUp('nobody')
  if (user === undefined) throw new Error('PostgreSQL cannot run as root, and there is no user "postgres" or "nobody"')
  const elsewhere = join('/var/lib/telecine', createHash('sha256').update(dataDir).digest('hex').slice(0, 16))
  // Once there, always there: when the data folder becomes reachable, a second and empty database would look like a loss.
  if ((await ownerOf(join(elsewhere, CLUSTER))) !== undefined)
    return accountElsewhere(user, { dataDir, elsewhere, log })
  const switched: Account = { ...user, home: dataDir, rights: 'switch_user' }
  if (canReach(switched, dataDir)) return switched
  const reaching: Account = { ...user, home: dataDir, rights: 'switch_user_and_reach_closed_folders' }
  if (canReach(reaching, dataDir)) return reaching
  return accountElsewhere(user, { dataDir, elsewhere, log })
}

interface Elsewhere {
  readonly dataDir: string
  readonly elsewhere: string
  readonly log: Log
}

const accountElsewhere = async (user: User, { dataDir, elsewhere, log }: Elsewhere): Promise<Account> => {
  await mkdir(elsewhere, { recursive: true })
  const owner = (await ownerOf(join(elsewhere, CLUSTER))) ?? user
  const account: Account = { ...owner, home: elsewhere, rights: 'switch_user' }
  if (!canReach(account, elsewhere)) {
    throw new Error(`user ${account.uid} may enter neither ${dataDir} nor ${elsewhere}, so PostgreSQL cannot run there`)
  }
  log.warn(`the database lies in ${elsewhere}: PostgreSQL's user ${account.uid} may not enter ${dataDir}`)
  return account
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** The working directory is / because the caller's may be closed to the account. */
  readonly options: {
    readonly cwd: '/'
    readonly env: Record<string, string>
    readonly uid?: number
    readonly gid?: number
  }
}

/** The command as the account runs it. Nothing of our environment reaches it: PGDATA, PGPORT or LC_ALL would change what it does. */
export const commandAs = (account: Account, file: string, args: readonly string[]): Command => {
  const options = { cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } } as const
  const { uid, gid } = account
  switch (account.rights) {
    case 'own':
      return { file, args, options }
    case 'switch_user':
      return { file, args, options: { ...options, uid, gid } }
    case 'switch_user_and_reach_closed_folders': {
      const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
      const rights = ['--inh-caps=-all,+dac_override', '--ambient-caps=+dac_override', '--no-new-privs']
      return { file: 'setpriv', args: [...ids, ...rights, file, ...args], options }
    }
  }
}

/** Runs a short command to its end as the account. */
export const runAs = (account: Account, file: string, args: readonly string[]) => {
  const command = commandAs(account, file, args)
  const { status, stdout, stderr, error } = spawnSync(command.file, command.args, {
    ...command.options,
    encoding: 'utf8',
    timeout: 120_000,
  })
  return { ok: status === 0, stdout: stdout ?? '', stderr: error === undefined ? (stderr ?? '') : error.message }
}

/** Containers may take it from root; then not even we could reach what belongs to the other user. */
const requireAllAccess = async (): Promise<void> => {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => undefined)
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1]
  if (effective === undefined || (BigInt(`0x${effective}`) & CAP_DAC_OVERRIDE) !== 0n) return
  throw new Error(
    'as root without CAP_DAC_OVERRIDE no embedded PostgreSQL can be run; start telecine as an ordinary user',
  )
}

// Asked of the kernel, not worked out from mode bits: those know nothing of ACLs and mounts.
const canReach = (account: Account, folder: string): boolean => runAs(account, '/bin/sh', ['-c', 'cd "$0"', folder]).ok

type User = Pick<Account, 'uid' | 'gid'>
type LookUpUser = (name: string) => User | undefined

const ownerOf = async (path: string): Promise<User | undefined> => {
  const found = await stat(path).catch(() => undefined)
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid }
}

const askSystem: LookUpUser = (name) => {
  const idOf = (flag: string): number => Number.parseInt(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout, 10)
  const [uid, gid] = [idOf('-u'), idOf('-g')]
  return Number.isNaN(uid) || Number.isNaN(gid) ? undefined : { uid, gid }
}
