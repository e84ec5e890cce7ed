import { randomBytes } from 'node:crypto'
import { accountStore } from '../adapters/postgres/accounts.ts'
import { randomId } from '../adapters/random-id.ts'
import { newAccessKey, newPassword } from '../core/auth/access-key.ts'
import { DOMAIN } from '../core/auth/account.ts'
import type { Bootstrapped } from '../core/auth/bootstrap.ts'
import type { ExistingStart } from '../core/auth/ports.ts'
import { createSealer } from '../core/auth/sealer.ts'
import type { AuthUseCases } from '../core/auth/use-cases.ts'
import { parseProjectId } from '../core/shared/ids.ts'
import { ConfigError } from './config.ts'
import {
  type Credentials,
  placeCredentials,
  readCredentials,
  removeCredentials,
  writeCredentials,
} from './credentials.ts'
import { firstLineOf } from './first-line.ts'
import type { Foundation } from './foundation.ts'

interface FirstStart {
  readonly foundation: Pick<Foundation, 'config' | 'logger' | 'db' | 'masterKey'>
  readonly auth: Pick<AuthUseCases, 'bootstrap' | 'signIn'>
  /** What `credentials.json` says to call. */
  readonly endpoint: string
}

/**
 * Makes what a new installation needs, and hands the credentials over in the data folder. The file is written before the
 * database: a process that dies in between leaves values that its next start uses, not a password that nobody knows. Secrets
 * are written down this once: later starts only say where the service is, and a file that was removed stays removed. Throws
 * `ConfigError` where it cannot be written, and for a master key that does not open what the database holds.
 */
export const firstStart = async (start: FirstStart): Promise<void> => {
  const { foundation, auth, endpoint } = start
  const { config, logger, db } = foundation
  const { dataDir, region, firstStart: given } = config
  const existing = await accountStore(db).existingStart(region)
  requireMasterKey(foundation, existing)
  const before = await readCredentials(dataDir)
  if (existing) return before && bringUpToDate(start, before, existing)
  // Without an installation it is a plan, ours of a start that died or that of a process beside us.
  const planned = before ?? (await planCredentials(start))
  const projectId = parseProjectId(planned.project_id)
  const made = await auth.bootstrap({
    ...{ region, userName: planned.user, password: given.password ?? planned.password },
    ...(projectId !== undefined && { projectId }),
    ...(given.accessKey ?? { access: planned.access_key, secret: planned.secret_key }),
  })
  if (!made.project || !made.userName || !made.access || !made.secret) return
  // Another host was first: what we planned is good for nothing.
  if (!(await isAsPlanned(auth, made, planned))) return removeCredentials(dataDir)
  await write(foundation, {
    ...{ endpoint, region, project_id: made.project.id, access_key: made.access, secret_key: made.secret },
    ...{ domain: DOMAIN.name, user: made.userName, password: made.password ?? planned.password },
  })
  if (made.made) logger.info({ data_dir: dataDir }, 'made a project, a user and an access key: see credentials.json')
}

/** Never another key or password than the file has: whoever removed its key did not ask for a copy of the next one. */
const bringUpToDate = async (
  { foundation, endpoint }: FirstStart,
  before: Credentials,
  { key, project }: ExistingStart,
): Promise<void> => {
  if (key?.access === before.access_key) {
    const { region } = foundation.config
    return write(foundation, { ...before, endpoint, region, project_id: project?.id ?? before.project_id })
  }
  // It may also be the plan of a process beside us that removes it, because another host was first: not to be brought back.
  if (before.endpoint !== endpoint) await write(foundation, { ...before, endpoint })
}

/** Otherwise every signed request would fail later, one by one. */
const requireMasterKey = ({ masterKey }: FirstStart['foundation'], existing: ExistingStart | undefined): void => {
  const { key } = existing ?? {}
  if (!key || createSealer(masterKey, 'secret-key', randomBytes).open(key.secretSealed, key.access)) return
  throw new ConfigError(
    'TELECINE_MASTER_KEY, or master.key in the data folder, must be the one that the database was made with; it does not ' +
      `open the secret of access key ${key.access}`,
  )
}

/**
 * Whether the very plan in our folder was carried out, by us or by another process on the same folder. Keys and project may be
 * the same on all hosts by their settings; then only the password tells.
 */
const isAsPlanned = async (
  auth: FirstStart['auth'],
  { made, access, userName }: Bootstrapped,
  planned: Credentials,
): Promise<boolean> => {
  if (made || access !== planned.access_key || userName !== planned.user) return made
  const { kind } = await auth.signIn({ userName, password: planned.password, scope: 'domain' })
  return kind === 'signed_in'
}

const planCredentials = async ({ foundation, endpoint }: FirstStart): Promise<Credentials> => {
  const { config, logger } = foundation
  const { dataDir, region, firstStart: given } = config
  const random = (count: number) => randomBytes(count)
  const { access, secret } = given.accessKey ?? newAccessKey(random)
  const planned: Credentials = {
    ...{ endpoint, region, project_id: given.projectId ?? randomId(), access_key: access, secret_key: secret },
    ...{ domain: DOMAIN.name, user: given.user, password: given.password ?? newPassword(random) },
  }
  try {
    return await placeCredentials(dataDir, planned)
  } catch (cause) {
    if (!given.accessKey || given.password === undefined) {
      throw new ConfigError(
        'TELECINE_DATA_DIR must be a folder that can be written to, unless TELECINE_ACCESS_KEY, TELECINE_SECRET_KEY and ' +
          'TELECINE_ADMIN_PASSWORD are set: what the first start makes would be lost; ' +
          `${dataDir} is not: ${firstLineOf(cause)}`,
        { cause },
      )
    }
    logger.warn({ err: cause, data_dir: dataDir }, 'credentials.json cannot be written; the settings have the same')
    return planned
  }
}

/** What must not be lost is in the plan, or in the settings: a folder that cannot be written to only leaves the file as it is. */
const write = async ({ config, logger }: FirstStart['foundation'], credentials: Credentials): Promise<void> => {
  try {
    await writeCredentials(config.dataDir, credentials)
  } catch (err) {
    logger.warn({ err, data_dir: config.dataDir }, 'credentials.json cannot be brought up to date')
  }
}
