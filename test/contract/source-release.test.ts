import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asset } from '../../src/core/catalog/asset.ts'
import type { AssetFact } from '../../src/core/catalog/fact.ts'
import { releaseSource } from '../../src/core/retention/release-source.task.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import {
  callOperation,
  insertAsset,
  MEDIA,
  makeGrantedBucket,
  newAssetId,
  outcomeOf,
  refused,
  SNAPSHOT_TASK,
} from './asset-fixtures.ts'
import { type ContractServer, REGION, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
  await makeGrantedBucket(server, 'in/film.mp4')
})
afterAll(() => server[Symbol.asyncDispose]())

const DONE = { media: MEDIA, transcode: { state: 'succeeded' }, renditions: [{}] } as const
const record = (id: AssetId, fact: AssetFact) => server.foundation.transactions.write((tx) => tx.record(id, fact))
const kinds = async (id: AssetId) => (await server.foundation.engine.workOf(id)).map(({ kind }) => kind)
const assetOf = async (id: AssetId): Promise<Asset> => {
  const asset = await server.foundation.reader.assetById(id)
  if (!asset) throw new Error('the asset is there')
  return asset
}
/** One try of the task: `done`, or why it comes again. */
const tryRelease = (id: AssetId): Promise<string> =>
  releaseSource({ db: server.foundation.transactions })
    .run(
      { assetId: id, projectId: tenant.projectId },
      { signal: AbortSignal.timeout(9_000), attempt: 1, tryId: newAssetId(), repeated: false, progress: () => {} },
    )
    .then(
      () => 'done',
      (error: unknown) => String(Object(error).message),
    )
/** What a worker would do: ends the light work of all assets. */
const endLightWork = async () => {
  const { engine } = server.foundation
  for (const claim of await engine.fetch('light', 100, 1)) await engine.complete(claim, async () => {})
}

describe('the setting', () => {
  const set = (body: object, by = tenant) => by.native('PUT', '/settings/retention', body)
  const publish = async () => {
    const input = { bucket: 'studio-raw', location: REGION, object: 'in/film.mp4' }
    const { asset_id } = await callOperation(tenant, 'publishAssetFromObs', {
      body: { video_type: 'MP4', title: 'A film', input },
    })
    return asset_id
  }
  test('is off by default, is kept by what is made while it is on, and does not reach back', async () => {
    expect(await tenant.native('GET', '/settings/retention')).toMatchObject({ delete_source_after_transcode: false })
    const [before] = [await publish()]
    await set({ delete_source_after_transcode: true })
    expect(await tenant.native('GET', '/settings/retention')).toMatchObject({ delete_source_after_transcode: true })
    const during = await publish()
    await set({})
    expect(await tenant.native('GET', '/settings/retention')).toMatchObject({ delete_source_after_transcode: true })
    await set({ delete_source_after_transcode: false })
    const after = await publish()
    const kept = await Promise.all([before, during, after].map(assetOf))
    expect(kept.map(({ releasesSource }) => releasesSource === true)).toEqual([false, true, false])
  })
  test.each([1, 'yes', [true]])('with the bad value %s names the field and changes nothing', async (value) => {
    const body = { delete_source_after_transcode: value }
    const { status, body: answer } = await tenant.call('PUT', '/settings/retention', { version: 'telecine/v1', body })
    expect([status, answer]).toMatchObject([
      400,
      { error_code: 'VOD.10053', error_msg: expect.stringContaining('delete_source_after_transcode') },
    ])
    expect(await tenant.native('GET', '/settings/retention')).toMatchObject({ delete_source_after_transcode: false })
  })
})

