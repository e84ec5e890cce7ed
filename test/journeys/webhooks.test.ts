import {
  CreateExtractAudioTaskRequest,
  ExtractAudioTaskReq,
  FileAddr,
  PublishAssetFromObsReq,
  PublishAssetFromObsRequest,
  type PublishAssetFromObsReqVideoTypeEnum,
  Thumbnail,
  ThumbnailTypeEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { REGION } from '../contract/support.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { isSigned, type Receiver, startReceiver } from '../support/receiver.ts'
import { PATIENT, until } from '../support/until.ts'
import { startWebhookSender } from '../support/webhook-sender.ts'

const cleanup = new AsyncDisposableStack()
let installation: Installation
let receiver: Receiver
let secret: string
beforeAll(async () => {
  receiver = cleanup.use(await startReceiver())
  installation = cleanup.use(await startInstallation({ settings: { TELECINE_FETCH_ALLOW_PRIVATE: 'true' } }))
  cleanup.use(startWebhookSender(installation.server))
  secret = String((await installation.tenant.native('POST', '/webhooks', { url: receiver.url }))['secret'])
  await installation.put('film.mp4', { file: await clip({ seconds: 3 }) })
  await installation.put('broken.mp4', Buffer.from('no film at all'))
})
afterAll(() => cleanup.disposeAsync())

/** The events of an asset so far, as a receiver that was written for the vendor reads them. */
const eventsOf = (id: AssetId) =>
  receiver.received
    .map(({ body }) => JSON.parse(JSON.parse(body).message))
    .filter((event) => infoOf(event).asset_id === id)
const infoOf = ({ event_type: _, ...payload }: Record<string, unknown>) => Object(Object.values(payload)[0])
const kindsOf = (id: AssetId): string[] => eventsOf(id).map(({ event_type }) => event_type)

const publish = async (body: PublishAssetFromObsReq): Promise<AssetId> => {
  const answer = await installation.tenant.vod.publishAssetFromObs(new PublishAssetFromObsRequest().withBody(body))
  return Object(answer).asset_id
}
const MP4 = 'MP4' as PublishAssetFromObsReqVideoTypeEnum
const film = (object: string) =>
  new PublishAssetFromObsReq(MP4, 'A film')
    .withInput(new FileAddr(BUCKET, REGION, object))
    .withAutoPublish(1)
    .withTemplateGroupName('system_template_group')

const told = async (id: AssetId, count: number) => {
  await until(`${count} events of ${id}`, async () => eventsOf(id).length >= count)
  expect(receiver.received.every((one) => isSigned(one, secret))).toBe(true)
  return Object.fromEntries(eventsOf(id).map((event) => [event.event_type, infoOf(event)]))
}

test('a film is created, has a cover and streams, and each is told once, signed and in order', PATIENT, async () => {
  const id = await publish(film('film.mp4'))
  const { createComplete: created, coverComplete: cover, transcodeComplete: transcoded } = await told(id, 3)
  expect(kindsOf(id)[0]).toBe('createComplete')
  expect(new Set(kindsOf(id))).toEqual(new Set(['coverComplete', 'createComplete', 'transcodeComplete']))
  expect(kindsOf(id)).toHaveLength(3)
  expect(created).toMatchObject({ status: 'SUCCEED', title: 'A film', meta_data: { duration: 3, codec: 'H.264' } })
  expect((await fetch(created.url)).status).toBe(200)
  expect(cover).toEqual({ asset_id: id, status: 'SUCCEED', title: 'A film', cover_type: 'HEAD_FRAME_COVER' })
  expect(transcoded).toMatchObject({ status: 'SUCCEED', templateGroupName: 'system_template_group' })
  const urls = transcoded.output.map(({ url }: { url: string }) => url)
  expect(urls).toEqual((await installation.streams(id)).map(({ url }) => url))
  for (const url of urls) expect((await fetch(url)).status).toBe(200)

  const request = new CreateExtractAudioTaskRequest().withBody(new ExtractAudioTaskReq(id))
  const { audio_asset_id: audio } = Object(await installation.tenant.vod.createExtractAudioTask(request))
  const { audioExtractComplete: sound } = await told(audio, 1)
  expect([kindsOf(audio), sound.status]).toEqual([['audioExtractComplete'], 'SUCCEED'])
  expect(sound.meta_data).toMatchObject({ duration: 3, pack_type: 'MP3' })
})

test('snapshots are told of, and then there is no event of a cover', PATIENT, async () => {
  const thumbnail = new Thumbnail(ThumbnailTypeEnum.TIME).withTime(1)
  const id = await publish(film('film.mp4').withThumbnail(thumbnail))
  const { thumbnailComplete: snapshots } = await told(id, 3)
  await installation.settled(id)
  expect(kindsOf(id)[0]).toBe('createComplete')
  expect(new Set(kindsOf(id))).toEqual(new Set(['createComplete', 'thumbnailComplete', 'transcodeComplete']))
  expect(kindsOf(id)).toHaveLength(3)
  expect(snapshots).toMatchObject({ status: 'SUCCEED', dots: [] })
  expect(snapshots.sample.map(({ offset }: { offset: number }) => offset)).toEqual([0, 1, 2])
  for (const { url } of snapshots.sample) expect((await fetch(url)).headers.get('content-type')).toBe('image/jpeg')
})

test('what is no film is told of as a failure, with code and reason, and nothing else is', PATIENT, async () => {
  const id = await publish(film('broken.mp4'))
  const { createComplete: created } = await told(id, 1)
  const { exec_desc } = await installation.settled(id)
  expect(created).toEqual({ asset_id: id, status: 'FAILED', error_code: 'VOD.10094', error_msg: expect.any(String) })
  expect(exec_desc).toContain(created.error_msg)
  expect(kindsOf(id)).toEqual(['createComplete'])
})
