import { readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { thorough } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { derive } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'
import { encodersBelow, runTelecine } from './processes.ts'

/** Longer than what is encoded in one piece, with a frame rate of which no chunk begins at a frame, and a last chunk that is longer. */
const SECONDS = 130
const CHUNK_SECONDS = 20
const CHUNKS = 6
const PICTURE = ['-f', 'lavfi', '-i', `testsrc2=size=160x90:rate=24000/1001:duration=${SECONDS}`]
const SOUND = ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=44100:duration=${SECONDS}`]
const ENCODED = [
  '-c:v',
  'libx264',
  '-preset',
  'veryfast',
  '-pix_fmt',
  'yuv420p',
  '-g',
  '100',
  '-bf',
  '3',
  '-c:a',
  'aac',
]
const AUDIO = { sample_rate: 1, channels: 1, bitrate: 64 }
const COMMON = { pvc: '0', hls_interval: 5 }
const SETTINGS = { TELECINE_CHUNK_SECONDS: String(CHUNK_SECONDS) }

/** When each frame is shown, in order, in 1/90000 s. */
const framesOf = async (source: string): Promise<readonly number[]> => {
  const { stdout } = await ffmpeg(
    ...['-v', 'error', '-xerror', '-copyts', '-i', source, '-map', '0:v:0', '-c', 'copy', '-f', 'framecrc', '-'],
  )
  const [, numerator, denominator] = /#tb 0: (\d+)\/(\d+)/.exec(stdout) ?? []
  const tick = (Number(numerator) * 90_000) / Number(denominator)
  return stdout
    .split('\n')
    .filter((line) => /^0,/.test(line))
    .map((line) => Math.round(Number(line.split(',')[2]) * tick))
    .toSorted((a, b) => a - b)
}

/** Packets of sound that do not begin where the one before ends. */
const soundGaps = async (source: string): Promise<readonly string[]> => {
  const { stdout } = await ffmpeg(
    ...['-v', 'error', '-copyts', '-i', source, '-map', '0:a:0', '-c', 'copy', '-f', 'framecrc', '-'],
  )
  const packets = stdout.split('\n').filter((line) => /^0,/.test(line))
  expect(packets.length).toBeGreaterThan(SECONDS * 40)
  let end: number | undefined
  return packets.filter((line) => {
    const [, , pts = 0, duration = 0] = line.split(',').map(Number)
    const isGap = end !== undefined && pts !== end
    end = pts + duration
    return isGap
  })
}

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation({ worker: 'none', settings: SETTINGS })
})
afterAll(() => installation[Symbol.asyncDispose]())

const workOf = async (id: AssetId, kind: string) => {
  const work = await installation.server.foundation.engine.workOf(id)
  return work.filter((one) => one.kind === kind).map(({ state }) => state)
}

const taskTries = async (id: AssetId): Promise<readonly number[]> => {
  const { rows } = await sql<{ attempt: number }>`
    select t.attempt from engine.task t join engine.step s on s.id = t.step_id
    where s.subject = ${id} and s.kind = 'chunk' order by t.idx
  `.execute(installation.server.foundation.db)
  return rows.map(({ attempt }) => attempt)
}

describe('a film of more than two chunks', () => {
  test('is encoded in chunks, of which a killed worker loses one, and joined to the frame', PATIENT, async () => {
    const source = await derive([...PICTURE, ...SOUND, ...ENCODED], 'mp4')
    await installation.put('film.mp4', { file: source })
    const environment = { ...installation.environment, TELECINE_WORKER_SLOTS: '1' }
    await using first = runTelecine(['worker'], environment)
    const id = await installation.import('film.mp4')
    await until('a chunk is done, and the next one begun', async () => {
      const { rows } = await sql`
        select 1 from engine.task t join engine.step s on s.id = t.step_id
        where s.subject = ${id} and s.kind = 'chunk' and t.idx > 0 and t.state = 'done'
      `.execute(installation.server.foundation.db)
      return rows.length > 0 && (await encodersBelow(first.pid)).length > 0
    })
    first.child.kill('SIGKILL')
    await using _second = runTelecine(['worker'], environment)
    const { transcode_status, exec_desc, duration_ms } = await installation.settled(id)
    expect(transcode_status).toBe('TRANSCODE_SUCCEED')
    expect(exec_desc).toMatch(/transcode_exec_desc:Transcode success;$/)
    expect(duration_ms).toBeCloseTo(SECONDS * 1000, -2)
    for (const kind of ['transcode', 'chunk', 'join']) expect([kind, await workOf(id, kind)]).toEqual([kind, ['done']])
    const tries = await taskTries(id)
    expect(tries).toHaveLength(CHUNKS + 1)
    expect(tries.filter((attempt) => attempt > 1)).toEqual([2])

    const expected = await framesOf(source)
    const [index, ...renditions] = await installation.streams(id)
    expect(renditions.length).toBeGreaterThan(0)
    expect((await decoded(index?.url ?? '', 'audio')).seconds).toBeCloseTo(SECONDS, 1)
    expect(await soundGaps(index?.url ?? '')).toEqual([])
    for (const { url } of renditions) {
      expect((await decoded(url)).frames).toBe(expected.length)
      const found = await framesOf(url)
      expect(found).toHaveLength(expected.length)
      expect(Math.max(...found.map((at, n) => Math.abs(at - (expected[n] ?? 0))))).toBeLessThanOrEqual(1)
    }
  })

  test('of which chunks would be empty is encoded in one piece, and says what is wrong', PATIENT, async () => {
    const short = PICTURE.map((one) => one.replace(`duration=${SECONDS}`, 'duration=50'))
    await installation.put('short.mp4', { file: await derive([...short, ...SOUND, ...ENCODED], 'mp4') })
    installation.startWorker()
    const id = await installation.import('short.mp4')
    const { transcode_status, exec_desc } = await installation.settled(id)
    expect(transcode_status).toBe('TRANSCODE_SUCCEED')
    expect(exec_desc).toContain('The picture ends after 50.0 of 130.0 s')
    expect(await workOf(id, 'transcode')).toEqual(['done', 'done'])
    expect([await workOf(id, 'chunk'), await workOf(id, 'join')]).toEqual([['failed'], ['cancelled']])
    expect(await rows()).toBe(0)
  })

  thorough('with damage inside is played past it, and says so', PATIENT, async () => {
    const film = await readFile(await derive([...PICTURE, ...SOUND, ...ENCODED], 'mp4'))
    const middle = Math.floor(film.length / 2)
    await installation.put('damaged.mp4', film.fill(0xff, middle, middle + 4_000))
    const id = await installation.import('damaged.mp4')
    const { transcode_status, exec_desc } = await installation.settled(id)
    expect(transcode_status).toBe('TRANSCODE_SUCCEED')
    expect(exec_desc).toContain('Source damaged: ')
    expect((await workOf(id, 'chunk')).length).toBeGreaterThan(0)
    expect(await rows()).toBe(0)
  })

  thorough('becomes every format, sealed and in the clear, in step to its end', PATIENT, async () => {
    const { tenant } = installation
    const outputs = [
      { format: 'DASH_HLS', video: { quality: 'SD', width: 160, height: 90, bitrate: 100 }, audio: AUDIO },
      { format: 'MP4', video: { quality: 'SD', width: 160, height: 90, bitrate: 100 }, audio: AUDIO },
    ]
    const body = { name: 'all', type: 'custom_template_group', quality_info_list: outputs, common: COMMON }
    expect((await tenant.call('POST', '/asset/template_group/transcodings', { body })).status).toBe(200)
    const source = await derive([...PICTURE, ...SOUND, ...ENCODED], 'mp4')
    await installation.put('all.mp4', { file: source })
    const id = await installation.import('all.mp4', { templateGroup: 'all', encrypt: true })
    expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
    expect(await workOf(id, 'join')).toEqual(['done'])
    const expected = await framesOf(source)
    const streams = await installation.streams(id)
    const urls = ['MP4', 'DASH'].map((type) => streams.findLast(({ play_type }) => play_type === type)?.url ?? type)
    for (const url of urls) {
      const found = await framesOf(url)
      expect(found).toHaveLength(expected.length)
      expect(Math.max(...found.map((at, n) => Math.abs(at - (expected[n] ?? 0))))).toBeLessThanOrEqual(2)
      expect((await decoded(url, 'audio')).seconds).toBeCloseTo(SECONDS, 1)
    }
    const { token } = await tenant.native('POST', '/assets/play-tokens', { asset_id: id, viewer: 'alice' })
    const hls = `${streams.find(({ play_type }) => play_type === 'HLS')?.url}?token=${token}`
    expect((await decoded(hls)).frames).toBe(expected.length)
    expect(await rows()).toBe(0)
  })
})

/** Of films that are on their way. */
const rows = async () => (await installation.server.foundation.db.selectFrom('encode_run').selectAll().execute()).length
