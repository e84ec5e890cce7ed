import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { ListenAddress } from './setting-values.ts'
import { isSettingName, SETTINGS, type Setting, type SettingName } from './settings.ts'

export type DatabaseConfig =
  | { readonly kind: 'embedded'; readonly binDir: string | undefined }
  | { readonly kind: 'external'; readonly url: string }

export type ObjectsConfig =
  | { readonly kind: 'local' }
  | {
      readonly kind: 's3'
      readonly endpoint: string
      readonly region: string
      readonly accessKey: string
      readonly secretKey: string
      readonly pathStyle: boolean
    }

export type MasterKeyConfig = { readonly kind: 'file' } | { readonly kind: 'given'; readonly key: Buffer }

export type TlsConfig =
  | { readonly kind: 'off' }
  | { readonly kind: 'on'; readonly certFile: string; readonly keyFile: string }

/** Whoever looks through pictures for what nothing built in can see. */
export interface ReviewProviderConfig {
  readonly url: string
  readonly secret: string
}

export interface ReviewConfig {
  readonly provider: ReviewProviderConfig | undefined
  readonly wordsDir: string
  /** Of the extra package that reads text in pictures. */
  readonly ocrDir: string | undefined
  /** Pictures of people who are looked for. */
  readonly facesDir: string | undefined
}

/** What the first start makes; `undefined` members are made up at random. */
export interface FirstStartConfig {
  readonly projectId: string | undefined
  readonly accessKey: { readonly access: string; readonly secret: string } | undefined
  readonly user: string
  readonly password: string | undefined
}

/** All settings, checked. Paths are absolute. */
export interface Config {
  readonly dataDir: string
  readonly listen: ListenAddress
  /** `undefined`: the address listened on, which is only known then (port 0). No slash at the end. */
  readonly publicUrl: string | undefined
  readonly region: string
  readonly database: DatabaseConfig
  readonly objects: ObjectsConfig
  readonly vodBucket: string
  readonly masterKey: MasterKeyConfig
  readonly firstStart: FirstStartConfig
  readonly workerSlots: number
  readonly chunkSeconds: number
  readonly scratchDir: string
  readonly ffmpegPath: string | undefined
  readonly auditDays: number
  readonly fetchAllowPrivate: boolean
  readonly review: ReviewConfig
  readonly edgeUrls: readonly string[]
  readonly edgePreheat: 'beginning' | 'all'
  readonly edgePurgeSecret: string | undefined
  readonly metricsToken: string | undefined
  /** Of a worker. */
  readonly metricsListen: ListenAddress | undefined
  readonly tls: TlsConfig
  readonly trustProxy: boolean | readonly string[]
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
}

/** A wrong setting. The message is one line that names the variable and what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads and checks everything at once; the only place that knows of environment variables. Throws `ConfigError`. */
export const readConfig = (env: Environment = process.env): Config => {
  refuseUnknown(env)
  const values = readValues(env)
  const dataDir = resolve(values.TELECINE_DATA_DIR ?? 'data')
  const region = values.TELECINE_REGION ?? 'cn-north-4'
  return {
    dataDir,
    listen: values.TELECINE_LISTEN ?? { host: '127.0.0.1', port: 8080 },
    publicUrl: values.TELECINE_PUBLIC_URL,
    region,
    database: databaseOf(values),
    objects: objectsOf(values, region),
    vodBucket: values.TELECINE_VOD_BUCKET ?? `vod-bucket-1-${region}`,
    masterKey: masterKeyOf(values),
    firstStart: firstStartOf(values),
    workerSlots: values.TELECINE_WORKER_SLOTS ?? Math.max(1, Math.floor(availableParallelism() / 4)),
    chunkSeconds: values.TELECINE_CHUNK_SECONDS ?? 60,
    scratchDir: resolve(dataDir, values.TELECINE_SCRATCH_DIR ?? 'scratch'),
    ffmpegPath: absolute(values.TELECINE_FFMPEG_PATH),
    auditDays: values.TELECINE_AUDIT_DAYS ?? 180,
    fetchAllowPrivate: values.TELECINE_FETCH_ALLOW_PRIVATE ?? false,
    review: {
      provider: providerOf(values),
      wordsDir: resolve(dataDir, values.TELECINE_REVIEW_WORDS ?? 'review'),
      ocrDir: absolute(values.TELECINE_REVIEW_OCR),
      facesDir: absolute(values.TELECINE_REVIEW_FACES),
    },
    edgeUrls: values.TELECINE_EDGE_URLS ?? [],
    edgePreheat: values.TELECINE_EDGE_PREHEAT ?? 'beginning',
    edgePurgeSecret: values.TELECINE_EDGE_PURGE_SECRET,
    metricsToken: values.TELECINE_METRICS_TOKEN,
    metricsListen: values.TELECINE_METRICS_LISTEN,
    tls: tlsOf(values),
    trustProxy: values.TELECINE_TRUST_PROXY ?? false,
    logLevel: values.TELECINE_LOG_LEVEL ?? 'info',
  }
}

/** Where the system looks for programs. */
export const searchPath = (env: Environment = process.env): string => env['PATH'] ?? ''

/** For processes of ours: they read their own settings from it. */
export const environmentOfChildren = (): Environment => process.env

type ValueOf<S> = S extends Setting<infer T> ? T : never
type Values = { readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]> | undefined }

