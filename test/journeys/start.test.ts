import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import { readCredentials } from '../../src/main/credentials.ts'
import { REGION } from '../contract/support.ts'
import { thorough } from '../support/cases.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'
import { descendantsOf, encodersBelow, isAlive, killAll, runTelecine, type TelecineProcess } from './processes.ts'

let dataDir: string
let film: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'telecine-start-'))
  film = await clip({ seconds: 3, args: ['-vf', 'scale=854:480', '-c:v', 'libx264', '-preset', 'ultrafast'] })
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

const start = (...args: readonly string[]) =>
  runTelecine(['start', ...args], { TELECINE_DATA_DIR: dataDir, TELECINE_LISTEN: '127.0.0.1:0' })

/** Signed calls as the credentials of the data folder allow them at present. */
const connect = async () => {
  const given = await readCredentials(dataDir)
  if (!given) throw new Error('no credentials were written')
  const key = { access: given.access_key, secret: given.secret_key }
  const call = createApiClient({ endpoint: given.endpoint, key })
  return {
    given,
    call: (method: 'GET' | 'POST' | 'PUT', path: string, body?: object) =>
      call(method, `/v1.0/${given.project_id}${path}`, body),
  }
}

const importFilm = async (name: string): Promise<string> => {
  const folder = join(dataDir, 'buckets', 'studio')
  await mkdir(folder, { recursive: true })
  await copyFile(film, join(folder, name))
  const { call } = await connect()
  await call('PUT', '/asset/authority', { bucket: 'studio', operation: '1' })
  const created = await call('POST', '/asset/reproduction', {
    ...{ title: 'A film', video_type: 'MP4', auto_publish: 1, template_group_name: 'system_template_group' },
    input: { bucket: 'studio', location: REGION, object: name },
  })
  return String(created['asset_id'])
}

const stateOf = async (id: string): Promise<string> => {
  const { call } = await connect()
  const { assets } = Object(await call('GET', `/asset/list?asset_id=${id}`))
  return `${assets[0].asset_status} ${assets[0].transcode_status}`
}

const expectFinished = async (id: string) => {
  await until('the asset is finished', async () => (await stateOf(id)) === 'PUBLISHED TRANSCODE_SUCCEED')
  const { call } = await connect()
  const { transcode_info: info } = Object(await call('GET', `/asset/details?asset_id=${id}`))
  const { frames } = await decoded(film)
  expect(info.output).toHaveLength(3)
  for (const { url } of info.output.slice(1)) expect((await decoded(url)).frames).toBe(frames)
}

const encoding = (telecine: TelecineProcess) =>
  until('an encode is under way', async () => (await encodersBelow(telecine.pid)).length > 0)

/** The process below this one that runs this command. */
const childOf = async (telecine: TelecineProcess, command: 'serve' | 'worker'): Promise<number> => {
  for (const pid of await descendantsOf(telecine.pid)) {
    // Empty where it has ended since it was listed, as processes of PostgreSQL do.
    const cmdline = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (cmdline.includes(`\0${command}\0`)) return pid
  }
  throw new Error(`there is no ${command}`)
}

interface LogLine {
  readonly time: string
  readonly msg: string
  readonly child?: string
  readonly pause_ms?: number
}

const loggedBy = ({ complaints }: TelecineProcess, message: string): readonly LogLine[] =>
  complaints.map((line): LogLine => JSON.parse(line)).filter(({ msg }) => msg === message)

const allGone = (pids: readonly number[]) =>
  until('every process has ended', async () => pids.every((pid) => !isAlive(pid)))