describe('after a transcode', () => {
  test('nothing is released where nobody asked for it, or where the source is the tenant’s', async () => {
    const usual = await insertAsset(server, tenant, DONE)
    const output = { bucket: 'studio-raw', path: 'out/' }
    const inPlace = await insertAsset(server, tenant, { ...DONE, output, releasesSource: true })
    for (const id of [usual, inPlace]) await record(id, { type: 'transcoded', repeated: false })
    expect([await kinds(usual), await kinds(inPlace)]).toEqual([['index'], ['index']])
    for (const id of [usual, inPlace]) expect(await tryRelease(id)).toBe('done')
    expect([(await assetOf(usual)).sourceRemoved, (await assetOf(inPlace)).sourceRemoved]).toEqual([false, false])
  })
  test('the source stays until snapshots, storyboard and extractions are through, then it goes once', async () => {
    const id = await insertAsset(server, tenant, { ...DONE, releasesSource: true })
    await record(id, { type: 'probed' })
    await record(id, { type: 'transcoded', repeated: false })
    expect(await kinds(id)).toEqual(['cover', 'storyboard', 'index', 'release'])
    expect(await tryRelease(id)).toBe('the source is still needed: cover, storyboard')
    await endLightWork()
    const extract = { asset_id: id, parameter: { format: 'MP3' } }
    const { audio_asset_id } = await callOperation(tenant, 'createExtractAudioTask', { body: extract })
    expect(await tryRelease(id)).toBe('the source is still needed: extract')
    await callOperation(tenant, 'cancelExtractAudioTask', { query: `asset_id=${audio_asset_id}` })
    expect((await assetOf(id)).sourceRemoved).toBe(false)
    expect(await tryRelease(id)).toBe('done')
    expect((await assetOf(id)).sourceRemoved).toBe(true)
    const sweeps = (await kinds(id)).filter((kind) => kind === 'sweep').length
    expect([await tryRelease(id), (await kinds(id)).filter((kind) => kind === 'sweep').length]).toEqual([
      'done',
      sweeps,
    ])
    expect((await server.foundation.reader.renditions([id])).get(id)).toHaveLength(1)
    const again = { asset_id: id, template_group_name: 'system_template_group' }
    expect(await refused(tenant.call('POST', '/asset/process', { body: again }))).toMatch(/VOD.10083$/)
  })
  test('snapshots that are asked for at the same moment are made, or refused', async () => {
    for (let n = 0; n < 8; n++) {
      const id = await insertAsset(server, tenant, { ...DONE, releasesSource: true })
      const body = { asset_id: id, thumbnail: { type: 'time', time: 5 } }
      const [ordered, released] = await Promise.all([
        outcomeOf(callOperation(tenant, 'createAssetProcessTask', { body })),
        tryRelease(id),
      ])
      const { sourceRemoved, snapshots } = await assetOf(id)
      expect([ordered === 'accepted', released === 'done', snapshots.state]).toEqual([
        ...[!sourceRemoved, sourceRemoved, sourceRemoved ? 'none' : 'running'],
      ])
    }
  })
  test('one that failed, or whose outputs were deleted, keeps its source', async () => {
    const failed = await insertAsset(server, tenant, {
      ...{ ...DONE, releasesSource: true, transcode: { state: 'failed', reason: 'no' } },
    })
    const { id: none } = await assetOf(await insertAsset(server, tenant, { releasesSource: true, media: MEDIA }))
    const empty = await insertAsset(server, tenant, { ...DONE, renditions: [], releasesSource: true })
    for (const id of [failed, none, empty]) {
      expect(await tryRelease(id)).toBe('done')
      expect((await assetOf(id)).sourceRemoved).toBe(false)
    }
  })
  test('a cancel of all work ends what the source is needed for, not its release', async () => {
    const snapshots = { state: 'running', ...SNAPSHOT_TASK } as const
    const id = await insertAsset(server, tenant, { ...DONE, snapshots, releasesSource: true })
    await record(id, { type: 'snapshots_ordered' })
    await record(id, { type: 'transcoded', repeated: false })
    expect(await tryRelease(id)).toBe('the source is still needed: snapshots')
    await tenant.native('POST', '/assets/cancel', { asset_id: id })
    // The cover that the snapshots would have brought.
    expect(await tryRelease(id)).toBe('the source is still needed: cover')
    await endLightWork()
    expect([await tryRelease(id), (await assetOf(id)).sourceRemoved]).toEqual(['done', true])
    expect((await server.foundation.engine.workOf(id)).filter(({ kind }) => kind === 'release')).toMatchObject([
      { state: 'cancelled' },
      // Nobody waited for it here.
      { state: 'queued' },
    ])
  })
})
