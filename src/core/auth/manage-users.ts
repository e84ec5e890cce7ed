import { type NewId, type ProjectId, parseUserId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import type { Identity, Role } from './account.ts'
import { requireName } from './name.ts'
import { hashPassword, verifyPassword } from './password.ts'
import type { AccountStore, Listed, ListPage } from './ports.ts'
import type { Principal } from './principal.ts'
import type { RandomBytes } from './sealer.ts'

export interface UserDeps {
  readonly accounts: AccountStore
  readonly newId: NewId
  readonly random: RandomBytes
}

export interface AddUser {
  readonly name: string
  readonly password: string
  readonly role: Role
  readonly projectIds: readonly ProjectId[]
}

const MIN_PASSWORD_CHARACTERS = 8
/** scrypt takes any length; this bounds what a request makes us hash. */
const MAX_PASSWORD_BYTES = 1024

/** Throws `invalid_field`, and `conflict` when the name is taken. */
export const addUser =
  ({ accounts, newId, random }: UserDeps) =>
  async ({ name, password, role, projectIds }: AddUser): Promise<Identity> => {
    requireName('name', name)
    requirePassword(password)
    const id = parseUserId(newId())
    if (!id) throw new Error('newId must give 32 hex digits')
    const passwordHash = await hashPassword(password, random)
    const outcome = await accounts.insertAccount({ id, name, passwordHash, role, projectIds })
    if (outcome === 'name_taken')
      throw new DomainError({ kind: 'conflict', what: `there is a user named ${name} already` })
    const identity = outcome === 'inserted' ? await accounts.identity(id) : undefined
    if (!identity) throw new DomainError({ kind: 'not_found', what: 'project' })
    return identity
  }

export const listUsers =
  ({ accounts }: UserDeps) =>
  (page: ListPage): Promise<Listed<Identity>> =>
    accounts.listAccounts(page)

/** With their access keys. Throws `not_found`, and `conflict` for the last operator. */
export const removeUser =
  ({ accounts }: UserDeps) =>
  async (name: string): Promise<void> =>
    settle(name, await accounts.removeAccount(name))

/** A disabled user's keys are refused, their tokens are dead for good. Throws as `removeUser`. */
export const setUserEnabled =
  ({ accounts }: UserDeps) =>
  async (name: string, enabled: boolean): Promise<void> =>
    settle(name, await accounts.updateAccount(name, { enabled }))

export interface SetPassword {
  readonly by: Principal
  /** Default: the caller's own. */
  readonly userName?: string
  readonly password: string
  /** Required for one's own, unless an operator signs with an access key: a stolen token must not lock its owner out. */
  readonly currentPassword?: string
}

/** Ends every token and temporary key of the user. Throws `forbidden` for a member who means somebody else, or is not themself. */
export const setPassword =
  ({ accounts, random }: UserDeps) =>
  async ({ by, userName = by.userName, password, currentPassword }: SetPassword): Promise<void> => {
    requirePassword(password)
    // What is lent must not become lasting.
    if (by.via === 'temporary_key') throw new DomainError({ kind: 'forbidden' })
    const own = userName === by.userName
    // An operator's access key may set any password: it is how the only operator gets back in.
    if (by.role !== 'operator' || (own && by.via === 'token')) {
      const account = own ? await accounts.account(userName) : undefined
      if (!account) throw new DomainError({ kind: 'forbidden' })
      if (currentPassword === undefined) throw invalidField('current_password', 'is needed')
      if (!(await verifyPassword(currentPassword, account.passwordHash))) throw new DomainError({ kind: 'forbidden' })
    }
    settle(userName, await accounts.updateAccount(userName, { passwordHash: await hashPassword(password, random) }))
  }

/** Repeats succeed. A change ends the user's tokens. Throws `not_found`. */
export const setMembership =
  ({ accounts }: UserDeps) =>
  async (userName: string, projectName: string, membership: 'assigned' | 'unassigned'): Promise<void> => {
    const outcome = await accounts.setMembership(userName, projectName, membership)
    if (outcome === 'no_user') throw new DomainError({ kind: 'not_found', what: `user ${userName}` })
    if (outcome === 'no_project') throw new DomainError({ kind: 'not_found', what: `project ${projectName}` })
  }

const settle = (name: string, outcome: 'changed' | 'removed' | 'absent' | 'last_operator'): void => {
  if (outcome === 'absent') throw new DomainError({ kind: 'not_found', what: `user ${name}` })
  if (outcome === 'last_operator') {
    throw new DomainError({ kind: 'conflict', what: `${name} is the last operator that is enabled` })
  }
}

const requirePassword = (password: string): void => {
  if ([...password].length < MIN_PASSWORD_CHARACTERS) {
    throw invalidField('password', `must have at least ${MIN_PASSWORD_CHARACTERS} characters`)
  }
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    throw invalidField('password', `must have at most ${MAX_PASSWORD_BYTES} bytes`)
  }
}
