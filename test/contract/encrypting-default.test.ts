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

test('a default group that encrypts leaves audio as it is, which is refused where it is asked for; HLS input it encrypts as any film', async () => {
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
  expect(await made(stream)).toMatchObject({ templateGroup: 'secret_default', encryption: { key: expect.any(String) } })
  const plain = { ...stream, template_group_name: 'non_transcoding_template_group' }
  expect(await made(plain)).not.toHaveProperty('encryption')
  const body = { ...audio, auto_encrypt: 1 }
  expect(await refused(tenant.call('POST', '/asset/reproduction', { body }))).toBe('400 VOD.10053')
})
