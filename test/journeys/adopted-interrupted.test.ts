import { CancelAssetTranscodeTaskRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { thorough } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { adoptedStreams, type Streams, statusOf } from './adopted-streams.ts'
import { decoded } from './decoded.ts'
import { encodersBelow, isAlive, runTelecine, type TelecineProcess } from './processes.ts'

let installation: Installation
let streams: Streams
beforeAll(async () => {
  installation = await startInstallation({ worker: 'none' })
  streams = adoptedStreams(installation)
})
afterAll(() => installation[Symbol.asyncDispose]())

/** Its worker's FFmpeg, once it has stored something. */
const encoding = (worker: TelecineProcess, folder: string) =>
  until('an encode is under way', async () => {
    const [ffmpeg] = await encodersBelow(worker.pid)
    return (await streams.keysIn(folder)).some((key) => key.endsWith('.m4s')) && ffmpeg
  })

const plain = (id: AssetId) => [streams.at(id, 'index.m3u8'), streams.at(id, 'v1/index.m3u8')] as const

thorough(
  'a worker is killed while it encodes a stream: the stream plays, another one does the work, exactly',
  PATIENT,
  async () => {
    const args = ['-vf', 'scale=854:480', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']
    const source = await clip({ seconds: 8, args })
    const theirs = await streams.makeShow('killed', source)
    const { frames } = await decoded(source)
    await using first = runTelecine(['worker'], installation.environment)
    const id = await streams.adopt('killed/master.m3u8', { templateGroup: 'system_template_group' })
    const ffmpeg = await encoding(first, `killed/${id}`)
    first.child.kill('SIGKILL')
    const [index, variant] = plain(id)
    expect(await streams.playUrls(id)).toEqual([index, variant, streams.at(id, 'v2/index.m3u8')])
    expect((await decoded(index)).frames).toBe(frames)
    await until('the orphaned FFmpeg has ended', async () => !isAlive(ffmpeg))
    await using _second = runTelecine(['worker'], installation.environment)
    expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
    const outputs = await installation.streams(id)
    expect(outputs.map(({ quality }) => quality)).toEqual([undefined, 'SD', 'FLUENT'])
    for (const { url } of outputs) expect((await decoded(url)).frames).toBe(frames)
    await streams.deleteAsset(id, 'killed', theirs)
  },
)

thorough('a transcode that waits is taken back: the stream plays as before', PATIENT, async () => {
  const theirs = await streams.makeShow('waiting', await clip({ seconds: 2 }))
  const worker = runTelecine(['worker'], installation.environment)
  const id = await streams.adopt('waiting/master.m3u8', { templateGroup: '' })
  await installation.settled(id)
  await worker[Symbol.asyncDispose]()
  await streams.order(id, 'system_template_group')
  await installation.tenant.vod.cancelAssetTranscodeTask(new CancelAssetTranscodeTaskRequest(id))
  const [index, variant] = plain(id)
  expect((await streams.playUrls(id)).slice(0, 2)).toEqual([index, variant])
  expect([await statusOf(index), await statusOf(variant)]).toEqual([200, 200])
  await using _worker = runTelecine(['worker'], installation.environment)
  await streams.deleteAsset(id, 'waiting', theirs)
})
