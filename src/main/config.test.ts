import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, type Environment, readConfig } from './config.ts'
import { SETTINGS } from './settings.ts'

const KEY = Buffer.alloc(32, 7)
const EXTERNAL = {
  TELECINE_DATABASE_URL: 'postgresql://u:hunter2@db/telecine',
  TELECINE_MASTER_KEY: KEY.toString('base64'),
}

const refusal = (env: Environment): string => {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'accepted'
}

test('without any setting everything is local, on loopback, in ./data', () => {
  expect(readConfig({ PATH: '/usr/bin' })).toEqual({
    dataDir: resolve('data'),
    listen: { host: '127.0.0.1', port: 8080 },
    publicUrl: undefined,
    region: 'cn-north-4',
    database: { kind: 'embedded', binDir: undefined },
    objects: { kind: 'local' },
    vodBucket: 'vod-bucket-1-cn-north-4',
    masterKey: { kind: 'file' },
    firstStart: { projectId: undefined, accessKey: undefined, user: 'admin', password: undefined },
    workerSlots: expect.any(Number),
    auditDays: 180,
    chunkSeconds: 60,
    scratchDir: resolve('data/scratch'),
    ffmpegPath: undefined,
    fetchAllowPrivate: false,
    review: { provider: undefined, wordsDir: resolve('data/review'), ocrDir: undefined, facesDir: undefined },
    edgeUrls: [],
    edgePreheat: 'beginning',
    edgePurgeSecret: undefined,
    tls: { kind: 'off' },
    trustProxy: false,
    logLevel: 'info',
  })
})

test('a review provider has an address with a path, and a secret', () => {
  const env = { TELECINE_REVIEW_URL: 'http://10.0.0.2:9000/look?a=b', TELECINE_REVIEW_SECRET: 's' }
  expect(readConfig({ ...env, TELECINE_REVIEW_WORDS: '/etc/words' }).review).toEqual({
    ...{
      provider: { url: 'http://10.0.0.2:9000/look?a=b', secret: 's' },
      wordsDir: '/etc/words',
      ocrDir: undefined,
      facesDir: undefined,
    },
  })
})

test('an empty variable counts as not set', () => {
  const empty = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, '']))
  expect(readConfig(empty)).toEqual(readConfig({}))
})

test('an external database comes with its master key', () => {
  const { database, masterKey } = readConfig(EXTERNAL)
  expect(database).toEqual({ kind: 'external', url: EXTERNAL.TELECINE_DATABASE_URL })
  expect(masterKey).toEqual({ kind: 'given', key: KEY })
})

test('an S3 service is signed for our region and addressed by path unless told otherwise', () => {
  const env = {
    TELECINE_S3_ENDPOINT: 'https://obs.example.com/',
    TELECINE_S3_ACCESS_KEY: 'a',
    TELECINE_S3_SECRET_KEY: 's',
    TELECINE_REGION: 'eu-1',
  }
  const s3 = { kind: 's3', endpoint: 'https://obs.example.com', accessKey: 'a', secretKey: 's' }
  expect(readConfig(env).objects).toEqual({ ...s3, region: 'eu-1', pathStyle: true })
  expect(readConfig({ ...env, TELECINE_S3_REGION: 'r', TELECINE_S3_PATH_STYLE: 'false' }).objects).toEqual({
    ...s3,
    region: 'r',
    pathStyle: false,
  })
})

test.each([
  ['[::1]:0', { host: '::1', port: 0 }],
  ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
  ['localhost:80', { host: 'localhost', port: 80 }],
])('TELECINE_LISTEN may be %s', (text, listen) => {
  expect(readConfig({ TELECINE_LISTEN: text }).listen).toEqual(listen)
})

test('lists, flags and pairs become values', () => {
  const config = readConfig({
    TELECINE_EDGE_URLS: 'http://a:81, https://b/',
    TELECINE_EDGE_PREHEAT: 'all',
    TELECINE_EDGE_PURGE_SECRET: 'hush',
    TELECINE_TRUST_PROXY: '10.0.0.0/8,::1',
    TELECINE_TLS_CERT: '/c.pem',
    TELECINE_TLS_KEY: '/k.pem',
    TELECINE_ACCESS_KEY: 'AK',
    TELECINE_SECRET_KEY: 'SK',
    TELECINE_FETCH_ALLOW_PRIVATE: '1',
  })
  expect(config.edgeUrls).toEqual(['http://a:81', 'https://b'])
  expect([config.edgePreheat, config.edgePurgeSecret]).toEqual(['all', 'hush'])
  expect(config.trustProxy).toEqual(['10.0.0.0/8', '::1'])
  expect(config.tls).toEqual({ kind: 'on', certFile: '/c.pem', keyFile: '/k.pem' })
  expect(config.firstStart.accessKey).toEqual({ access: 'AK', secret: 'SK' })
  expect(config.fetchAllowPrivate).toBe(true)
})

