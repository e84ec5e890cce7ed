import {
  DeleteAssetsRequest,
  ListAssetListRequest,
  PublishAssetReq,
  UnpublishAssetsRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import { probeSource } from '../../src/core/processing/probe-source.task.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { SYSTEM_SETTINGS } from '../../src/core/templates/system-groups.ts'
import { insertAsset } from './asset-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
})
afterAll(() => server[Symbol.asyncDispose]())

const TRANSCODED = { templateGroup: 'system_template_group', transcodeSettings: SYSTEM_SETTINGS } as const

/** Its transfer has just ended; no worker runs, so its probe stays queued. */
const transferred = async (asset: Parameters<typeof insertAsset>[2] = {}): Promise<AssetId> => {
  const id = await insertAsset(server, tenant, { ingest: { state: 'creating' }, publishWhenReady: true, ...asset })
  await server.foundation.transactions.write(async (tx) => {
    await tx.updateAsset(id, { ingest: { state: 'created' } })
    await tx.record(id, { type: 'transferred' })
  })
  return id
}
const statesOf = async (id: AssetId): Promise<string> => {
  const { assets } = Object(await tenant.vod.listAssetList(new ListAssetListRequest().withAssetId([id])))
  return `${assets[0].asset_status} ${assets[0].transcode_status}`
}
const remove = (id: AssetId) => tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
const cancel = (id: AssetId) =>
  createApiClient({ endpoint: server.url, key: tenant.key })('POST', `/telecine/v1/${tenant.projectId}/assets/cancel`, {
    asset_id: id,
  })
const watched = async (id: AssetId) => Object(await (await fetch(`${server.url}/watch/${id}/state`)).json()).state

describe('between transfer and probe', () => {
  test('an asset with a template waits for its transcode, published or not, and cannot be deleted', async () => {
    const id = await transferred(TRANSCODED)
    expect(await statesOf(id)).toBe('PUBLISHED WAITING_TRANSCODE')
    expect(await watched(id)).toBe('preparing')
    expect(await refusalOf(remove(id))).toMatchObject({ status: 403, code: 'VOD.10083' })
    await tenant.vod.unpublishAssets(new UnpublishAssetsRequest().withBody(new PublishAssetReq([id])))
    expect(await statesOf(id)).toBe('CREATED WAITING_TRANSCODE')
    expect(await refusalOf(remove(id))).toMatchObject({ status: 403, code: 'VOD.10083' })
  })
  test.each([{}, { templateGroup: 'non_transcoding_template_group' }, { ...TRANSCODED, videoType: 'MP3' }])(
    'an asset that is never transcoded waits for nothing, and can be deleted: %j',
    async (asset) => {
      const id = await transferred(asset)
      expect(await statesOf(id)).toBe('PUBLISHED UN_TRANSCODE')
      expect(await remove(id)).toMatchObject({ delete_result_array: [{ asset_id: id, status: 'DELETED' }] })
    },
  )
  test('a probe that fails leaves nothing waiting', async () => {
    const id = await transferred(TRANSCODED)
    const { reader, store, config, transactions } = server.foundation
    const media = { probe: () => Promise.reject(new Error('no tool runs here')) }
    const grants = { isGranted: async () => true }
    const probe = probeSource({ reader, store, grants, serviceBucket: config.vodBucket, media })
    await transactions.write(probe.failed({ assetId: id, projectId: tenant.projectId }, 'it is no media file'))
    expect(await statesOf(id)).toBe('FAILED UN_TRANSCODE')
    expect(await remove(id)).toMatchObject({ delete_result_array: [{ asset_id: id, status: 'DELETED' }] })
  })
  test('a cancel fails the transcode that waited', async () => {
    const id = await transferred(TRANSCODED)
    await cancel(id)
    expect(await statesOf(id)).toBe('PUBLISHED TRANSCODE_FAILED')
    expect(await remove(id)).toMatchObject({ delete_result_array: [{ asset_id: id, status: 'DELETED' }] })
  })
  test('a cancel without a template has no transcode to fail: the original stays', async () => {
    const id = await transferred()
    await cancel(id)
    expect(await statesOf(id)).toBe('PUBLISHED UN_TRANSCODE')
    expect(await watched(id)).toBe('original_only')
  })
})
