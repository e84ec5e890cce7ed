import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createS3ObjectStore } from '../../src/adapters/object-store/s3.ts'
import { checkDatabase } from '../../src/main/check-database.ts'
import { checkSettings } from '../../src/main/check-settings.ts'
import { checkStore, requireServiceBucket } from '../../src/main/check-store.ts'
import { ConfigError, readConfig } from '../../src/main/config.ts'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/main/embedded-postgres/start-embedded-postgres.ts'
import { type Answer, startDialect } from '../adapters/s3-dialect.ts'
import { mustTestAll } from '../support/object-store.ts'
import { OCR_FOLDER } from '../support/review-ocr.ts'
import { makeCertificate, missingOpenssl } from './certificate.ts'
import { ask, quiet } from './postgres-owner.ts'

const SECRETS = { storeKey: 'store-secret-7f3a', password: 'database-secret-91bc' }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-refused-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The one line that stops the start. */
const refusalOf = async (attempt: Promise<unknown>): Promise<string> => {
  const error = await attempt.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConfigError)) throw error
  expect(error.message).not.toContain('\n')
  for (const secret of Object.values(SECRETS)) expect(error.message).not.toContain(secret)
  return error.message
}

const check = (settings: Readonly<Record<string, string>>) =>
  checkSettings(readConfig({ TELECINE_DATA_DIR: join(folder, 'never'), ...settings }))

const refused = (settings: Readonly<Record<string, string>>) => refusalOf(check(settings))

describe('the object service', () => {
  const settingsOf = (endpoint: string) => ({
    TELECINE_S3_ENDPOINT: endpoint,
    TELECINE_S3_ACCESS_KEY: 'key',
    TELECINE_S3_SECRET_KEY: SECRETS.storeKey,
  })
  const failure = (status: number, code: string): Answer => ({
    status,
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`,
  })

  const checkService = (endpoint: string) => checkStore(readConfig(settingsOf(endpoint)).objects)
  const ENDPOINT = 'TELECINE_S3_ENDPOINT must be of an S3 or OBS service that answers'

  test.each([
    ['an unknown key', 'TELECINE_S3_ACCESS_KEY must be a key that', failure(403, 'InvalidAccessKeyId')],
    ['a wrong secret', 'TELECINE_S3_SECRET_KEY must be the secret of', failure(403, 'SignatureDoesNotMatch')],
    ['a wrong region', 'TELECINE_S3_REGION must be the object', failure(400, 'AuthorizationHeaderMalformed')],
    ['a wrong clock', ENDPOINT, failure(403, 'RequestTimeTooSkewed')],
    ['nothing at that place', ENDPOINT, { status: 404, body: 'Not here.' }],
    ['a page that is XML', ENDPOINT, { status: 200, body: '<html><p>Welcome!</p></html>' }],
    ['a page that is no XML', ENDPOINT, { status: 200, body: '<!doctype html><p>Welcome!<br>' }],
    ['another API', ENDPOINT, { status: 200, body: '{"error":"none"}' }],
  ])('that answers of %s', async (_, beginning, answer) => {
    await using service = await startDialect(() => answer)
    const line = await refusalOf(checkService(service.endpoint))
    expect(line.startsWith(beginning), line).toBe(true)
    expect(line).toContain(service.endpoint)
  })

  test('that does not listen', async () => {
    expect(await refusalOf(checkService('http://127.0.0.1:1'))).toBe(
      `${ENDPOINT}; http://127.0.0.1:1: cannot use the object store: the object store refuses connections`,
    )
  })

  test('is good without any bucket, and for a key that may not list them', async () => {
    const answers = [
      { status: 200, body: '<ListAllMyBucketsResult><Owner><ID>me</ID></Owner><Buckets/></ListAllMyBucketsResult>' },
      { status: 200, body: '<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>' },
      failure(403, 'AccessDenied'),
    ]
    for (const answer of answers) {
      await using service = await startDialect(() => answer)
      await checkService(service.endpoint)
    }
  })

  test.each([
    ['somebody else owns it', { HEAD: { status: 403 } }, 'the object store denies access'],
    [
      'we may not make it',
      { HEAD: { status: 404 }, PUT: failure(403, 'AccessDenied') },
      'the object store denies access',
    ],
    ['its name is taken elsewhere', { HEAD: { status: 301 }, PUT: failure(409, 'BucketAlreadyExists') }, 'is taken'],
    [
      'the service refuses its name',
      { HEAD: { status: 400 }, PUT: failure(400, 'InvalidBucketName') },
      'cannot create',
    ],
  ])('a bucket for ourselves that is not to be had, because %s', async (_, answers: Record<string, Answer>, reason) => {
    await using service = await startDialect(({ request }) => answers[request.method ?? ''] ?? { status: 500 })
    const config = readConfig({ ...settingsOf(service.endpoint), TELECINE_VOD_BUCKET: 'our-films' })
    if (config.objects.kind === 'local') throw new Error('the settings name a service')
    const line = await refusalOf(requireServiceBucket(createS3ObjectStore(config.objects), config))
    expect(line).toMatch(/^TELECINE_VOD_BUCKET must be a bucket that we may use, or a free name; .*our-films/)
    expect(line).toContain(reason)
  })
})

