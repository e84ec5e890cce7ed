import {
  FileAddr,
  PublishAssetFromObsReq,
  PublishAssetFromObsRequest,
  PublishAssetFromObsReqVideoTypeEnum,
  Thumbnail,
  ThumbnailTypeEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomId } from '../../src/adapters/random-id.ts'
import type { Asset } from '../../src/core/catalog/asset.ts'
import type { WorkflowRun } from '../../src/core/catalog/workflow-run.ts'
import {
  callOperation,
  countRows,
  insertAsset,
  MEDIA,
  makeGrantedBucket,
  newAssetId,
  outcomeOf,
  refused,
  SNAPSHOT_TASK,
} from './asset-fixtures.ts'
import { type ContractServer, REGION, startContractServer, type Tenant } from './support.ts'
import { everything, GROUP, systemReview } from './workflow-fixtures.ts'

const INPUT = { bucket: 'studio-raw', location: REGION, object: 'in/film.mp4' }
const COMPLETE = { video_type: 'MP4', title: 'A film', input: INPUT }

let server: ContractServer
let tenant: Tenant
let review: string
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
  await makeGrantedBucket(server, 'in/film.mp4')
  review = await systemReview(tenant)
})
afterAll(() => server[Symbol.asyncDispose]())

const make = (body: object) => tenant.native('POST', '/workflows', body)
const update = (body: object) => tenant.native('PUT', '/workflows', body)
const remove = (id: unknown) => tenant.native('DELETE', `/workflows?workflow_id=${id}`)

/** The asset that a call made, as the database has it. */
const made = async (body: object): Promise<Partial<Asset>> => {
  const { asset_id: id } = await callOperation(tenant, 'publishAssetFromObs', { body: { ...COMPLETE, ...body } })
  return (await server.foundation.reader.assetById(id)) ?? {}
}

