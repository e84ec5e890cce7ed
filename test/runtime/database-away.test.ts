import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/main/embedded-postgres/start-embedded-postgres.ts'
import { runTelecine } from '../journeys/processes.ts'
import { createDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { PATIENT, until } from '../support/until.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-away-'))
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined }
const startPostgres = (): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDir: join(folder, 'database'), fsync: 'off', log: quiet })

const KEY = { TELECINE_MASTER_KEY: randomBytes(32).toString('base64') }

const serve = (databaseUrl: string, listen = '127.0.0.1:0') =>
  runTelecine(['serve'], {
    ...{ ...KEY, TELECINE_DATABASE_URL: databaseUrl, TELECINE_LISTEN: listen },
    TELECINE_DATA_DIR: join(folder, 'api'),
  })

test('a start whose database is not there says so in one line', PATIENT, async () => {
  await using telecine = serve('postgresql://telecine@127.0.0.1:1/telecine')
  expect(await telecine.ended).toBe(1)
  expect(telecine.complaints).toEqual([
    expect.stringMatching(/^TELECINE_DATABASE_URL must be .* answers; .*ECONNREFUSED/),
  ])
})

test('a start waits for a database that is just coming up', PATIENT, async () => {
  await using before = await startPostgres()
  await before.stop()
  await using telecine = serve(before.url)
  await using _postgres = await startPostgres()
  await telecine.said('telecine ready ')
})

test('requests are answered "later" while the database is away, and served when it is back', PATIENT, async () => {
  await using postgres = await startPostgres()
  await using telecine = serve(postgres.url)
  const url = (await telecine.said('telecine ready ')).slice('telecine ready '.length)
  const signature = `SDK-HMAC-SHA256 Access=NOBODY, SignedHeaders=host;x-sdk-date, Signature=${'0'.repeat(64)}`
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const call = async (path: string) => {
    const answer = await fetch(url + path, { headers: { authorization: signature, 'x-sdk-date': date } })
    const [code] = /APIGW\.\d+/.exec(await answer.text()) ?? []
    return [answer.status, code, answer.headers.get('retry-after')]
  }
  const list = `/v1.0/${'0'.repeat(32)}/asset/list`
  const cover = `/asset/${'0'.repeat(32)}/cover/Cover0.jpg`
  expect((await call(list))[0]).toBe(401)
  expect((await call(cover))[0]).toBe(404)
  await postgres.stop()
  expect(await call(list)).toEqual([503, 'APIGW.0613', '1'])
  expect(await call(cover)).toEqual([503, 'APIGW.0613', '1'])
  await using _again = await startPostgres()
  await until('it serves again', async () => (await call(list))[0] === 401 && (await call(cover))[0] === 404)
})

test('a process is not ready before its first start has made the credentials', PATIENT, async () => {
  await using database = await createDatabase({ max: 2 })
  const held = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const lock = database.kysely.transaction().execute(async (trx) => {
    await sql`lock table access_key in access exclusive mode`.execute(trx)
    locked.resolve()
    await held.promise
  })
  await locked.promise
  const port = await freePort()
  await using telecine = serve(database.url, `127.0.0.1:${port}`)
  const readiness = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    return answer && [answer.status, Object(await answer.json()).checks]
  }
  const parts = { database: 'ok', store: 'ok', ffmpeg: 'ok' }
  expect(await until('it answers', readiness)).toEqual([503, { ...parts, credentials: 'failed' }])
  held.resolve()
  await lock
  await telecine.said('telecine ready ')
  expect(await readiness()).toEqual([200, { ...parts, credentials: 'ok' }])
})
