import type { Now } from '../shared/clock.ts'
import type { Identity } from './account.ts'
import type { AccountStore } from './ports.ts'
import type { Sealer } from './sealer.ts'
import { openTemporaryKey, openToken, type Token, type TokenScope } from './token.ts'

export interface CredentialDeps {
  readonly accounts: Pick<AccountStore, 'keyHolder' | 'identity'>
  readonly secretKeys: Sealer
  readonly tokens: Sealer
  readonly temporaryKeys: Sealer
  readonly now: Now
}

/** Whether the user may still act is for after the signature: `identity.enabled`. */
export type AccessKeyLookup =
  | { readonly kind: 'found'; readonly secret: string; readonly identity: Identity }
  | { readonly kind: 'unknown' }

export type TemporaryKeyLookup =
  | { readonly kind: 'found'; readonly secret: string; readonly identity: Identity; readonly scope: TokenScope }
  | { readonly kind: 'unreadable' | 'expired' }

export type TokenCheck =
  | { readonly kind: 'valid'; readonly identity: Identity; readonly scope: TokenScope }
  /** Not ours, expired or revoked, or its project is gone. */
  | { readonly kind: 'unreadable' | 'expired' | 'project_gone' }

/** What each way to prove oneself leads to. At most one small statement each, and never a cache. */
export const lookUpAccessKey =
  ({ accounts, secretKeys }: CredentialDeps) =>
  async (access: string): Promise<AccessKeyLookup> => {
    const holder = await accounts.keyHolder(access)
    if (!holder) return { kind: 'unknown' }
    const secret = openSecret(secretKeys, access, holder.secretSealed)
    return { kind: 'found', secret, identity: holder.identity }
  }

/** `access` is the one that the request claims: a security token speaks for no other. */
export const lookUpTemporaryKey =
  (deps: CredentialDeps) =>
  async (access: string, securityToken: string): Promise<TemporaryKeyLookup> => {
    const key = openTemporaryKey(deps.temporaryKeys, securityToken)
    if (key?.access !== access) return { kind: 'unreadable' }
    const identity = await liveIdentity(deps, key)
    return identity ? { kind: 'found', secret: key.secret, identity, scope: key.scope } : { kind: 'expired' }
  }

export const checkToken =
  (deps: CredentialDeps) =>
  async (text: string): Promise<TokenCheck> => {
    const token = openToken(deps.tokens, text)
    if (!token) return { kind: 'unreadable' }
    const identity = await liveIdentity(deps, token)
    if (!identity) return { kind: 'expired' }
    const { scope } = token
    const inProject = scope.kind === 'domain' || identity.projects.some(({ id }) => id === scope.projectId)
    return inProject ? { kind: 'valid', identity, scope } : { kind: 'project_gone' }
  }

export const sealSecret = (secretKeys: Sealer, access: string, secret: string): Uint8Array =>
  secretKeys.seal(Buffer.from(secret), access)

/** Throws when the master key is not the one that sealed it: an installation with a wrong key must say so, not refuse users. */
export const openSecret = (secretKeys: Sealer, access: string, sealed: Uint8Array): string => {
  const secret = secretKeys.open(sealed, access)
  if (!secret) throw new Error(`the secret of access key ${access} does not open: was the master key changed?`)
  return Buffer.from(secret).toString('utf8')
}

/** `undefined` once the token ran out, or its user was removed, disabled, or had password or rights changed. */
const liveIdentity = async ({ accounts, now }: CredentialDeps, token: Token): Promise<Identity | undefined> => {
  if (now() >= token.expiresAt) return undefined
  const identity = await accounts.identity(token.userId)
  return identity?.enabled && identity.tokenEpoch === token.tokenEpoch ? identity : undefined
}