describe('publishAssetFromObs', () => {
  test('through the SDK does what the workflow says at the call, whatever becomes of the workflow', async () => {
    const name = `${'全部 '.repeat(42)}到此`
    const { workflow_id } = await make({ name, tasks: everything(review) })
    const body = new PublishAssetFromObsReq(PublishAssetFromObsReqVideoTypeEnum.MP4, 'A film')
      .withWorkflowName(name)
      .withInput(new FileAddr(INPUT.bucket, INPUT.location, INPUT.object))
    const answer = await tenant.vod.publishAssetFromObs(new PublishAssetFromObsRequest().withBody(body))
    await update({ workflow_id, name: 'other', tasks: { extract_audio: { format: 'AAC' } } })
    await remove(workflow_id)
    const id = Object(answer).asset_id
    const asset = await server.foundation.reader.assetById(id)
    expect(asset).toMatchObject({
      ...{ templateGroup: GROUP, transcodeSettings: { outputs: expect.any(Array) } },
      snapshots: { state: 'wanted', settings: { points: { type: 'interval', seconds: 5 } } },
      review: { state: 'wanted', order: { templateId: review } },
      workflow: { name, tasks: ['transcode', 'snapshots', 'review', 'extraction'], audio: { format: 'MP3' } },
    })
    const run = { asset_id: id, workflow_name: name, state: 'running' }
    expect(await tenant.native('GET', `/assets/workflow?asset_id=${id}`)).toEqual({
      ...run,
      tasks: ['transcode', 'thumbnail', 'review', 'extract_audio'].map((task) => ({ task, state: 'waiting' })),
    })
  })

  test('a template group beats the workflow completely, also an unknown one', async () => {
    await make({ name: 'beaten', tasks: everything(review) })
    const asset = await made({ workflow_name: 'beaten', template_group_name: 'original_template_group' })
    expect(asset).toMatchObject({ templateGroup: 'original_template_group', snapshots: { state: 'none' } })
    for (const member of ['workflow', 'review']) expect(asset).not.toHaveProperty(member)
    const before = await countRows(server)
    const body = { ...COMPLETE, workflow_name: 'beaten', template_group_name: 'nobody' }
    const answer = await tenant.call('POST', '/asset/reproduction', { body })
    expect(Object(answer.body)).toMatchObject({
      ...{ error_code: 'VOD.10053', error_msg: expect.stringContaining('illegal field: template_group_name.') },
    })
    expect(await countRows(server)).toEqual(before)
  })

  test('what the call itself says takes the place of that task', async () => {
    const { template_id } = await tenant.native('POST', '/review-templates', { name: 'strict' })
    await make({ name: 'usual', tasks: everything(review) })
    const body = new PublishAssetFromObsReq(PublishAssetFromObsReqVideoTypeEnum.MP4, 'A film')
      .withWorkflowName('usual')
      .withThumbnail(new Thumbnail(ThumbnailTypeEnum.DOTS).withDots([7]))
      .withInput(new FileAddr(INPUT.bucket, INPUT.location, INPUT.object))
    const answer = await tenant.vod.publishAssetFromObs(new PublishAssetFromObsRequest().withBody(body))
    expect(await server.foundation.reader.assetById(Object(answer).asset_id)).toMatchObject({
      snapshots: { settings: { points: { type: 'points', seconds: [7] } } },
      review: { order: { templateId: review } },
    })
    expect(await made({ workflow_name: 'usual', review: { template_id } })).toMatchObject({
      snapshots: { settings: { points: { type: 'interval', seconds: 5 } } },
      review: { order: { templateId: template_id } },
    })
  })

  test('without a transcode in the workflow nothing is transcoded, also where a group is default', async () => {
    const { group_id } = await defaultGroup()
    await make({ name: 'quiet', tasks: { extract_audio: { format: 'MP3' } } })
    try {
      expect(await made({})).toHaveProperty('transcodeSettings')
      expect(await made({ workflow_name: 'quiet' })).not.toHaveProperty('transcodeSettings')
    } finally {
      await callOperation(tenant, 'deleteTemplateGroup', { query: `group_id=${group_id}` })
    }
  })

  test('auto_encrypt needs a transcode with HLS in the workflow', async () => {
    await make({ name: 'hls', tasks: { transcode: { template_group_name: GROUP } } })
    expect(await made({ workflow_name: 'hls', auto_encrypt: 1 })).toHaveProperty('encryption')
    await make({ name: 'stills', tasks: { thumbnail: { type: 'time', time: 1 } } })
    const body = { ...COMPLETE, workflow_name: 'stills', auto_encrypt: 1 }
    const { body: answer } = await tenant.call('POST', '/asset/reproduction', { body })
    expect(Object(answer).error_msg).toContain('illegal field: auto_encrypt.')
  })

  test('a workflow is told after the category, and one whose template is gone is refused by its name', async () => {
    const { template_id } = await tenant.native('POST', '/review-templates', { name: 'short_lived' })
    await make({ name: 'hollow', tasks: { review: { template_id } } })
    await tenant.native('DELETE', `/review-templates?template_id=${template_id}`)
    const before = await countRows(server)
    const post = (body: object) => tenant.call('POST', '/asset/reproduction', { body: { ...COMPLETE, ...body } })
    expect(await refused(post({ workflow_name: 'nobody', category_id: 77 }))).toBe('400 VOD.10064')
    const { body } = await post({ workflow_name: 'hollow' })
    expect(Object(body)).toMatchObject({
      error_code: 'VOD.10053',
      error_msg: expect.stringMatching(/illegal field: workflow_name\. .*tasks\.review\.template_id names no review/),
    })
    expect(await countRows(server)).toEqual(before)
  })
})

const defaultGroup = async () => {
  const video = { quality: 'SD', width: 854, height: 480, bitrate: 0, frame_rate: 1 }
  const audio = { sample_rate: 1, channels: 2, bitrate: 0 }
  const common = { hls_interval: 5, video_codec: 'H264', audio_codec: 'AAC', pvc: '0' }
  const body = {
    name: 'usual_group',
    type: 'custom_template_group',
    status: '1',
    quality_info_list: [{ format: 'HLS', video, audio }],
    common,
  }
  return callOperation(tenant, 'createTemplateGroup', { body })
}