const readValues = (env: Environment): Values => {
  const entries = Object.entries(SETTINGS).map(([name, setting]) => [name, readValue(name, setting, env[name])])
  return Object.fromEntries(entries) as Values
}

const readValue = (name: string, setting: Setting<unknown>, text: string | undefined): unknown => {
  // An empty variable is how compose files and shells say "not set".
  if (text === undefined || text === '') return undefined
  const value = setting.parse(text)
  if (value !== undefined) return value
  const got = setting.secret ? 'the value is not shown, it is secret' : `got ${JSON.stringify(text)}`
  throw new ConfigError(`${name} must be ${setting.expected}; ${got}`)
}

/** Variables of the test suite, which `telecine` must not mind when the suite starts it. */
const TEST_PREFIX = 'TELECINE_TEST_'

const refuseUnknown = (env: Environment): void => {
  for (const name of Object.keys(env)) {
    if (!name.startsWith('TELECINE_') || name.startsWith(TEST_PREFIX) || isSettingName(name)) continue
    throw new ConfigError(`${name} is no setting of telecine; did you mean ${nearestName(name)}?`)
  }
}

const databaseOf = (values: Values): DatabaseConfig => {
  const url = values.TELECINE_DATABASE_URL
  if (url === undefined) return { kind: 'embedded', binDir: absolute(values.TELECINE_PG_BIN) }
  if (values.TELECINE_MASTER_KEY === undefined) {
    throw new ConfigError(
      `TELECINE_MASTER_KEY must be set with TELECINE_DATABASE_URL: ${SETTINGS.TELECINE_MASTER_KEY.expected}`,
    )
  }
  return { kind: 'external', url }
}

const S3_SETTINGS = [
  'TELECINE_S3_REGION',
  'TELECINE_S3_ACCESS_KEY',
  'TELECINE_S3_SECRET_KEY',
  'TELECINE_S3_PATH_STYLE',
] as const

const objectsOf = (values: Values, ourRegion: string): ObjectsConfig => {
  const endpoint = values.TELECINE_S3_ENDPOINT
  if (endpoint === undefined) {
    const alone = S3_SETTINGS.find((name) => values[name] !== undefined)
    if (alone !== undefined) throw new ConfigError(`TELECINE_S3_ENDPOINT must be set with ${alone}`)
    return { kind: 'local' }
  }
  const [accessKey, secretKey] = [values.TELECINE_S3_ACCESS_KEY, values.TELECINE_S3_SECRET_KEY]
  if (accessKey === undefined) throw new ConfigError('TELECINE_S3_ACCESS_KEY must be set with TELECINE_S3_ENDPOINT')
  if (secretKey === undefined) throw new ConfigError('TELECINE_S3_SECRET_KEY must be set with TELECINE_S3_ENDPOINT')
  const region = values.TELECINE_S3_REGION ?? ourRegion
  return { kind: 's3', endpoint, region, accessKey, secretKey, pathStyle: values.TELECINE_S3_PATH_STYLE ?? true }
}

const masterKeyOf = ({ TELECINE_MASTER_KEY: key }: Values): MasterKeyConfig =>
  key === undefined ? { kind: 'file' } : { kind: 'given', key }

const firstStartOf = (values: Values): FirstStartConfig => {
  const [access, secret] = bothOrNeither(values, 'TELECINE_ACCESS_KEY', 'TELECINE_SECRET_KEY')
  return {
    projectId: values.TELECINE_PROJECT_ID,
    accessKey: access === undefined || secret === undefined ? undefined : { access, secret },
    user: values.TELECINE_ADMIN_USER ?? 'admin',
    password: values.TELECINE_ADMIN_PASSWORD,
  }
}

const tlsOf = (values: Values): TlsConfig => {
  const [cert, key] = bothOrNeither(values, 'TELECINE_TLS_CERT', 'TELECINE_TLS_KEY')
  if (cert === undefined || key === undefined) return { kind: 'off' }
  return { kind: 'on', certFile: resolve(cert), keyFile: resolve(key) }
}

const providerOf = (values: Values): ReviewProviderConfig | undefined => {
  const [url, secret] = bothOrNeither(values, 'TELECINE_REVIEW_URL', 'TELECINE_REVIEW_SECRET')
  return url === undefined || secret === undefined ? undefined : { url, secret }
}

type PairedName =
  | 'TELECINE_REVIEW_URL'
  | 'TELECINE_REVIEW_SECRET'
  | 'TELECINE_ACCESS_KEY'
  | 'TELECINE_SECRET_KEY'
  | 'TELECINE_TLS_CERT'
  | 'TELECINE_TLS_KEY'

const bothOrNeither = (values: Values, one: PairedName, other: PairedName) => {
  const pair = [values[one], values[other]] as const
  if (pair[0] === undefined && pair[1] !== undefined) throw new ConfigError(`${one} must be set with ${other}`)
  if (pair[0] !== undefined && pair[1] === undefined) throw new ConfigError(`${other} must be set with ${one}`)
  return pair
}

const absolute = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(path))

const nearestName = (name: string): string =>
  Object.keys(SETTINGS).reduce((best, known) => (editsBetween(name, known) < editsBetween(name, best) ? known : best))

/** Levenshtein distance. */
const editsBetween = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [fromIndex, letter] of [...from].entries()) {
    const next = [fromIndex + 1]
    for (const [toIndex, other] of [...to].entries()) {
      const replaced = (row[toIndex] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[toIndex + 1] ?? 0) + 1, (next[toIndex] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
