import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DOMAIN, type Identity, type Project } from '../core/auth/account.ts'
import { isOperator, type Principal } from '../core/auth/principal.ts'
import type { AuthUseCases } from '../core/auth/use-cases.ts'
import { DomainError } from '../core/shared/problem.ts'
import { readQuery } from '../wire/signing/query.ts'
import { splitTarget } from '../wire/signing/wire-request.ts'
import { actorOf, tellOf } from './audit.ts'
import { IamError, sendIamError } from './iam-error.ts'
import { NewProjectRequest, parseBody, TemporaryKeyRequest } from './iam-requests.ts'
import { registerSignIn, type SignInDeps } from './iam-sign-in.ts'
import { microseconds } from './iam-time.ts'
import { type Authenticate, toUnreadRequest } from './register-operations.ts'

export interface IamDeps extends SignInDeps {
  readonly auth: AuthUseCases
  readonly authenticate: Authenticate
  readonly region: string
  readonly publicUrl: () => string
}

/**
 * The calls of the vendor's identity service that SDKs and the Terraform provider make by themselves (contract/auth.md 1, 2,
 * 4; design/clients.md). Failures have that service's body; those of the credentials the gateway's.
 */
export const registerIam = (app: FastifyInstance, deps: IamDeps): void => {
  app.register((scope, _options, done) => {
    scope.setErrorHandler(sendIamError)
    registerSignIn(scope, deps)
    registerTemporaryKeys(scope, deps)
    registerLookups(scope, deps)
    registerProjects(scope, deps)
    done()
  })
}

const registerProjects = (app: FastifyInstance, deps: IamDeps): void => {
  app.post('/v3/projects', async (request, reply) => {
    const caller = await callerOf(request, deps)
    const { project } = parseBody(NewProjectRequest, await request.readBody('claimant'))
    const own = caller.identity.projects.find(({ name }) => name === project.name)
    const found = own ?? (await addProject(deps, caller, project.name))
    if (!own) {
      const subjects = [found.id, found.name]
      const actor = actorOf(caller.principal)
      tellOf(deps.trail, request, { actor, operation: 'keystoneCreateProject', subjects, status: 201 })
    }
    return reply.code(201).send({ project: projectBody(found, deps) })
  })
}

const registerLookups = (app: FastifyInstance, deps: IamDeps): void => {
  const get = (path: string, answer: (identity: Identity, name: string | undefined) => object): void => {
    app.get(path, { exposeHeadRoute: false }, async (request) => {
      const { identity } = await callerOf(request, deps)
      return answer(identity, queryName(request))
    })
  }
  get('/v3/projects', ({ projects }, name) => {
    const found = projects.filter((project) => name === undefined || project.name === name)
    return { projects: found.map((project) => projectBody(project, deps)), links: links(deps, '/v3/projects') }
  })
  get('/v3/regions', () => ({
    regions: [{ id: deps.region, type: 'public', description: '', locales: {}, links: {}, parent_region_id: null }],
    links: links(deps, '/v3/regions'),
  }))
  get('/v3/auth/domains', () => ({
    domains: [{ ...DOMAIN, enabled: true, description: '', links: {} }],
    links: links(deps, '/v3/auth/domains'),
  }))
  // The Terraform provider looks its own user up; nobody else's is anybody's business here.
  get('/v3/users', ({ id, name: own, enabled }, name) => {
    const user = { id, name: own, domain_id: DOMAIN.id, enabled, description: '', links: {}, password_expires_at: '' }
    return { users: name === undefined || name === own ? [user] : [], links: links(deps, '/v3/users') }
  })
}

const registerTemporaryKeys = (app: FastifyInstance, { auth }: IamDeps): void => {
  app.post('/v3.0/OS-CREDENTIAL/securitytokens', async (request, reply) => {
    const { token, policy } = parseBody(TemporaryKeyRequest, await request.readBody('stranger')).auth.identity
    // Issuing a key with all rights to somebody who asked for fewer would do the opposite of what was asked.
    if (policy !== undefined)
      throw new IamError(400, 'policy is not supported: the key would have all rights of the token')
    const text = request.headers['x-auth-token'] ?? token?.id ?? ''
    const issued = await auth.issueTemporaryKey(String(text), token?.duration_seconds ?? MIN_TEMPORARY_SECONDS)
    if (issued.kind !== 'issued') throw new IamError(401, 'The token is missing, wrong or expired.')
    const { access, secret, securityToken, expiresAt } = issued.credential
    const credential = { access, secret, securitytoken: securityToken, expires_at: microseconds(expiresAt) }
    return reply.code(201).header('cache-control', 'no-store').send({ credential })
  })
}

const MIN_TEMPORARY_SECONDS = 900

interface Caller {
  readonly principal: Principal
  /** Loaded once more with the projects' names, which a principal does not carry. */
  readonly identity: Identity
}

const callerOf = async (request: FastifyRequest, { auth, authenticate }: IamDeps): Promise<Caller> => {
  const principal = await authenticate(toUnreadRequest(request), { address: request.ip })
  const identity = await auth.showUser(principal.userId)
  if (!identity) throw new IamError(401, 'The user was removed.')
  return { principal, identity }
}

/** The Node SDK makes a project when it finds none of the region's name; only an operator gets that. */
const addProject = async ({ auth }: IamDeps, { principal, identity }: Caller, name: string): Promise<Project> => {
  if (!isOperator(principal)) throw new DomainError({ kind: 'forbidden' })
  const project = await auth.addProject(name)
  await auth.setMembership(identity.name, name, 'assigned')
  return project
}

const queryName = ({ raw }: FastifyRequest): string | undefined =>
  readQuery(splitTarget(raw.url ?? '').query)?.find(({ name }) => name === 'name')?.value

const projectBody = ({ id, name }: Project, { publicUrl }: IamDeps) => ({
  id,
  name,
  domain_id: DOMAIN.id,
  parent_id: DOMAIN.id,
  is_domain: false,
  enabled: true,
  description: '',
  links: { self: `${publicUrl()}/v3/projects/${id}` },
})

const links = ({ publicUrl }: IamDeps, path: string) => ({ self: `${publicUrl()}${path}`, next: null, previous: null })
