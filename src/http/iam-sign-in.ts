import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import type { AuditTrail } from '../core/audit/ports.ts'
import { DOMAIN } from '../core/auth/account.ts'
import type { SignInResult } from '../core/auth/sign-in.ts'
import type { AuthUseCases } from '../core/auth/use-cases.ts'
import { actorOf, tellOf } from './audit.ts'
import { IamError } from './iam-error.ts'
import { parseBody, SignInRequest } from './iam-requests.ts'
import { microseconds } from './iam-time.ts'
import { type Lockout, networkOf } from './lockout.ts'
import type { MinuteCounter } from './rate-limit.ts'

export interface SignInDeps {
  readonly auth: Pick<AuthUseCases, 'signIn'>
  /** Of sign-ins; not the one of access keys. */
  readonly lockout: Lockout
  readonly counter: MinuteCounter
  /** Told of sign-ins that succeeded: of the others nobody knows who it was. */
  readonly trail?: AuditTrail
}

/** A password check takes 0.1 s and 32 MiB: these bound what strangers make us spend, not what users do. */
const PER_ADDRESS = 30
const OVERALL = 300

/** `POST /v3/auth/tokens`. The SDKs' own signature on this call does not matter: the password counts. */
export const registerSignIn = (app: FastifyInstance, deps: SignInDeps): void => {
  const inTurn = createTurns()
  app.post('/v3/auth/tokens', async (request, reply) => {
    const { auth } = parseBody(SignInRequest, await request.readBody('stranger'))
    const result = await attempt({ ...deps, inTurn }, auth, request.ip)
    const { identity, project } = result
    tellOf(deps.trail, request, {
      ...(project && { projectId: project.id }),
      actor: actorOf({ role: identity.role, userId: identity.id, userName: identity.name }),
      ...{ operation: 'keystoneCreateUserTokenByPassword', subjects: [], status: 201 },
    })
    return reply
      .code(201)
      .headers({ 'x-subject-token': result.text, 'cache-control': 'no-store' })
      .send({ token: tokenBody(result) })
  })
}

/**
 * One password check at a time: together they would fill libuv's few threads, and every file that delivery reads would wait
 * behind strangers' guesses. The quotas bound the queue.
 */
type Turns = <T>(work: () => Promise<T>) => Promise<T>

const createTurns = (): Turns => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}

type SignIn = Static<typeof SignInRequest>['auth']
type SignedIn = Extract<SignInResult, { readonly kind: 'signed_in' }>

const attempt = async (
  deps: SignInDeps & { readonly inTurn: Turns },
  { identity, scope }: SignIn,
  address: string,
): Promise<SignedIn> => {
  const { auth, lockout, counter, inTurn } = deps
  const { name, password, domain } = identity.password.user
  const subject = { name, address }
  refuseLocked(lockout.lockedSeconds(subject))
  const exhausted = counter.take([
    { key: `sign-in ${networkOf(address)}`, perMinute: PER_ADDRESS },
    { key: 'sign-in', perMinute: OVERALL },
  ])
  if (exhausted) throw tooMany(counter.secondsLeft())
  const result = await inTurn(async () => {
    // Once more: guesses sent side by side wait here, and those after the last one allowed must not be tried.
    refuseLocked(lockout.lockedSeconds(subject))
    const checked = await auth.signIn({
      userName: isOurs(domain) ? name : '',
      password,
      scope: 'project' in scope ? { project: nameOf(scope.project) } : 'domain',
    })
    if (checked.kind === 'wrong_credentials') lockout.failed(subject)
    else lockout.succeeded(subject)
    return checked
  })
  if (result.kind === 'wrong_credentials') throw new IamError(401, 'The username or password is wrong.')
  if (result.kind === 'signed_in' && ('project' in scope || isOurs(scope.domain))) return result
  throw new IamError(401, 'The user is not assigned to this project or domain.')
}

const refuseLocked = (seconds: number | undefined): void => {
  if (seconds !== undefined) throw tooMany(seconds)
}

const tooMany = (seconds: number): IamError =>
  new IamError(429, `Too many sign-in attempts. Try again in ${seconds} seconds.`, { 'retry-after': String(seconds) })

type Named = { readonly name: string } | { readonly id: string }

const nameOf = (named: Named): string => ('name' in named ? named.name : named.id)

const isOurs = (domain: Named): boolean => ('name' in domain ? domain.name === DOMAIN.name : domain.id === DOMAIN.id)

const tokenBody = ({ token, identity, project }: SignedIn) => ({
  methods: ['password'],
  issued_at: microseconds(token.issuedAt),
  expires_at: microseconds(token.expiresAt),
  user: { id: identity.id, name: identity.name, password_expires_at: '', domain: DOMAIN },
  ...(project ? { project: { ...project, domain: DOMAIN } } : { domain: DOMAIN }),
  // The vendor's name for the role that may do everything; members have ours.
  roles: [{ id: '0', name: identity.role === 'operator' ? 'te_admin' : 'member' }],
  // Clients are configured with endpoints; `nocatalog` therefore changes nothing.
  catalog: [],
})
