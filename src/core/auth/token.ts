import Type, { type Static, type TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { type ProjectId, parseProjectId, parseUserId, type UserId } from '../shared/ids.ts'
import type { Sealer } from './sealer.ts'

/** A token names one project, or the whole domain: the vendor's VOD accepts only the former. */
export type TokenScope = { readonly kind: 'project'; readonly projectId: ProjectId } | { readonly kind: 'domain' }

/** Tokens are not stored: they are what they say, sealed. They die with their user's `tokenEpoch`. */
export interface Token {
  readonly userId: UserId
  readonly scope: TokenScope
  readonly tokenEpoch: number
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** A temporary access key: everything needed to verify its signatures travels, sealed, in its security token. */
export interface TemporaryKey extends Token {
  readonly access: string
  readonly secret: string
}

export const TOKEN_LIFETIME_MS = 24 * 3_600_000

export const sealToken = (sealer: Sealer, token: Token): string => sealJson(sealer, 'token', tokenJson(token))

/** `undefined` for what this installation never issued. Says nothing about expiry and epoch. */
export const openToken = (sealer: Sealer, text: string): Token | undefined => {
  const json = openJson(sealer, 'token', { schema: TokenJson, text })
  return json && parseTokenJson(json)
}

export const sealTemporaryKey = (sealer: Sealer, key: TemporaryKey): string =>
  sealJson(sealer, 'temporary key', { ...tokenJson(key), access: key.access, secret: key.secret })

export const openTemporaryKey = (sealer: Sealer, text: string): TemporaryKey | undefined => {
  const json = openJson(sealer, 'temporary key', { schema: TemporaryKeyJson, text })
  const token = json && parseTokenJson(json)
  return token && { ...token, access: json.access, secret: json.secret }
}

const TokenJson = Type.Object({
  user: Type.String(),
  project: Type.Optional(Type.String()),
  epoch: Type.Integer(),
  issued: Type.Integer(),
  expires: Type.Integer(),
})
const TemporaryKeyJson = Type.Intersect([TokenJson, Type.Object({ access: Type.String(), secret: Type.String() })])
type TokenJson = Static<typeof TokenJson>

const tokenJson = ({ userId, scope, tokenEpoch, issuedAt, expiresAt }: Token): TokenJson => ({
  user: userId,
  ...(scope.kind === 'project' && { project: scope.projectId }),
  epoch: tokenEpoch,
  issued: issuedAt.getTime(),
  expires: expiresAt.getTime(),
})

const parseTokenJson = ({ user, project, epoch, issued, expires }: TokenJson): Token | undefined => {
  const userId = parseUserId(user)
  const projectId = project === undefined ? undefined : parseProjectId(project)
  if (!userId || (project !== undefined && !projectId)) return undefined
  return {
    userId,
    scope: projectId ? { kind: 'project', projectId } : { kind: 'domain' },
    tokenEpoch: epoch,
    issuedAt: new Date(issued),
    expiresAt: new Date(expires),
  }
}

const sealJson = (sealer: Sealer, context: string, json: object): string =>
  Buffer.from(sealer.seal(Buffer.from(JSON.stringify(json)), context)).toString('base64url')

const openJson = <Schema extends TSchema>(
  sealer: Sealer,
  context: string,
  { schema, text }: { readonly schema: Schema; readonly text: string },
): Static<Schema> | undefined => {
  // Buffer skips what is no base64; a token with foreign characters in it is none of ours.
  if (!/^[\w-]+$/.test(text)) return undefined
  const plain = sealer.open(Buffer.from(text, 'base64url'), context)
  if (!plain) return undefined
  const json: unknown = JSON.parse(Buffer.from(plain).toString('utf8'))
  return Check(schema, json) ? json : undefined
}
