import { randomBytes } from 'node:crypto'
import { accountStore } from '../../src/adapters/postgres/accounts.ts'
import { bucketStore } from '../../src/adapters/postgres/buckets.ts'
import { randomId } from '../../src/adapters/random-id.ts'
import { DOMAIN } from '../../src/core/auth/account.ts'
import { createAuth } from '../../src/core/auth/create-auth.ts'
import type { AuthUseCases } from '../../src/core/auth/use-cases.ts'
import type { ProjectId } from '../../src/core/shared/ids.ts'
import { createAuthenticate } from '../../src/http/authenticate.ts'
import { registerIam } from '../../src/http/iam.ts'
import { createLockout } from '../../src/http/lockout.ts'
import { createMinuteCounter, createRateLimit } from '../../src/http/rate-limit.ts'
import { NATIVE_OPERATIONS } from '../../src/native/index.ts'
import { updateBucketAuthorized } from '../../src/wire/auth/update-bucket-authorized.ts'
import type { Core } from '../../src/wire/operation.ts'
import { type SigningKey, signRequest } from '../../src/wire/signing/sign-request.ts'
import { type Served, serve } from '../http/served.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

export const REGION = 'cn-north-4'
export const SERVICE_BUCKET = 'vod-bucket-1-cn-north-4'
export const PASSWORD = 'correct horse'

/** The clock of one installation; tests move it. */
export interface TestClock {
  nowMs: number
}

/** Buckets exist when they were made; the store itself has a suite of its own. */
export class BucketNames {
  readonly names = new Set<string>()
  readonly whereBucketsAre = 'here'
  async bucketExists(bucket: string): Promise<boolean> {
    return this.names.has(bucket)
  }
  async createBucket(bucket: string): Promise<void> {
    this.names.add(bucket)
  }
}

export interface Installation extends AsyncDisposable {
  readonly db: TestDatabase
  readonly auth: AuthUseCases
  readonly clock: TestClock
  readonly buckets: BucketNames
  readonly served: Served
  readonly operator: SigningKey
  readonly projectId: ProjectId
  /** Signed with the operator's key unless told otherwise. */
  call(method: string, target: string, options?: CallOptions): ReturnType<typeof send>
  /** Answers the token, or fails the test. */
  signIn(user: string, password: string, project?: string): Promise<string>
  /** A member of a new project, with a key. */
  addTenant(name: string): Promise<{ readonly projectId: ProjectId; readonly key: SigningKey }>
}

export interface CallOptions {
  readonly body?: unknown
  readonly key?: SigningKey
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Auth use cases on a database of their own, not yet started. */
export const authOn = (
  db: TestDatabase,
  { buckets = new BucketNames(), clock = { nowMs: Date.now() }, masterKey = randomBytes(32) } = {},
): AuthUseCases =>
  createAuth({
    accounts: accountStore(db.kysely),
    buckets: bucketStore(db.kysely),
    objects: buckets,
    serviceBucket: SERVICE_BUCKET,
    masterKey,
    random: randomBytes,
    newId: randomId,
    now: () => new Date(clock.nowMs),
  })

/** A started installation behind a real HTTP server: native operations, bucket grants and the identity calls. */
export const install = async (): Promise<Installation> => {
  const db = await createDatabase()
  const buckets = new BucketNames()
  const clock = { nowMs: Date.now() }
  const auth = authOn(db, { buckets, clock })
  const { project, access = '', secret = '' } = await auth.bootstrap({ region: REGION, password: PASSWORD })
  if (!project) throw new Error('nothing was made')
  const served = await serveAuth(auth, clock)
  const operator = { access, secret }
  const call: Installation['call'] = (method, target, options = {}) =>
    send(served.url, { method, target, date: new Date(clock.nowMs) }, { key: operator, ...options })
  return {
    db,
    auth,
    clock,
    buckets,
    served,
    operator,
    projectId: project.id,
    call,
    async signIn(user, password, name = REGION) {
      const answer = await call('POST', '/v3/auth/tokens', { body: signInBody(user, password, { project: { name } }) })
      const token = answer.headers.get('x-subject-token')
      if (!token) throw new Error(`sign-in failed: ${JSON.stringify(answer.body)}`)
      return token
    },
    async addTenant(name) {
      const { id } = await auth.addProject(name)
      const { id: userId, role } = await auth.addUser({ name, password: PASSWORD, role: 'member', projectIds: [id] })
      const by = { userId, userName: name, role, projects: [id], via: 'access_key' } as const
      return { projectId: id, key: await auth.addAccessKey({ by }) }
    },
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]()
      await db[Symbol.asyncDispose]()
    },
  }
}

/** Somebody of the installation's own domain, unless another one is named. */
type Claimant = string | { readonly name: string; readonly domain: string }

export const signInBody = (who: Claimant, password: string, scope: object) => {
  const { name, domain } = typeof who === 'string' ? { name: who, domain: DOMAIN.name } : who
  return {
    auth: {
      identity: { methods: ['password'], password: { user: { name, password, domain: { name: domain } } } },
      scope,
    },
  }
}

const serveAuth = (auth: AuthUseCases, clock: TestClock): Promise<Served> => {
  const now = () => new Date(clock.nowMs)
  const authenticate = createAuthenticate({ auth, lockout: createLockout(now), now })
  const counter = createMinuteCounter(now)
  return serve([updateBucketAuthorized, ...NATIVE_OPERATIONS], {
    // Only operations of accounts are served here.
    core: { auth } as Core,
    authenticate,
    limitRate: createRateLimit(createMinuteCounter(now)),
    extend: (app) =>
      registerIam(app, {
        auth,
        authenticate,
        lockout: createLockout(now),
        counter,
        region: REGION,
        publicUrl: () => 'http://telecine.example',
      }),
  })
}

interface Line {
  readonly method: string
  readonly target: string
  readonly date: Date
}

const send = async (url: string, { method, target, date }: Line, options: CallOptions) => {
  const { body, key, token, headers: extra = {} } = options
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const given = { 'content-type': 'application/json', ...extra }
  const signable = { method, target, headers: { host: new URL(url).host, ...given }, body: Buffer.from(text ?? '') }
  const signed = key && token === undefined ? signRequest(signable, key, date) : given
  const headers = token === undefined ? signed : { ...given, 'x-auth-token': token }
  const response = await fetch(url + target, { method, headers, ...(text !== undefined && { body: text }) })
  const answer = await response.text()
  return { status: response.status, headers: response.headers, body: answer === '' ? undefined : JSON.parse(answer) }
}
