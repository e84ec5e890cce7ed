import type { Identity } from '../core/auth/account.ts'
import type { Principal } from '../core/auth/principal.ts'
import type { TokenScope } from '../core/auth/token.ts'
import type { AuthUseCases } from '../core/auth/use-cases.ts'
import { assertNever } from '../core/shared/assert-never.ts'
import type { Now } from '../core/shared/clock.ts'
import {
  checkDate,
  checkSignature,
  readClaim,
  type SignatureClaim,
  type SignatureRefusal,
} from '../wire/signing/verify-signature.ts'
import { singleHeader } from '../wire/signing/wire-request.ts'
import { GatewayError } from './gateway-error.ts'
import type { Lockout } from './lockout.ts'
import type { Authenticate, UnreadRequest } from './register-operations.ts'

export interface AuthenticateDeps {
  readonly auth: Pick<AuthUseCases, 'lookUpAccessKey' | 'lookUpTemporaryKey' | 'checkToken'>
  /** Of access keys. */
  readonly lockout: Lockout
  readonly now: Now
}

/**
 * Who makes this request, by token or by signature. Throws `GatewayError` in the words of contract/auth.md section 5, on which
 * clients are known to match. Costs one small statement, and sees every change of password, rights and keys at once.
 */
export const createAuthenticate =
  (deps: AuthenticateDeps): Authenticate =>
  async (request, { address }) => {
    const principal = await identify(deps, request, address)
    return onlyNamedProject(principal, request)
  }

const identify = async (deps: AuthenticateDeps, request: UnreadRequest, address: string): Promise<Principal> => {
  // The token first: a proxy may have put an Authorization of its own kind beside it.
  const token = request.headers.get('x-auth-token')
  if (token && token.join('') !== '') return byToken(deps, token)
  // What clients of event streams send that know of no other header.
  const bearer = /^Bearer +(\S+)$/i.exec(singleHeader(request.headers, 'authorization') ?? '')?.[1]
  if (bearer !== undefined) return byToken(deps, [bearer])
  if (!request.headers.has('authorization')) throw incorrect('x-auth-token not found')
  const claim = readClaim(request)
  if ('refused' in claim) throw badSignature(claim)
  const subject = { name: claim.access, address }
  if (deps.lockout.lockedSeconds(subject) !== undefined) {
    throw incorrect('AK access failed to reach the limit,forbidden')
  }
  const { secret, identity, scope, via } = await lookUp(deps, claim)
  // A wrong clock is no attempt to guess.
  const late = checkDate(claim, deps.now())
  if (late) throw badSignature(late)
  const refusal = checkSignature({ ...request, body: await request.readBody() }, claim, secret)
  if (refusal?.refused === 'mismatch') deps.lockout.failed(subject)
  if (refusal) throw badSignature(refusal)
  deps.lockout.succeeded(subject)
  if (!identity.enabled) {
    throw new GatewayError(403, 'APIGW.0302', { message: 'The IAM user is not authorized to access the API.' })
  }
  return { ...toPrincipal(identity, via, scope), accessKey: claim.access }
}

const byToken = async ({ auth }: AuthenticateDeps, values: readonly string[]): Promise<Principal> => {
  const checked = await auth.checkToken(values.join())
  switch (checked.kind) {
    case 'valid':
      return toPrincipal(checked.identity, 'token', checked.scope)
    case 'unreadable':
      throw incorrect('decrypt token fail')
    case 'expired':
      throw new GatewayError(401, 'APIGW.0307', { message: 'The token must be updated.' })
    case 'project_gone':
      throw new GatewayError(403, 'APIGW.0310', { message: 'The project is unavailable.' })
    default:
      return assertNever(checked)
  }
}

interface Holder {
  readonly secret: string
  readonly identity: Identity
  readonly via: 'access_key' | 'temporary_key'
  /** Of temporary keys: that of the token which they were made with. */
  readonly scope?: TokenScope
}

const lookUp = async ({ auth }: AuthenticateDeps, { access, securityToken }: SignatureClaim): Promise<Holder> => {
  if (securityToken === undefined) {
    const found = await auth.lookUpAccessKey(access)
    if (found.kind === 'unknown') throw incorrect(`ak ${access} not exist`)
    return { ...found, via: 'access_key' }
  }
  const found = await auth.lookUpTemporaryKey(access, securityToken)
  if (found.kind === 'found') return { ...found, via: 'temporary_key' }
  throw incorrect(found.kind === 'expired' ? 'the X-Security-Token has expired' : 'decrypt X-Security-Token fail')
}

const toPrincipal = (
  { id, name, role, projects }: Identity,
  via: Principal['via'],
  scope: TokenScope = { kind: 'domain' },
): Principal => {
  const ids = projects.map((project) => project.id)
  const base = { userId: id, userName: name, role, via }
  if (scope.kind === 'domain') return { ...base, projects: ids }
  return { ...base, projects: ids.filter((projectId) => projectId === scope.projectId), tokenProject: scope.projectId }
}

/** X-Project-Id says which project a request is about: with another one in the path it fits no project at all (VOD.10057). */
const onlyNamedProject = (principal: Principal, { headers }: UnreadRequest): Principal => {
  if (!headers.has('x-project-id')) return principal
  const named = singleHeader(headers, 'x-project-id')
  const { tokenProject, ...rest } = principal
  const projects = principal.projects.filter((projectId) => projectId === named)
  return { ...rest, projects, ...(tokenProject !== undefined && tokenProject === named && { tokenProject }) }
}

const incorrect = (detail: string): GatewayError =>
  new GatewayError(401, 'APIGW.0301', { message: `Incorrect IAM authentication information: ${detail}` })

const badSignature = ({ detail }: SignatureRefusal): GatewayError =>
  incorrect(detail === '' ? 'verify aksk signature fail' : `verify aksk signature fail, ${detail}`)
