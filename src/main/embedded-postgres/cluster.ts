import { chown, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../config.ts'
import { type Account, CLUSTER, runAs } from './account.ts'
import type { Binaries } from './binaries.ts'

/** The first version with the locale provider that sorts and folds case alike on every operating system. */
const BUILTIN_LOCALES_SINCE = 17

/** The superuser of the cluster and the only role. */
export const ROLE = 'telecine'

/**
 * The cluster's folder, made by initdb on the first call: whole or not at all, for a half-made one would stop every later
 * start. Refuses a cluster of another major version.
 */
export const ensureCluster = async (account: Account, binaries: Binaries, fsync: boolean): Promise<string> => {
  const cluster = join(account.home, CLUSTER)
  const version = await readVersion(cluster)
  if (version === undefined) {
    const unfinished = `${cluster}.new`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { mode: 0o700 })
    if (account.rights !== 'own') await chown(unfinished, account.uid, account.gid)
    initialise(account, binaries, [`--pgdata=${unfinished}`, ...(fsync ? [] : ['--no-sync'])])
    await rename(unfinished, cluster)
  } else if (Number(version) !== binaries.majorVersion) {
    throw new ConfigError(
      `the database in ${cluster} is of PostgreSQL ${version.trim()}, the programs in ${binaries.binDir} are of ` +
        `${binaries.majorVersion}; set TELECINE_PG_BIN to a PostgreSQL ${version.trim()}`,
    )
  }
  return cluster
}

const readVersion = async (cluster: string): Promise<string | undefined> => {
  try {
    return await readFile(join(cluster, 'PG_VERSION'), 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT') return undefined
    throw new Error(`cannot read the database in ${cluster}; was telecine started as another user before? (${code})`, {
      cause,
    })
  }
}

const initialise = (account: Account, binaries: Binaries, args: readonly string[]): void => {
  const locale = ['--encoding=UTF8', '--locale=C']
  if (binaries.majorVersion >= BUILTIN_LOCALES_SINCE) {
    locale.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8')
  }
  // `trust`, because the socket lies in a folder of mode 0700: whoever gets that far may read the data files just as well, and
  // `peer` fails for users without a passwd entry. There is no TCP port.
  const { ok, stderr } = runAs(account, join(binaries.binDir, 'initdb'), [
    ...args,
    ...locale,
    `--username=${ROLE}`,
    '--auth-local=trust',
    '--auth-host=reject',
    '--data-checksums',
    '--no-instructions',
  ])
  if (!ok) throw new Error(`initdb failed in ${account.home}: ${stderr.trim()}`)
}
