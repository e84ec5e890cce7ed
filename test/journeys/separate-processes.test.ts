import { readdir, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '../runtime/postgres-owner.ts'
import { thorough } from '../support/cases.ts'
import { ffmpegPath, SYSTEM_FFMPEG } from '../support/ffmpeg.ts'
import {
  type ApiUnderTest,
  apiOn,
  type ManyMachines,
  missingForManyMachines,
  startManyMachines,
} from '../support/many-machines.ts'
import { clip } from '../support/media.ts'
import { mustTestAll } from '../support/object-store.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'
import { descendantsOf, encodersBelow, isAlive, type TelecineProcess } from './processes.ts'

const missing = missingForManyMachines()
const MIGRATIONS = join(import.meta.dirname, '../../migrations')

interface Film {
  readonly key: string
  readonly seconds: number
  readonly path: string
  readonly qualities: readonly string[]
}

if (missing !== undefined) {
  test.skipIf(!mustTestAll())(`separate processes are tested: ${missing}`, () => expect.fail(missing))
}

// One installation through its life; each test takes up where the one before left it.
describe.skipIf(missing !== undefined)('on an external PostgreSQL and an S3 store', () => {
  let machines: ManyMachines
  /** Its encode takes long enough to be met. */
  let film: Film
  let shortFilm: Film
  let serveA: TelecineProcess
  let serveB: TelecineProcess
  let apiA: ApiUnderTest
  let apiB: ApiUnderTest
  /** Its FFmpeg is Debian's. */
  let worker1: TelecineProcess
  /** Its FFmpeg is the packaged one. */
  let worker2: TelecineProcess

  beforeAll(async () => {
    machines = await startManyMachines()
    const args = ['-vf', 'scale=1280:720', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac']
    film = { key: 'film.mp4', seconds: 2, path: await clip({ seconds: 2, args }), qualities: ['HD', 'SD', 'FLUENT'] }
    shortFilm = { key: 'short.mp4', seconds: 2, path: await clip({ seconds: 2 }), qualities: ['FLUENT'] }
    for (const { key, path } of [film, shortFilm]) await machines.put(key, path)
  }, 240_000)
  afterAll(() => machines[Symbol.asyncDispose]())

  const urlOf = async (serve: TelecineProcess) => (await serve.said('telecine ready ')).slice('telecine ready '.length)

  const working = (worker: TelecineProcess) =>
    until('the worker takes tasks', async () => worker.complaints.some((line) => line.includes('worker started')))

  const encoderOf = async (worker: TelecineProcess) => (await encodersBelow(worker.pid))[0]

  /** Waits for the end, then plays everything from this API. */
  const expectFinished = async (api: ApiUnderTest, id: string, { path, qualities, seconds }: Film) => {
    await until('the asset is finished', async () => (await api.stateOf(id)) === 'PUBLISHED TRANSCODE_SUCCEED')
    const { base_info, transcode_info } = await api.detailsOf(id)
    const [index, ...renditions] = transcode_info.output
    expect(renditions.map(({ quality }) => quality)).toEqual(qualities)
    const { frames } = await decoded(path)
    for (const { url } of renditions) {
      expect(url.startsWith(`${api.url}/`)).toBe(true)
      expect((await decoded(url)).frames).toBe(frames)
    }
    expect((await decoded(index?.url ?? '', 'audio')).seconds).toBeCloseTo(seconds, 0)
    expect((await decoded(base_info.cover_info_array[0]?.cover_url ?? '')).frames).toBe(1)
  }

  test('telecine migrate makes the tables, and of two at once only one', PATIENT, async () => {
    const said = await Promise.all([machines.migrate(), machines.migrate()])
    const names = (await readdir(MIGRATIONS)).map((name) => name.replace(/\.sql$/, '')).toSorted()
    expect(new Set(said)).toEqual(new Set([`ran ${names.join(', ')}`, 'the database is up to date']))
  })

  test('two telecine serve that start at once make one key, and both know it', PATIENT, async () => {
    serveA = machines.run('serve', 'a')
    serveB = machines.run('serve', 'b')
    const urls = await Promise.all([urlOf(serveA), urlOf(serveB)])
    const kept = await Promise.all([machines.credentialsOn('a'), machines.credentialsOn('b')])
    const [credentials, ...others] = kept.filter((one) => one !== undefined)
    if (!credentials) throw new Error('nobody kept the credentials')
    expect(others).toEqual([])
    for (const url of urls) expect((await fetch(`${url}/readyz`)).status).toBe(200)
    apiA = apiOn(urls[0], credentials)
    apiB = apiOn(urls[1], credentials)
    await apiA.authorize(machines.bucket)
  })

  test("what one API created the other one shows and plays, made by Debian's FFmpeg", PATIENT, async () => {
    const id = await apiA.import(machines.bucket, shortFilm.key)
    expect(await apiB.stateOf(id)).toBe('CREATING UN_TRANSCODE')
    worker1 = machines.run('worker', 'first', { TELECINE_FFMPEG_PATH: SYSTEM_FFMPEG })
    await expectFinished(apiB, id, shortFilm)
  })

  thorough('after kill -9 of a worker that encodes, another one does its work too', PATIENT, async () => {
    worker2 = machines.run('worker', 'second')
    await working(worker2)
    const ids = await Promise.all([apiA.import(machines.bucket, film.key), apiB.import(machines.bucket, film.key)])
    const [first, second] = await until('both workers encode', async () => {
      const encoders = [await encoderOf(worker1), await encoderOf(worker2)] as const
      return encoders[0] !== undefined && encoders[1] !== undefined && encoders
    })
    const programs = await Promise.all([first, second].map((pid) => readlink(`/proc/${pid}/exe`)))
    expect(programs).toEqual([await realpath(SYSTEM_FFMPEG), await realpath(await ffmpegPath())])
    worker2.child.kill('SIGKILL')
    for (const id of ids) await expectFinished(apiB, id, film)
    await until('the orphaned FFmpeg has ended', async () => second === undefined || !isAlive(second))
    const attempts = await Promise.all(ids.map((id) => apiB.attemptsOf(id, 'transcode')))
    expect(attempts.flat().toSorted()).toEqual([1, 2])
  })

  thorough('after kill -9 of an API the other one goes on, with what the killed one accepted', PATIENT, async () => {
    const accepted = await apiA.import(machines.bucket, shortFilm.key)
    serveA.child.kill('SIGKILL')
    expect(await serveA.ended).toBe('SIGKILL')
    const next = await apiB.import(machines.bucket, shortFilm.key)
    for (const id of [accepted, next]) await expectFinished(apiB, id, shortFilm)
  })

  thorough('SIGTERM during an encode: everything ends in good order, and hands back what it has', PATIENT, async () => {
    serveA = machines.run('serve', 'a')
    worker2 = machines.run('worker', 'second')
    await Promise.all([urlOf(serveA), working(worker2)])
    await apiB.import(machines.bucket, film.key)
    const all = [serveA, serveB, worker1, worker2]
    await until('an encode is under way', async () => (await encoderOf(worker1)) ?? (await encoderOf(worker2)))
    const below = (await Promise.all(all.map(({ pid }) => descendantsOf(pid)))).flat()
    for (const { child } of all) child.kill('SIGTERM')
    expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([0, 0, 0, 0])
    await until('every FFmpeg has ended', async () => !below.some(isAlive))
    const errors = all.flatMap(({ complaints }) => complaints.filter((line) => /"level":"(error|fatal)"/.test(line)))
    expect(errors).toEqual([])
    const states = await ask(machines.databaseUrl, 'select distinct state from engine.task')
    expect(states).not.toContain('running')
  })
})
