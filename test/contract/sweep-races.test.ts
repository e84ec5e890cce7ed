import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomId } from '../../src/adapters/random-id.ts'
import { createApiClient } from '../../src/cli/api-client.ts'
import { type SweepDeps, sweepObjects } from '../../src/core/lifecycle/sweep-objects.task.ts'
import { masterPlaylist } from '../../src/core/packaging/master-playlist.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation, MEDIA } from './asset-fixtures.ts'
import { get, insertDelivered } from './delivery-fixtures.ts'
import { type ContractServer, startContractServer } from './support.ts'

// A sweep as a worker runs it, and at a moment that the test chooses something else happens to the asset.
let server: ContractServer
beforeAll(async () => {
  server = await startContractServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const [PARAMETERS = '', RUN = ''] = ['e', 'f'].map((digit) => digit.repeat(32))
const FILES = [1, 2].map((n) => `${PARAMETERS}_${n}_854X480_600_0.m3u8`)
const [FIRST = '', SECOND = ''] = FILES

const keyOf = (id: AssetId, path: string) => `${server.tenant.projectId}/${id}/${path}`
const put = (id: AssetId, path: string, text: string) => {
  const object = { bucket: server.foundation.config.vodBucket, key: keyOf(id, path) }
  return server.foundation.store.put(object, Buffer.from(text), { contentType: 'text/plain' })
}

const insert = async (): Promise<AssetId> => {
  const id = await insertDelivered(server, {
    ...{ index: RUN, media: MEDIA, templateGroup: 'web', templateGroupId: 'd'.repeat(32) },
    renditions: FILES.map((playlist) => ({ playlist })),
  })
  const numbers = { bandwidth: 1, averageBandwidth: 1, codecs: ['avc1.640028'], width: 854, height: 480, frameRate: 24 }
  const index = masterPlaylist({ independent: true, variants: FILES.map((uri) => ({ uri, ...numbers })) })
  await put(id, `play_video/${RUN}_index.m3u8`, index)
  return id
}

type Store = SweepDeps['store']
type Moment = 'before it asks for uploads' | 'before it lists' | 'before it removes'
const MOMENTS: readonly Moment[] = ['before it asks for uploads', 'before it lists', 'before it removes']

/** Answers which uploads it would end of those that are under way when it asks. */
const sweep = async (
  id: AssetId,
  { at, event, uploads = [] }: { at: Moment; event: () => Promise<unknown>; uploads?: readonly string[] },
): Promise<readonly string[]> => {
  const { foundation, auth: grants, tenant } = server
  const { reader, transactions, store, config } = foundation
  const happens = async (moment: Moment) => {
    if (moment === at) await event()
  }
  const ended: string[] = []
  const interleaved: Store = {
    async abortUploads(_, choose) {
      await happens('before it asks for uploads')
      ended.push(...(await choose(uploads)))
    },
    async *list(...asked) {
      await happens('before it lists')
      yield* store.list(...asked)
    },
    async remove(...asked) {
      await happens('before it removes')
      return store.remove(...asked)
    },
  }
  const task = sweepObjects({
    ...{ db: transactions, reader, store: interleaved, serviceBucket: config.vodBucket, grants },
    now: () => new Date(),
    releasePictures: async () => undefined,
  })
  const context = { signal: new AbortController().signal, attempt: 1, tryId: randomId(), repeated: false }
  await task.run({ assetId: id, projectId: tenant.projectId }, { ...context, progress: () => undefined })
  return ended
}

const stored = async (id: AssetId, path: string) =>
  (await server.foundation.store.head({ bucket: server.foundation.config.vodBucket, key: keyOf(id, path) })) !==
  undefined

test.each(MOMENTS)('outputs that are deleted %s leave an index of the others', async (at) => {
  const id = await insert()
  const products = [{ url: `${server.url}/asset/${id}/play_video/${FIRST}` }]
  const body = { asset_id: id, delete_type: 'PRODUCT', delete_infos: [{ products }] }
  await sweep(id, { at, event: () => callOperation(server.tenant, 'deleteTranscodeProduct', { body }) })
  const index = await get(server, `/asset/${id}/play_video/index.m3u8`)
  expect([index.status, index.body.includes(FIRST), index.body.includes(SECOND)]).toEqual([200, false, true])
})

const WRITING = {
  'a transcode': async (id: AssetId) => {
    const body = { asset_id: id, template_group_name: 'system_template_group' }
    await callOperation(server.tenant, 'createAssetProcessTask', { body })
  },
  'a change of key': async (id: AssetId) => {
    const call = createApiClient({ endpoint: server.url, key: server.tenant.key })
    const path = `/telecine/v1/${server.tenant.projectId}/assets/encryption`
    await call('PUT', path, { asset_id: id, enabled: true })
  },
} as const

test.each(Object.entries(WRITING).flatMap(([what, begin]) => MOMENTS.map((at) => ({ what, begin, at }))))(
  'what $what writes that begins $at stays, its uploads too',
  async ({ begin, at }) => {
    const id = await insert()
    const segment = `play_video/${'9'.repeat(32)}_1/00000.m4s`
    const event = async () => {
      await begin(id)
      await put(id, segment, 'fresh')
    }
    const uploads = at === 'before it asks for uploads' ? [keyOf(id, `play_video/${'9'.repeat(32)}_1.mp4`)] : []
    expect(await sweep(id, { at, event, uploads })).toEqual([])
    expect(await stored(id, segment)).toBe(true)
  },
)