describe('the database', () => {
  let postgres: EmbeddedPostgres
  beforeAll(async () => {
    postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'database'), fsync: 'off', log: quiet })
    await ask(postgres.url, `create role guest login password 'another one'`)
    const [path] = await ask(postgres.url, 'show hba_file')
    await writeFile(String(path), `local all guest scram-sha-256\n${await readFile(String(path), 'utf8')}`)
    await ask(postgres.url, 'select pg_reload_conf()')
  })
  afterAll(() => postgres.stop())

  const changed = (change: (url: URL) => void): string => {
    const url = new URL(postgres.url)
    change(url)
    return url.href
  }
  const refusedDatabase = (url: string) => refusalOf(checkDatabase({ kind: 'external', url }))
  const BEGINNING = 'TELECINE_DATABASE_URL must be of a PostgreSQL that answers and lets us in; '

  test('a wrong password', async () => {
    const url = changed((one) => Object.assign(one, { username: 'guest', password: SECRETS.password }))
    expect(await refusedDatabase(url)).toBe(`${BEGINNING}password authentication failed for user "guest"`)
  })

  test('a database that is not there', async () => {
    const url = changed((one) => Object.assign(one, { pathname: '/nowhere' }))
    expect(await refusedDatabase(url)).toBe(`${BEGINNING}database "nowhere" does not exist`)
  })

  // It may be on its way: no fault of the settings.
  test('a server that nobody answers for', async () => {
    const url = `postgresql://guest:${SECRETS.password}@127.0.0.1:1/telecine`
    await expect(checkDatabase({ kind: 'external', url })).rejects.toMatchObject({
      name: 'UnreachableError',
      message: `TELECINE_DATABASE_URL must be of a PostgreSQL that answers; tried for 10 s: connect ECONNREFUSED 127.0.0.1:1`,
    })
  })

  test('a server that is too old', async () => {
    await ask(postgres.url, 'create schema old')
    // Found before the real one by whoever connects with this search path.
    await ask(postgres.url, `create function old.current_setting(text) returns text return '140011'`)
    const url = changed((one) => one.searchParams.set('options', '-c search_path=old,pg_catalog'))
    expect(await refusedDatabase(url)).toBe(
      'TELECINE_DATABASE_URL must be of PostgreSQL 15 or newer; that server is of 14',
    )
  })

  test('one that is just being started again is waited for', async () => {
    process.kill(postgres.pid, 'SIGKILL')
    await checkDatabase({ kind: 'external', url: postgres.url })
  })
})

