import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core'
import { Logger4jInstance } from '@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger.js'
import { VodClient } from '@huaweicloud/huaweicloud-sdk-vod'
import { type CallApi, createApiClient } from '../../src/cli/api-client.ts'
import type { AuthUseCases } from '../../src/core/auth/use-cases.ts'
import type { ProjectId } from '../../src/core/shared/ids.ts'
import { createLogger } from '../../src/http/logger.ts'
import { drain } from '../../src/http/server.ts'
import { createApi } from '../../src/main/api.ts'
import { readConfig } from '../../src/main/config.ts'
import { type Foundation, openFoundation } from '../../src/main/foundation.ts'
import { type SigningKey, signRequest } from '../../src/wire/signing/sign-request.ts'
import { createDatabase } from '../support/database.ts'

export const REGION = 'cn-north-4'

/** A project with a key of its own. */
export interface Tenant {
  readonly projectId: ProjectId
  readonly key: SigningKey
  /** The vendor's SDK, signed in. */
  readonly vod: VodClient
  /** Signed, and otherwise as raw as it gets. `path` follows `/{version}/{project_id}`. */
  call(method: string, path: string, sent?: Sent): Promise<Answer>
  /** Our own operations, as the command line calls them. `path` follows `/telecine/v1/{project_id}`. Throws `ApiRefusal`. */
  readonly native: CallApi
}

export interface Sent {
  /** As the path begins; `v1.0` when absent. */
  readonly version?: string
  /** As it goes over the wire. */
  readonly query?: string
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** What was sent as JSON; `undefined` without a body. */
  readonly body: unknown
}

export interface ContractServer extends AsyncDisposable {
  readonly url: string
  /** An operator. */
  readonly tenant: Tenant
  readonly auth: AuthUseCases
  /** Database, store and engine behind the server. */
  readonly foundation: Foundation
  /** Lines of its log, from warnings on. */
  readonly warnings: readonly string[]
  /** One more project of the operator. */
  addProject(name: string): Promise<Tenant>
  /** A member, in a project of their own. Slow: hashes a password. */
  addTenant(name: string): Promise<Tenant>
}

/** The product's HTTP side as `telecine serve` wires it, on a database and a data folder of its own. No worker runs. */
export const startContractServer = async (settings: NodeJS.ProcessEnv = {}): Promise<ContractServer> => {
  // It prints every refusal with the whole request.
  Logger4jInstance.level = 'off'
  await using cleanup = new AsyncDisposableStack()
  const database = cleanup.use(await createDatabase())
  const dataDir = await mkdtemp(join(tmpdir(), 'telecine-contract-'))
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }))
  const config = readConfig({
    TELECINE_DATABASE_URL: database.url,
    TELECINE_MASTER_KEY: randomBytes(32).toString('base64'),
    TELECINE_DATA_DIR: dataDir,
    TELECINE_REGION: REGION,
    ...settings,
  })
  const warnings: string[] = []
  const destination = new PassThrough().on('data', (line: Buffer) => warnings.push(line.toString()))
  const logger = createLogger({ level: 'warn', destination })
  let url = ''
  const publicUrl = () => url
  const foundation = cleanup.use(await openFoundation({ config, logger, role: 'serve', connections: 5, publicUrl }))
  await foundation.store.createBucket(config.vodBucket)
  const { app, auth } = createApi(foundation, { publicUrl, checks: {} })
  // Browsers hold connections that they have not used yet.
  cleanup.defer(() => drain(app, 1_000))
  url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { project, userName, access, secret } = await auth.bootstrap({ region: REGION })
  if (!project || !userName || !access || !secret) throw new Error('the first start made no key')
  const key = { access, secret }
  const stack = cleanup.move()
  return {
    url,
    auth,
    foundation,
    warnings,
    tenant: tenantOf(url, project.id, key),
    async addProject(name) {
      const { id } = await auth.addProject(name)
      await auth.setMembership(userName, name, 'assigned')
      return tenantOf(url, id, key)
    },
    async addTenant(name) {
      const { id } = await auth.addProject(name)
      const user = await auth.addUser({ name, password: 'correct horse', role: 'member', projectIds: [id] })
      const by = { userId: user.id, userName: name, role: user.role, projects: [id], via: 'access_key' } as const
      return tenantOf(url, id, await auth.addAccessKey({ by }))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const tenantOf = (url: string, projectId: ProjectId, key: SigningKey): Tenant => {
  const credentials = new BasicCredentials().withAk(key.access).withSk(key.secret).withProjectId(projectId)
  const vod = VodClient.newBuilder().withCredential(credentials).withEndpoint(url).build()
  const callApi = createApiClient({ endpoint: url, key })
  return {
    projectId,
    key,
    vod,
    native: (method, path, body) => callApi(method, `/telecine/v1/${projectId}${path}`, body),
    async call(method, path, { version = 'v1.0', query = '', body, headers: extra = {} } = {}) {
      const target = `/${version}/${projectId}${path}${query === '' ? '' : `?${query}`}`
      const bytes = Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body))
      const headers = { host: new URL(url).host, 'content-type': 'application/json', ...extra }
      const signed = signRequest({ method, target, headers, body: bytes }, key, new Date())
      const carries = method !== 'GET' && method !== 'HEAD' && bytes.length > 0
      const response = await fetch(url + target, {
        method,
        headers: signed,
        redirect: 'manual',
        ...(carries && { body: bytes }),
      })
      const text = await response.text()
      const answer: unknown = text === '' ? undefined : JSON.parse(text)
      return { status: response.status, headers: response.headers, text, body: answer }
    },
  }
}

/** What the SDK's exceptions say; fails when the call succeeds. */
export const refusalOf = async (call: Promise<unknown>): Promise<Refusal> => {
  try {
    await call
  } catch (error) {
    const { httpStatusCode, errorCode, errorMsg, requestId } = Object(error)
    return { status: httpStatusCode, code: errorCode, message: errorMsg, requestId }
  }
  throw new Error('the call succeeded')
}

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly requestId: string
}