describe('results', () => {
  const run: WorkflowRun = {
    ...{ name: 'all', tasks: ['transcode', 'snapshots', 'review', 'extraction'] },
    audio: { id: newAssetId(), format: 'MP3', bucket: 'vod', path: 'a.mp3' },
  }
  const order = () => ({
    ...{ task: randomId(), templateId: review },
    settings: { intervalSeconds: 5, thresholds: { porn: 80, terrorism: 0, politics: 0 }, publishOnPass: false },
  })
  const resultOf = async (asset: Partial<Asset>) => {
    const id = await insertAsset(server, tenant, { workflow: run, ...asset })
    const { state, tasks } = await tenant.native('GET', `/assets/workflow?asset_id=${id}`)
    const rows: readonly Record<string, string>[] = Object(tasks)
    return [state, ...rows.map(({ state: one, reason }) => (reason === undefined ? one : `${one}: ${reason}`))]
  }
  const SKIPPED = 'skipped: It was deleted, or taken back, on request'

  test('say of each task how it stands, and why', async () => {
    const broken = { ingest: { state: 'failed', reason: 'Probing film.mp4 failed' } } as const
    const because = 'failed: Probing film.mp4 failed'
    expect(await resultOf(broken)).toEqual(['failed', because, because, because, because])
    const audio = { ...{ videoType: 'MP3', media: { ...MEDIA, video: undefined } } } as unknown as Partial<Asset>
    expect(
      await resultOf({
        ...audio,
        transcode: { state: 'none', note: 'Audio files are not transcoded' },
        snapshots: { state: 'none', note: 'Audio files have no snapshots' },
        review: { state: 'passed', order: order() },
      }),
    ).toEqual([
      ...['succeeded', 'skipped: Audio files are not transcoded', 'skipped: Audio files have no snapshots'],
      ...['succeeded', 'skipped: The asset is no video'],
    ])
    const { audio: _, ...silent } = MEDIA
    expect(
      await resultOf({
        ...{ media: silent, transcode: { state: 'failed', reason: 'too odd' } },
        snapshots: { ...SNAPSHOT_TASK, state: 'failed', reason: 'too dark' },
        review: { state: 'failed', order: order(), reason: 'nobody looks' },
      }),
    ).toEqual([
      ...['failed', 'failed: too odd', 'failed: too dark', 'failed: nobody looks', 'skipped: The video has no sound'],
    ])
    expect(
      await resultOf({
        ...{ media: MEDIA, transcode: { state: 'succeeded', note: 'Source damaged' } },
        review: { state: 'suspicious', order: order() },
      }),
    ).toEqual(['succeeded', 'succeeded: Source damaged', SKIPPED, 'succeeded', SKIPPED])
    // In place, and not looked at yet.
    expect(await resultOf({ transcode: { state: 'waiting' } })).toEqual([
      ...['running', 'waiting', 'waiting', 'waiting', 'waiting'],
    ])
  })

  test('work that is cancelled before the source was looked at leaves nothing that waits', async () => {
    const { audio: _, ...silent } = run
    const id = await insertAsset(server, tenant, { workflow: silent, transcode: { state: 'waiting' } })
    await tenant.native('POST', '/assets/cancel', { asset_id: id })
    const { state, tasks } = await tenant.native('GET', `/assets/workflow?asset_id=${id}`)
    const reason = 'Cancelled on request'
    expect([state, tasks]).toEqual([
      'failed',
      ['transcode', 'thumbnail', 'review', 'extract_audio'].map((task) => ({ task, state: 'failed', reason })),
    ])
  })

  test('the asset of the sound is shown with its own state', async () => {
    const id = await insertAsset(server, tenant, { workflow: { ...run, tasks: ['extraction'] }, media: MEDIA })
    const audioId = run.audio?.id ?? newAssetId()
    const transcode = { state: 'failed', reason: 'no sound came' } as const
    const ingest = { state: 'failed', reason: 'no sound came' } as const
    await insertAsset(server, tenant, { id: audioId, extraction: { from: id, format: 'MP3' }, ingest, transcode })
    expect(await tenant.native('GET', `/assets/workflow?asset_id=${id}`)).toEqual({
      ...{ asset_id: id, workflow_name: 'all', state: 'failed' },
      tasks: [{ task: 'extract_audio', state: 'failed', reason: 'no sound came', audio_asset_id: audioId }],
    })
  })

  test('of an asset without a workflow there are none; of what is no asset there is no answer', async () => {
    const id = await insertAsset(server, tenant)
    expect(await tenant.native('GET', `/assets/workflow?asset_id=${id}`)).toEqual({ asset_id: id, tasks: [] })
    const ask = (one: string, by = tenant) => outcomeOf(by.native('GET', `/assets/workflow?asset_id=${one}`))
    expect(await ask(newAssetId())).toBe('400 VOD.10062')
    expect(await ask('')).toBe('400 VOD.10053')
    expect(await ask(await insertAsset(server, tenant, { ingest: { state: 'deleted' } }))).toBe('404 VOD.10062')
    expect(await ask(id, await server.addTenant('stranger'))).toBe('400 VOD.10062')
  })
})
