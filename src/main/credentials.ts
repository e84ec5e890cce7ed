import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConfigError, type MasterKeyConfig } from './config.ts'
import { firstLineOf } from './first-line.ts'
import { makeFolder } from './make-folder.ts'
import { base64Key } from './setting-values.ts'

/** What the first start hands to the person who runs it: `credentials.json` in the data folder, mode 0600. */
export interface Credentials {
  readonly endpoint: string
  readonly region: string
  readonly project_id: string
  readonly access_key: string
  readonly secret_key: string
  readonly domain: string
  readonly user: string
  readonly password: string
}

const FIELDS = ['endpoint', 'region', 'project_id', 'access_key', 'secret_key', 'domain', 'user', 'password'] as const

const MAX_TRIES = 5

/** Where the credentials lie. */
export const credentialsPath = (dataDir: string): string => join(dataDir, 'credentials.json')

/** `undefined` when there are none yet. Throws `ConfigError` when the file cannot be read, or is not what we write. */
export const readCredentials = async (dataDir: string): Promise<Credentials | undefined> => {
  const path = credentialsPath(dataDir)
  const text = await readIfThere(path)
  return text === undefined ? undefined : parseCredentials(text, path)
}

/** Unless there are some: of several that start at once on one folder all use the first one's. Answers those that count. */
export const placeCredentials = async (dataDir: string, credentials: Credentials): Promise<Credentials> => {
  const path = credentialsPath(dataDir)
  await makeFolder(dataDir)
  return parseCredentials(await placeOnce(path, textOf(credentials)), path)
}

/** For those that turned out to be good for nothing. */
export const removeCredentials = (dataDir: string): Promise<void> => rm(credentialsPath(dataDir), { force: true })

/** Whole or not at all; replaces what was there. */
export const writeCredentials = async (dataDir: string, credentials: Credentials): Promise<void> => {
  const path = credentialsPath(dataDir)
  await makeFolder(dataDir)
  const temporary = await writeBeside(path, textOf(credentials))
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/**
 * The key that seals secrets in the database: the configured one, else `master.key` in the data folder, made by whoever comes
 * first. Never replaced: what was sealed under a lost key is lost.
 */
export const loadMasterKey = async (dataDir: string, config: MasterKeyConfig): Promise<Buffer> => {
  if (config.kind === 'given') return config.key
  const path = join(dataDir, 'master.key')
  const text = (await readIfThere(path)) ?? (await makeMasterKey(dataDir, path))
  const key = base64Key(text.trim())
  if (key === undefined) {
    throw new ConfigError(
      `TELECINE_DATA_DIR must be a folder of ours; ${path} does not hold 32 bytes in base64: restore it from a backup`,
    )
  }
  return key
}

const makeMasterKey = async (dataDir: string, path: string): Promise<string> => {
  await makeFolder(dataDir)
  return placeOnce(path, `${randomBytes(32).toString('base64')}\n`)
}

const textOf = (credentials: Credentials): string => `${JSON.stringify(credentials, FIELDS.slice(), 2)}\n`

/** Answers what the file holds then. */
const placeOnce = async (path: string, text: string): Promise<string> => {
  const temporary = await writeBeside(path, text)
  try {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (await linkOnce(temporary, path)) return text
      const others = await readIfThere(path)
      // Otherwise whoever was first has just found theirs good for nothing, and removed it.
      if (others !== undefined) return others
    }
    throw new Error(`${path} is neither there nor can it be made`)
  } finally {
    await unlink(temporary)
  }
}

/** Unlike rename, link never replaces: false when there is something already. */
const linkOnce = async (temporary: string, path: string): Promise<boolean> => {
  try {
    await link(temporary, path)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
  await syncFolder(dirname(path))
  return true
}

const parseCredentials = (text: string, path: string): Credentials => {
  const found = parseJson(text)
  const complete =
    typeof found === 'object' &&
    found !== null &&
    FIELDS.every((field) => typeof Reflect.get(found, field) === 'string')
  if (!complete) {
    throw new ConfigError(
      `TELECINE_DATA_DIR must be a folder of ours; ${path} lacks one of: ${FIELDS.join(', ')}. Restore or remove it`,
    )
  }
  return found as Credentials
}

/** `undefined` for what is no JSON. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const writeBeside = async (path: string, text: string): Promise<string> => {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    await using file = await open(temporary, 'wx', 0o600)
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  return temporary
}

/** Makes a new name in the folder survive a crash of the machine. */
const syncFolder = async (folder: string): Promise<void> => {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    // The second: a part of the path is a file. Whoever writes there will say so.
    if (hasCode(cause, 'ENOENT') || hasCode(cause, 'ENOTDIR')) return undefined
    throw new ConfigError(
      `TELECINE_DATA_DIR must be a folder whose files we may read; ${path} is not one: ${firstLineOf(cause)}`,
      { cause },
    )
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