// Three starts on one folder: each test takes up where the one before left it.
describe('a start', () => {
  let telecine: TelecineProcess
  let id: string
  const startAgain = async () => {
    telecine = start()
    return (await telecine.said('telecine ready ')).slice('telecine ready '.length)
  }
  afterAll(() => telecine[Symbol.asyncDispose]())

  test('that is the first says where it is, hands over credentials, and is ready', PATIENT, async () => {
    const url = await startAgain()
    const { given } = await connect()
    expect(given).toMatchObject({ endpoint: url, region: REGION, user: 'admin' })
    expect((await stat(join(dataDir, 'credentials.json'))).mode & 0o777).toBe(0o600)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)

    // A second one on the same folder is refused with one line, and disturbs nothing.
    await using second = start()
    expect(await second.ended).toBe(2)
    expect(second.complaints.filter((line) => line.includes('is in use by another telecine'))).toHaveLength(1)
    expect(second.complaints).toHaveLength(1)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  test('after kill -9 of every process during an encode goes on, and the asset is finished', PATIENT, async () => {
    id = await importFilm('killed.mp4')
    await encoding(telecine)
    const all = [telecine.pid, ...(await descendantsOf(telecine.pid))]
    // Supervisor, API, worker, FFmpeg, PostgreSQL and its children.
    expect(all.length).toBeGreaterThan(5)
    killAll(all)
    expect(await telecine.ended).toBe('SIGKILL')
    await allGone(all)
    await startAgain()
    await expectFinished(id)
  })

  test('after SIGTERM during an encode goes on; every process had ended in good order', PATIENT, async () => {
    id = await importFilm('drained.mp4')
    await encoding(telecine)
    const all = [telecine.pid, ...(await descendantsOf(telecine.pid))]
    telecine.child.kill('SIGTERM')
    expect(await telecine.ended).toBe(0)
    await allGone(all)
    expect(telecine.complaints.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([])
    await startAgain()
    await expectFinished(id)
  })

  test('has API and worker run again at once when they are killed', PATIENT, async () => {
    // The log comes by another pipe than what was said.
    const beginnings = await until('both have begun', async () => {
      const logged = ['listening', 'worker started'].flatMap((message) => loggedBy(telecine, message))
      return logged.length === 2 && logged
    })
    const since = Math.max(...beginnings.map(({ time }) => Date.parse(time)))
    await until('both have worked for a while', async () => Date.now() - since > 3_000)
    for (const name of ['serve', 'worker'] as const) process.kill(await childOf(telecine, name), 'SIGKILL')
    await until(
      'both run again',
      async () => loggedBy(telecine, 'listening').length + loggedBy(telecine, 'worker started').length === 4,
    )
    const restarts = loggedBy(telecine, 'a process ended and is started again')
    expect(restarts.map(({ child, pause_ms }) => `${child} ${pause_ms}`).toSorted()).toEqual(['serve 0', 'worker 0'])
    await expectFinished(await importFilm('after.mp4'))
    telecine.child.kill('SIGTERM')
    expect(await telecine.ended).toBe(0)
  })
})

test('where to watch a file given to start is said at once, and then how far its qualities are', PATIENT, async () => {
  // Titles are cut after thirty characters, here within one that takes two of UTF-16.
  const title = 'A long holiday, in summer 26 🎬'
  const file = join(dataDir, `${title}.mp4`)
  await copyFile(await clip({ seconds: 2 }), file)
  await using telecine = start(file)
  const url = (await telecine.said('watch ')).slice('watch '.length)
  expect((await fetch(url)).status).toBe(200)
  expect(await (await fetch(`${url}/state`)).json()).toMatchObject({ state: 'playable', title })
  expect(await readFile(join(dataDir, `buckets/my-videos/${title}.mp4`))).toEqual(await readFile(file))
  await telecine.said(`prepared ${title}.mp4`)
  expect(telecine.lines.slice(1, 3)).toEqual([`watch ${url}`, `preparing ${title}.mp4: 0 %`])
})

test('of a file that does not play as it is that is said, and where to watch it once it can be', PATIENT, async () => {
  const file = join(dataDir, 'tape.mkv')
  await copyFile(await clip({ seconds: 2, extension: 'mkv' }), file)
  await using telecine = start(file)
  await telecine.said('prepared tape.mkv')
  const [, first, ...others] = telecine.lines
  expect(first).toBe('tape.mkv does not play as it is, and is prepared first')
  const [url = ''] = others.flatMap((line) => (line.startsWith('watch ') ? [line.slice('watch '.length)] : []))
  expect(await (await fetch(`${url}/state`)).json()).toMatchObject({ state: 'playable', title: 'tape.mkv' })
})

thorough('a file given to start is prepared although the API is killed meanwhile', PATIENT, async () => {
  await using telecine = start(await clip({ seconds: 2 }))
  await telecine.said('preparing ')
  process.kill(await childOf(telecine, 'serve'), 'SIGKILL')
  await telecine.said('prepared ')
  const url = (await telecine.said('watch ')).slice('watch '.length)
  expect((await fetch(url)).status).toBe(200)
  expect(telecine.complaints.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([])
})

thorough('a file that is no film does not play, and one plain line says why', PATIENT, async () => {
  const file = join(dataDir, 'letter.mp4')
  await writeFile(file, 'Dear Sir or Madam, '.repeat(100))
  await using telecine = start(file)
  expect(await telecine.said('letter.mp4 does not play: ')).toMatch(/^letter\.mp4 does not play: \S+/)
})

test.each([
  ['TELECINE_LISTEN', 'nowhere'],
  ['TELECINE_NONSENSE', '1'],
])('a wrong %s ends the start with one line', async (name, value) => {
  await using telecine = runTelecine(['start'], { TELECINE_DATA_DIR: join(dataDir, 'never'), [name]: value })
  expect(await telecine.ended).toBe(2)
  expect(telecine.complaints).toHaveLength(1)
  expect(telecine.complaints[0]).toContain(name)
  await expect(stat(join(dataDir, 'never'))).rejects.toThrow('ENOENT')
})