test.each([
  ['TELECINE_LISTEN', 'abc'],
  ['TELECINE_LISTEN', '127.0.0.1:65536'],
  ['TELECINE_LISTEN', ':8080'],
  ['TELECINE_LISTEN', '[abc]:80'],
  ['TELECINE_PUBLIC_URL', 'vod.example.com'],
  ['TELECINE_PUBLIC_URL', 'https://vod.example.com/path'],
  ['TELECINE_PUBLIC_URL', 'ftp://vod.example.com'],
  ['TELECINE_REGION', 'CN North'],
  ['TELECINE_VOD_BUCKET', 'Bucket'],
  ['TELECINE_PROJECT_ID', 'abc'],
  ['TELECINE_WORKER_SLOTS', '0'],
  ['TELECINE_WORKER_SLOTS', '65'],
  ['TELECINE_WORKER_SLOTS', '1.5'],
  ['TELECINE_CHUNK_SECONDS', '-60'],
  ['TELECINE_S3_PATH_STYLE', 'yes'],
  ['TELECINE_EDGE_URLS', 'http://a,,http://b'],
  ['TELECINE_EDGE_PREHEAT', 'first'],
  ['TELECINE_TRUST_PROXY', '10.0.0.0/33'],
  ['TELECINE_LOG_LEVEL', 'verbose'],
] as const)('a wrong %s (%s) is refused with one line that names it, what it must be and what it was', (name, text) => {
  expect(refusal({ [name]: text })).toBe(`${name} must be ${SETTINGS[name].expected}; got ${JSON.stringify(text)}`)
})

test.each([
  'TELECINE_DATABASE_URL',
  'TELECINE_MASTER_KEY',
  'TELECINE_ADMIN_PASSWORD',
  'TELECINE_SECRET_KEY',
  'TELECINE_EDGE_PURGE_SECRET',
] as const)('a wrong %s is refused without showing it', (name) => {
  const message = refusal({ [name]: 'a b\tc' })
  expect(message).toContain(`${name} must be ${SETTINGS[name].expected}`)
  expect(message).not.toContain('a b')
})

test.each([
  [
    { TELECINE_DATABASE_URL: EXTERNAL.TELECINE_DATABASE_URL },
    /^TELECINE_MASTER_KEY must be set with TELECINE_DATABASE_URL/,
  ],
  [{ TELECINE_S3_ENDPOINT: 'http://s3', TELECINE_S3_SECRET_KEY: 's' }, /^TELECINE_S3_ACCESS_KEY must be set/],
  [{ TELECINE_S3_ENDPOINT: 'http://s3', TELECINE_S3_ACCESS_KEY: 'a' }, /^TELECINE_S3_SECRET_KEY must be set/],
  [{ TELECINE_S3_REGION: 'r' }, /^TELECINE_S3_ENDPOINT must be set with TELECINE_S3_REGION$/],
  [
    { TELECINE_REVIEW_URL: 'https://review.example/look' },
    /^TELECINE_REVIEW_SECRET must be set with TELECINE_REVIEW_URL$/,
  ],
  [{ TELECINE_REVIEW_SECRET: 's' }, /^TELECINE_REVIEW_URL must be set with TELECINE_REVIEW_SECRET$/],
  [{ TELECINE_REVIEW_URL: 'ftp://review.example' }, /^TELECINE_REVIEW_URL must be an http/],
  [{ TELECINE_REVIEW_URL: 'https://me:pw@review.example' }, /^TELECINE_REVIEW_URL must be an http/],
  [{ TELECINE_TLS_CERT: 'c' }, /^TELECINE_TLS_KEY must be set with TELECINE_TLS_CERT$/],
  [{ TELECINE_TLS_KEY: 'k' }, /^TELECINE_TLS_CERT must be set with TELECINE_TLS_KEY$/],
  [{ TELECINE_ACCESS_KEY: 'a' }, /^TELECINE_SECRET_KEY must be set with TELECINE_ACCESS_KEY$/],
])('settings that need one another are refused apart: %o', (env, message) => {
  expect(refusal(env)).toMatch(message)
})

test('an unknown TELECINE_ variable is refused and the nearest name offered, but for those of the test suite', () => {
  expect(refusal({ TELECINE_LISTN: ':80' })).toBe(
    'TELECINE_LISTN is no setting of telecine; did you mean TELECINE_LISTEN?',
  )
  expect(refusal({ TELECINE_TEST_ALL: '1' })).toBe('accepted')
})