describe('the certificate', () => {
  const missing = missingOpenssl()
  test.skipIf(missing === undefined || !mustTestAll())(`certificates are tested: ${missing}`, () =>
    expect.fail(missing),
  )

  test.skipIf(missing !== undefined)('is read with its key, and each is named when it is not', async () => {
    const ours = await makeCertificate(folder)
    const other = await makeCertificate(folder, 'other')
    const empty = join(folder, 'empty.pem')
    await writeFile(empty, '')
    const tls = (cert: string, key: string) => ({ TELECINE_TLS_CERT: cert, TELECINE_TLS_KEY: key })
    expect((await check(tls(ours.cert, ours.key))).tls).toEqual({
      cert: await readFile(ours.cert, 'utf8'),
      key: await readFile(ours.key, 'utf8'),
    })
    const nowhere = join(folder, 'nowhere.pem')
    expect(await refused(tls(nowhere, ours.key))).toMatch(
      /^TELECINE_TLS_CERT must be a PEM file .*nowhere\.pem.*ENOENT/,
    )
    expect(await refused(tls(ours.cert, folder))).toMatch(/^TELECINE_TLS_KEY must be a PEM file .*EISDIR/)
    expect(await refused(tls(empty, ours.key))).toMatch(/^TELECINE_TLS_CERT must be a certificate in PEM/)
    expect(await refused(tls(ours.key, ours.key))).toMatch(/^TELECINE_TLS_CERT must be a certificate in PEM/)
    expect(await refused(tls(ours.cert, empty))).toMatch(/^TELECINE_TLS_KEY must be a private key in PEM/)
    expect(await refused(tls(ours.cert, ours.cert))).toMatch(/^TELECINE_TLS_KEY must be a private key in PEM/)
    expect(await refused(tls(ours.cert, other.key))).toMatch(/^TELECINE_TLS_KEY must be the key of TELECINE_TLS_CERT/)
  })
})

test.each(['/nowhere/ffmpeg', '/bin/true', tmpdir()])('%s is no FFmpeg', async (path) => {
  const line = await refused({ TELECINE_FFMPEG_PATH: path })
  expect(line).toMatch(/^TELECINE_FFMPEG_PATH names no/)
  expect(line).toContain(path)
})

test('a file in the place of the data folder is named', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  expect(await refused({ TELECINE_DATA_DIR: file })).toMatch(
    /^TELECINE_DATA_DIR must be a folder that can be written to; .*: EEXIST/,
  )
})

test.each([
  ['/proc/telecine/data', 'ENOENT'],
  ['/dev/null/data', 'ENOTDIR'],
])('a data folder that the system does not let anybody make is named at once: %s', async (path, reason) => {
  const line = await refused({ TELECINE_DATA_DIR: path })
  expect(line).toMatch(/^TELECINE_DATA_DIR must be a folder that can be written to; .* is not: /)
  expect(line).toContain(`${path} is not: ${reason}`)
})

test('a host that keeps nothing of its own needs no data folder', async () => {
  const listing = '<ListAllMyBucketsResult><Owner><ID>me</ID></Owner></ListAllMyBucketsResult>'
  await using service = await startDialect(() => ({ status: 200, body: listing }))
  const dataDir = join(folder, 'unused')
  await check({
    TELECINE_S3_ENDPOINT: service.endpoint,
    ...{ TELECINE_S3_ACCESS_KEY: 'key', TELECINE_S3_SECRET_KEY: SECRETS.storeKey },
    ...{ TELECINE_DATABASE_URL: inject('postgresUrl'), TELECINE_MASTER_KEY: randomBytes(32).toString('base64') },
    TELECINE_DATA_DIR: dataDir,
  })
  await expect(stat(dataDir)).rejects.toThrow('ENOENT')
})

describe('what reads text in pictures', () => {
  const BEGINNING = 'TELECINE_REVIEW_OCR must be the folder of extras/review-ocr, installed; '
  const name = 'what reads text in pictures'

  test('a folder without its packages, and one without anything', async () => {
    const bare = join(folder, 'bare')
    await mkdir(bare)
    expect(await refused({ TELECINE_REVIEW_OCR: bare })).toBe(
      `${BEGINNING}${bare}: ${name} has ended unexpectedly (exit code 1)`,
    )
    await copyFile(join(OCR_FOLDER, 'package.json'), join(bare, 'package.json'))
    await copyFile(join(OCR_FOLDER, 'read-text.js'), join(bare, 'read-text.js'))
    expect(await refused({ TELECINE_REVIEW_OCR: bare })).toMatch(
      `${BEGINNING}${bare}: ${name} cannot say: Cannot find package '@gutenye/ocr-node'`,
    )
  })
})

test('a gallery of faces that is none', async () => {
  const beginning = 'TELECINE_REVIEW_FACES must be a folder with a folder politics, terrorism, or both; '
  const gallery = join(folder, 'gallery')
  expect(await refused({ TELECINE_REVIEW_FACES: gallery })).toMatch(`${beginning}ENOENT: no such file or directory`)
  await mkdir(join(gallery, 'politicians'), { recursive: true })
  expect(await refused({ TELECINE_REVIEW_FACES: gallery })).toBe(`${beginning}${gallery} has neither`)
})
