import type { UserId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import { newAccessKey } from './access-key.ts'
import { type AccessKey, MAX_KEYS_PER_USER } from './account.ts'
import type { AccountStore } from './ports.ts'
import { isOperator, type Principal } from './principal.ts'
import type { RandomBytes, Sealer } from './sealer.ts'
import { sealSecret } from './verify-credentials.ts'

export interface AccessKeyDeps {
  readonly accounts: AccountStore
  readonly secretKeys: Sealer
  readonly random: RandomBytes
}

/** `userName` is the caller's own by default; only an operator may name another: else `forbidden`. */
export interface KeyOwner {
  readonly by: Principal
  readonly userName?: string
}

/**
 * The only time that the secret is told. Throws `not_found`, `conflict` at the limit per user, and `forbidden` for a
 * temporary key: what is lent for an hour must not turn into something that lasts.
 */
export const addAccessKey =
  (deps: AccessKeyDeps) =>
  async (owner: KeyOwner): Promise<{ readonly access: string; readonly secret: string }> => {
    requireLasting(owner.by)
    const userId = await ownerId(deps, owner)
    const key = newAccessKey(deps.random)
    const secretSealed = sealSecret(deps.secretKeys, key.access, key.secret)
    if ((await deps.accounts.insertKey({ access: key.access, userId, secretSealed })) === 'too_many') {
      throw new DomainError({ kind: 'conflict', what: `a user has at most ${MAX_KEYS_PER_USER} access keys` })
    }
    return key
  }

export const listAccessKeys =
  (deps: AccessKeyDeps) =>
  async (owner: KeyOwner): Promise<readonly AccessKey[]> =>
    deps.accounts.keysOf(await ownerId(deps, owner))

/** A member removes their own keys, an operator any. Throws `not_found`, and `forbidden` for a temporary key. */
export const removeAccessKey =
  ({ accounts }: AccessKeyDeps) =>
  async (by: Principal, access: string): Promise<void> => {
    requireLasting(by)
    const outcome = await accounts.removeKey(access, isOperator(by) ? undefined : by.userId)
    if (outcome === 'absent') throw new DomainError({ kind: 'not_found', what: `access key ${access}` })
  }

const requireLasting = ({ via }: Principal): void => {
  if (via === 'temporary_key') throw new DomainError({ kind: 'forbidden' })
}

const ownerId = async ({ accounts }: AccessKeyDeps, { by, userName }: KeyOwner): Promise<UserId> => {
  if (userName === undefined || userName === by.userName) return by.userId
  if (!isOperator(by)) throw new DomainError({ kind: 'forbidden' })
  const account = await accounts.account(userName)
  if (!account) throw new DomainError({ kind: 'not_found', what: `user ${userName}` })
  return account.identity.id
}
