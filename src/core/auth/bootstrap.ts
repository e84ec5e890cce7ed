import { type NewId, type ProjectId, parseProjectId, parseUserId } from '../shared/ids.ts'
import { newAccessKey, newPassword } from './access-key.ts'
import type { Project } from './account.ts'
import { requireName } from './name.ts'
import { hashPassword } from './password.ts'
import type { AccountStore } from './ports.ts'
import type { RandomBytes, Sealer } from './sealer.ts'
import { openSecret, sealSecret } from './verify-credentials.ts'

export interface BootstrapDeps {
  readonly accounts: Pick<AccountStore, 'existingStart' | 'firstStart'>
  readonly secretKeys: Sealer
  readonly newId: NewId
  readonly random: RandomBytes
}

/** What is not given is random. */
export interface BootstrapCommand {
  /** Names the first project: the vendor's SDKs look it up so. */
  readonly region: string
  readonly projectId?: ProjectId
  readonly access?: string
  readonly secret?: string
  readonly userName?: string
  readonly password?: string
}

/** Members are absent where an operator has removed the thing meanwhile; a stored password cannot be told. */
export interface Bootstrapped {
  /** Whether this very call made them: then the password is the user's. */
  readonly made: boolean
  readonly project?: Project
  readonly userName?: string
  readonly password?: string
  readonly access?: string
  readonly secret?: string
}

/**
 * Sees to it that there is a project, an operator and an access key. Safe at every start and in any number of processes
 * at once: the first makes them, the others find them. Given values count at the first start only.
 */
export const bootstrap =
  (deps: BootstrapDeps) =>
  async (command: BootstrapCommand): Promise<Bootstrapped> => {
    const existing = await findExisting(deps, command.region)
    if (existing) return existing
    const { userName = 'admin', password = newPassword(deps.random) } = command
    requireName('user name', userName)
    const project = { id: command.projectId ?? parseProjectId(deps.newId()), name: command.region }
    const userId = parseUserId(deps.newId())
    if (!project.id || !userId) throw new Error('newId must give 32 hex digits')
    const generated = newAccessKey(deps.random)
    const { access = generated.access, secret = generated.secret } = command
    const outcome = await deps.accounts.firstStart({
      project: { id: project.id, name: project.name },
      account: {
        id: userId,
        name: userName,
        passwordHash: await hashPassword(password, deps.random),
        role: 'operator',
      },
      key: { access, secretSealed: sealSecret(deps.secretKeys, access, secret) },
    })
    if (outcome === 'made') {
      return { made: true, project: { id: project.id, name: project.name }, userName, password, access, secret }
    }
    const made = await findExisting(deps, command.region)
    if (!made) throw new Error('another process made the first account, but there is none')
    return made
  }

const findExisting = async (
  { accounts, secretKeys }: BootstrapDeps,
  region: string,
): Promise<Bootstrapped | undefined> => {
  const existing = await accounts.existingStart(region)
  if (!existing) return undefined
  const { key, ...rest } = existing
  if (!key) return { made: false, ...rest }
  return { made: false, ...rest, access: key.access, secret: openSecret(secretKeys, key.access, key.secretSealed) }
}
