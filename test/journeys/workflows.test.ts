import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AssetId, parseAssetId } from '../../src/core/shared/ids.ts'
import { thorough } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { clip, derive } from '../support/media.ts'
import { startReceiver } from '../support/receiver.ts'
import { PATIENT, until } from '../support/until.ts'
import { startWebhookSender } from '../support/webhook-sender.ts'
import { runTelecine } from './processes.ts'

const cleanup = new AsyncDisposableStack()
let installation: Installation
beforeAll(async () => {
  const provider = cleanup.use(await startReceiver((_, response) => response.writeHead(401).end('no')))
  const settings = {
    TELECINE_FETCH_ALLOW_PRIVATE: 'true',
    TELECINE_REVIEW_URL: provider.url,
    TELECINE_REVIEW_SECRET: 'between-us',
  }
  installation = cleanup.use(await startInstallation({ worker: 'none', settings }))
  const sound = ['-f', 'lavfi', '-i', 'sine=d=3:r=48000']
  const film = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:d=3:r=24', ...sound, '-c:v', 'libx264', '-c:a', 'aac']
  await installation.put('film.mp4', { file: await clip({ seconds: 4 }) })
  await installation.put('small.mp4', { file: await derive(film, 'mp4') })
  await installation.put('silent.mp4', { file: await derive([...film, '-an'], 'mp4') })
  await installation.put('song.mp3', { file: await derive([...sound, '-c:a', 'libmp3lame'], 'mp3') })
})
afterAll(() => cleanup.disposeAsync())

const make = async (name: string, tasks: object): Promise<string> => {
  await installation.tenant.native('POST', '/workflows', { name, tasks })
  return name
}
const template = async (name: string, more: object): Promise<string> =>
  String((await installation.tenant.native('POST', '/review-templates', { name, ...more }))['template_id'])
const imported = (key: string, workflow: string, type = 'MP4') =>
  installation.import(key, { templateGroup: '', workflow, type })

interface Run {
  readonly state: string
  readonly tasks: readonly Readonly<Record<string, string>>[]
}
const runOf = async (id: AssetId): Promise<Run> =>
  Object(await installation.tenant.native('GET', `/assets/workflow?asset_id=${id}`))
const ended = (id: AssetId): Promise<Run> =>
  until(
    `the workflow of ${id} has ended`,
    async () => {
      const run = await runOf(id)
      return run.state !== 'running' && run
    },
    120_000,
  )
const states = ({ tasks }: Run) => Object.fromEntries(tasks.map(({ task = '', state = '' }) => [task, state]))
const detailsOf = async (id: AssetId) =>
  Object((await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })).body)
const soundOf = ({ tasks }: Run): AssetId => {
  const id = parseAssetId(tasks.find(({ task }) => task === 'extract_audio')?.['audio_asset_id'] ?? '')
  if (!id) throw new Error('there is an asset of the sound')
  return id
}
const allOf = (review: string) => ({
  transcode: { template_group_name: 'system_template_group' },
  thumbnail: { type: 'time', time: 3 },
  review: { template_id: review },
  extract_audio: { format: 'MP3' },
})

thorough(
  'everything at once: one task fails and says why, the others do not care; a killed worker changes nothing',
  PATIENT,
  async () => {
    const receiver = cleanup.use(await startReceiver())
    await installation.tenant.native('POST', '/webhooks', { url: receiver.url, format: 'raw' })
    const { server } = installation
    cleanup.use(startWebhookSender(server))
    const workflow = await make('all', allOf(await template('armed', { terrorism: 60 })))
    await using first = runTelecine(['worker'], installation.environment)
    const id = await imported('film.mp4', workflow)
    expect(states(await runOf(id))).toMatchObject({ transcode: 'waiting' })
    await until('it encodes and extracts', async () => {
      const { tasks } = await runOf(id)
      return tasks.some(({ task, state }) => task === 'transcode' && state === 'running')
    })
    first.child.kill('SIGKILL')
    await using _ = runTelecine(['worker'], installation.environment)
    const run = await ended(id)
    const work = await server.foundation.engine.workOf(id)
    expect(work.find(({ kind }) => kind === 'transcode')?.attempt).toBe(2)
    expect([run.state, states(run)]).toEqual([
      'failed',
      { transcode: 'succeeded', thumbnail: 'succeeded', review: 'failed', extract_audio: 'succeeded' },
    ])
    expect(run.tasks.find(({ task }) => task === 'review')?.['reason']).toContain('the review provider answered 401')
    await installation.settled(id)
    const details = await detailsOf(id)
    expect(details.transcode_info.output.length).toBeGreaterThan(1)
    expect(details.thumbnail_info.sample).toHaveLength(2)
    const audio = soundOf(run)
    const { base_info } = await detailsOf(audio)
    expect([base_info.title, base_info.video_type, base_info.meta_data.duration]).toEqual(['A film', 'MP3', 4])
    await installation.tenant.call('POST', '/asset/status/publish', { body: { asset_id: [audio] } })
    const { stderr } = await ffmpeg('-i', (await detailsOf(audio)).base_info.video_url, '-f', 'null', '-')
    expect(stderr).toMatch(/Audio: mp3/)
    // One asset of the sound, whatever was tried twice.
    const { assets } = Object((await installation.tenant.call('GET', '/asset/list')).body)
    expect(assets).toHaveLength(2)
    const told = () => receiver.received.map(({ body }) => JSON.parse(body))
    await until('all is told', async () => told().length >= 5)
    const events = told().map((event) => `${event.event_type} ${Object(Object.values(event)[1]).status}`)
    expect(events.toSorted()).toEqual([
      ...['audioExtractComplete SUCCEED', 'createComplete SUCCEED', 'reviewComplete FAILED'],
      ...['thumbnailComplete SUCCEED', 'transcodeComplete SUCCEED'],
    ])
  },
)

