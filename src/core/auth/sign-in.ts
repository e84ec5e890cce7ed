import type { Now } from '../shared/clock.ts'
import { newAccessKey } from './access-key.ts'
import type { Identity, Project } from './account.ts'
import { NO_PASSWORD, verifyPassword } from './password.ts'
import type { AccountStore } from './ports.ts'
import type { RandomBytes, Sealer } from './sealer.ts'
import { sealTemporaryKey, sealToken, TOKEN_LIFETIME_MS, type Token } from './token.ts'
import type { TokenCheck } from './verify-credentials.ts'

export interface SignInDeps {
  readonly accounts: Pick<AccountStore, 'account'>
  readonly tokens: Sealer
  readonly temporaryKeys: Sealer
  readonly now: Now
  readonly random: RandomBytes
  readonly checkToken: (text: string) => Promise<TokenCheck>
}

export interface SignInCommand {
  readonly userName: string
  readonly password: string
  /** A project of the user by name or id, or the domain. */
  readonly scope: { readonly project: string } | 'domain'
}

export type SignInResult =
  | {
      readonly kind: 'signed_in'
      readonly text: string
      readonly token: Token
      readonly identity: Identity
      readonly project?: Project
    }
  | { readonly kind: 'wrong_credentials' | 'no_such_project' }

/** Issues a token for 24 hours. Older ones stay valid. A disabled user is told no more than a wrong password is. */
export const signIn =
  ({ accounts, tokens, now }: SignInDeps) =>
  async ({ userName, password, scope }: SignInCommand): Promise<SignInResult> => {
    const account = await accounts.account(userName)
    const matches = await verifyPassword(password, account?.passwordHash ?? NO_PASSWORD)
    if (!account?.identity.enabled || !matches) return { kind: 'wrong_credentials' }
    const { identity } = account
    const named = scope === 'domain' ? undefined : scope.project
    const project = identity.projects.find(({ id, name }) => id === named || name === named)
    if (named !== undefined && !project) return { kind: 'no_such_project' }
    const issuedAt = now()
    const token: Token = {
      userId: identity.id,
      scope: project ? { kind: 'project', projectId: project.id } : { kind: 'domain' },
      // Read together with the hash: a password changed meanwhile has raised it, and this token is born dead.
      tokenEpoch: identity.tokenEpoch,
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + TOKEN_LIFETIME_MS),
    }
    return { kind: 'signed_in', text: sealToken(tokens, token), token, identity, ...(project && { project }) }
  }

export interface TemporaryCredential {
  readonly access: string
  readonly secret: string
  readonly securityToken: string
  readonly expiresAt: Date
}

export type TemporaryKeyResult =
  | { readonly kind: 'issued'; readonly credential: TemporaryCredential }
  | Exclude<TokenCheck, { readonly kind: 'valid' }>

/** Trades a token for an access key that expires: same user, same scope, dies with the same changes of password or rights. */
export const issueTemporaryKey =
  ({ temporaryKeys, now, random, checkToken }: SignInDeps) =>
  async (token: string, durationSeconds: number): Promise<TemporaryKeyResult> => {
    const checked = await checkToken(token)
    if (checked.kind !== 'valid') return checked
    const { identity, scope } = checked
    const issuedAt = now()
    const expiresAt = new Date(issuedAt.getTime() + durationSeconds * 1000)
    const key = newAccessKey(random)
    const securityToken = sealTemporaryKey(temporaryKeys, {
      ...key,
      userId: identity.id,
      scope,
      tokenEpoch: identity.tokenEpoch,
      issuedAt,
      expiresAt,
    })
    return { kind: 'issued', credential: { ...key, securityToken, expiresAt } }
  }
