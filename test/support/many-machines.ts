import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createS3ObjectStore } from '../../src/adapters/object-store/s3.ts'
import { createApiClient } from '../../src/cli/api-client.ts'
import { type Credentials, readCredentials } from '../../src/main/credentials.ts'
import { REGION } from '../contract/support.ts'
import { runTelecine, type TelecineProcess } from '../journeys/processes.ts'
import { builtProgram } from './built-program.ts'
import { missingPostgres, startExternalPostgres } from './external-postgres.ts'
import { missingSystemFfmpeg } from './ffmpeg.ts'
import { missingS3, s3Settings, startS3 } from './object-store.ts'

/** Why there is no such installation to test on; `undefined` when there is one. */
export const missingForManyMachines = (): string | undefined => {
  const missing = [missingPostgres(), missingS3(), missingSystemFfmpeg()].filter((part) => part !== undefined)
  return missing.length > 0 ? missing.join('; ') : undefined
}

/**
 * An external PostgreSQL and an S3 store, and `telecine` processes that share nothing else: each has a data folder of its own,
 * as on a machine of its own.
 */
export interface ManyMachines extends AsyncDisposable {
  readonly databaseUrl: string
  /** The tenant's. */
  readonly bucket: string
  put(key: string, file: string): Promise<void>
  /** Starts one, on a machine that may be a new one; it ends with the installation at the latest. */
  run(role: 'serve' | 'worker', machine: string, settings?: Settings): TelecineProcess
  /** Runs it to its end; answers what it said. */
  migrate(): Promise<string>
  /** What a first start left on a machine. */
  credentialsOn(machine: string): Promise<Credentials | undefined>
}

type Settings = Readonly<Record<string, string>>

/** Takes as long as the slowest part, the S3 store: some ten seconds. */
export const startManyMachines = async (): Promise<ManyMachines> => {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'telecine-machines-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const [postgres, s3] = await Promise.all([
    startExternalPostgres().then((part) => cleanup.use(part)),
    startS3().then((part) => cleanup.use(part)),
  ])
  // The store may be a lasting one.
  const bucket = `films-${randomBytes(6).toString('hex')}`
  const store = createS3ObjectStore(s3.settings)
  await store.createBucket(bucket)
  const common: Settings = {
    TELECINE_DATABASE_URL: postgres.url,
    TELECINE_MASTER_KEY: randomBytes(32).toString('base64'),
    TELECINE_REGION: REGION,
    TELECINE_LISTEN: '127.0.0.1:0',
    TELECINE_WORKER_SLOTS: '1',
    TELECINE_VOD_BUCKET: `${bucket}-service`,
    ...s3Settings(s3),
  }
  const dataDir = (machine: string) => join(folder, machine)
  const stack = cleanup.move()
  return {
    ...{ databaseUrl: postgres.url, bucket },
    put: async (key, file) => {
      await store.put({ bucket, key }, await readFile(file), { contentType: 'video/mp4' })
    },
    run: (role, machine, settings = {}) =>
      stack.use(runTelecine([role], { ...common, TELECINE_DATA_DIR: dataDir(machine), ...settings })),
    migrate: async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [builtProgram(), 'migrate'], {
        env: { ...common },
      })
      return stdout.trim()
    },
    credentialsOn: (machine) => readCredentials(dataDir(machine)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** One API of an installation, as a tenant calls it. */
export interface ApiUnderTest {
  readonly url: string
  authorize(bucket: string): Promise<void>
  /** Answers the asset's id. */
  import(bucket: string, key: string): Promise<string>
  /** `asset_status` and `transcode_status`. */
  stateOf(id: string): Promise<string>
  /** The answer of asset/details. */
  detailsOf(id: string): Promise<Details>
  /** How often each step of this kind was begun. */
  attemptsOf(id: string, kind: string): Promise<readonly number[]>
}

export interface Details {
  readonly base_info: { readonly cover_info_array: readonly { readonly cover_url: string }[] }
  readonly transcode_info: { readonly output: readonly { readonly url: string; readonly quality?: string }[] }
}

export const apiOn = (url: string, credentials: Credentials): ApiUnderTest => {
  const { access_key: access, secret_key: secret, project_id: project } = credentials
  const call = createApiClient({ endpoint: url, key: { access, secret } })
  const assets = `/v1.0/${project}/asset`
  return {
    url,
    async authorize(bucket) {
      await call('PUT', `${assets}/authority`, { bucket, operation: '1' })
    },
    async import(bucket, object) {
      const created = await call('POST', `${assets}/reproduction`, {
        ...{ title: 'A film', video_type: 'MP4', auto_publish: 1, template_group_name: 'system_template_group' },
        input: { bucket, object, location: REGION },
      })
      return String(created['asset_id'])
    },
    async stateOf(id) {
      const { assets: rows } = Object(await call('GET', `${assets}/list?asset_id=${id}`))
      return `${rows[0].asset_status} ${rows[0].transcode_status}`
    },
    detailsOf: async (id) => Object(await call('GET', `${assets}/details?asset_id=${id}`)),
    async attemptsOf(id, kind) {
      const { work } = Object(await call('GET', `/telecine/v1/${project}/assets/work?asset_id=${id}`))
      return work.flatMap((step: { kind: string; attempt: number }) => (step.kind === kind ? [step.attempt] : []))
    },
  }
}