test('what cannot apply to a source is skipped, and no failure', PATIENT, async () => {
  installation.startWorker()
  const workflow = await make('plain', allOf(await template('usual', {})))
  const small = await imported('small.mp4', workflow)
  const { transcode, extract_audio } = allOf('')
  const silent = await imported('silent.mp4', await make('to hear', { transcode, extract_audio }))
  const song = await imported('song.mp3', workflow, 'MP3')
  const done = await ended(small)
  expect([done.state, states(done)]).toEqual([
    'succeeded',
    { transcode: 'succeeded', thumbnail: 'succeeded', review: 'succeeded', extract_audio: 'succeeded' },
  ])
  const mute = await ended(silent)
  expect([mute.state, mute.tasks.at(-1)]).toEqual([
    'succeeded',
    { task: 'extract_audio', state: 'skipped', reason: 'The video has no sound' },
  ])
  const heard = await ended(song)
  expect([heard.state, heard.tasks]).toEqual([
    'succeeded',
    [
      { task: 'transcode', state: 'skipped', reason: 'Audio files are not transcoded' },
      { task: 'thumbnail', state: 'skipped', reason: 'Audio files have no snapshots' },
      { task: 'review', state: 'succeeded' },
      { task: 'extract_audio', state: 'skipped', reason: 'The asset is no video' },
    ],
  ])
  await installation.settled(small)
  const sound = soundOf(done)
  for (const id of [sound, small]) {
    await installation.tenant.call('DELETE', '/asset', { query: `asset_id=${id}` })
    await until(`nothing of ${id} is left`, async () => (await installation.objects(id)).length === 0)
  }
})

test(
  'of a source that is no film every task fails with its reason, and there is no asset of a sound',
  PATIENT,
  async () => {
    await installation.put('text.mp4', Buffer.from('this is no film'))
    const run = await ended(await imported('text.mp4', 'plain'))
    expect([run.state, new Set(run.tasks.map(({ state }) => state)), run.tasks.length]).toEqual([
      ...['failed', new Set(['failed']), 4],
    ])
    for (const { reason } of run.tasks) expect(reason).toContain('Probing text.mp4 failed')
  },
)

thorough('a stream that stays where it is goes through the tasks that are for it', PATIENT, async () => {
  const folder = join(installation.dataDir, 'buckets', BUCKET, 'show')
  await mkdir(folder, { recursive: true })
  const encoded = [
    '-force_key_frames',
    'expr:gte(t,n_forced)',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-c:a',
    'aac',
  ]
  const hls = ['-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod', join(folder, 'index.m3u8')]
  await ffmpeg('-v', 'error', '-i', await clip({ seconds: 3 }), ...encoded, ...hls)
  const { review: _, ...tasks } = allOf('')
  const transcode = { template_group_name: 'original_template_group' }
  const workflow = await make('stream', { ...tasks, transcode, extract_audio: { format: 'AAC' } })
  const output = { bucket: BUCKET, path: 'show' }
  const id = await installation.import('show/index.m3u8', { type: 'HLS', templateGroup: '', workflow, output })
  const run = await ended(id)
  expect([run.state, states(run)]).toEqual([
    ...['succeeded', { transcode: 'succeeded', thumbnail: 'succeeded', extract_audio: 'succeeded' }],
  ])
  expect((await detailsOf(soundOf(run))).base_info).toMatchObject({ video_type: 'AAC', meta_data: { duration: 3 } })
})
