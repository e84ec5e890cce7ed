import { afterAll, beforeAll, expect, test } from 'vitest'
import { callOperation, makeGrantedBucket, refused } from './asset-fixtures.ts'
import { type ContractServer, REGION, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
  await makeGrantedBucket(server, 'song.mp3', 'hls/index.m3u8')
})
afterAll(() => server[Symbol.asyncDispose]())

const made = async (body: object) => {
  const { asset_id } = await callOperation(tenant, 'publishAssetFromObs', { body })
  return server.foundation.reader.assetById(asset_id)
}

test('a default group that encrypts leaves audio and HLS input as they are, and HLS says so; asked for, it refuses them', async () => {
  const group = {
    ...{ name: 'secret_default', type: 'custom_template_group', auto_encrypt: 1, status: '1' },
    quality_info_list: [{ format: 'HLS', video: { quality: 'SD' }, audio: { sample_rate: 1, channels: 2 } }],
  }
  await callOperation(tenant, 'createTemplateGroup', { body: group })
  const input = (object: string) => ({ title: 'plain', input: { bucket: 'studio-raw', location: REGION, object } })
  const audio = { ...input('song.mp3'), video_type: 'MP3' }
  expect(await made(audio)).toMatchObject({ templateGroup: 'secret_default', transcode: { state: 'none' } })
  expect(await made(audio)).not.toHaveProperty('encryption')
  const place = { storage_mode: 1, output_bucket: 'studio-raw', output_path: 'hls' }
  const stream = { ...input('hls/index.m3u8'), ...place, video_type: 'HLS' }
  const adopted = await made(stream)
  expect(adopted).not.toHaveProperty('encryption')
  const { assets } = await callOperation(tenant, 'listAssetList', { query: `asset_id=${adopted?.id}` })
  expect(assets[0].exec_desc).toContain('transcode_exec_desc:The stream is played as it lies and stays clear:')
  for (const body of [audio, stream].map((one) => ({ ...one, auto_encrypt: 1 }))) {
    expect(await refused(tenant.call('POST', '/asset/reproduction', { body }))).toBe('400 VOD.10053')
  }
})
