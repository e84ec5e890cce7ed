import { expect, test } from 'vitest'
import { auditReader } from '../../src/adapters/postgres/audit-reader.ts'
import { auditStorage, type Finding } from '../../src/core/lifecycle/audit-storage.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { insertAsset } from './asset-fixtures.ts'
import { FILES, insertDelivered, PLAYLIST, RUN, SEGMENT, SOURCE_FILE } from './delivery-fixtures.ts'
import { type ContractServer, startContractServer } from './support.ts'
import { addWatermark } from './watermark-fixtures.ts'

const TEXTS: Readonly<Record<string, string>> = {
  'play_video/index.m3u8': `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=600000\n${PLAYLIST.slice('play_video/'.length)}\n`,
  [PLAYLIST]: `#EXTM3U\n#EXT-X-MAP:URI="${RUN}_1/init.mp4"\n#EXTINF:5,\n${RUN}_1/00000.m4s\n#EXTINF:5,\n${RUN}_1/00001.m4s\n`,
  [`play_video/${RUN}_1/init.mp4`]: 'init',
  [`play_video/${RUN}_1/00001.m4s`]: 'more',
}
const LITTER = Object.keys(FILES).filter((path) => path.includes('e'.repeat(32)))

const keyOf = ({ tenant }: ContractServer, id: AssetId, path: string) => `${tenant.projectId}/${id}/${path}`

const put = ({ foundation: { store, config } }: ContractServer, key: string, text = 'x') =>
  store.put({ bucket: config.vodBucket, key }, Buffer.from(text), { contentType: 'text/plain' })

/** A published, transcoded asset whose record and objects agree. */
const insertWhole = async (server: ContractServer): Promise<AssetId> => {
  const id = await insertDelivered(server)
  for (const [path, text] of Object.entries(TEXTS)) await put(server, keyOf(server, id, path), text)
  await remove(server, ...[...LITTER, 'private.txt'].map((path) => keyOf(server, id, path)))
  return id
}

const remove = ({ foundation: { store, config } }: ContractServer, ...keys: readonly string[]) =>
  store.remove(config.vodBucket, keys)

/** One line each: what is wrong, and with what. */
const audit = async ({ foundation: { db, store, config } }: ContractServer): Promise<ReadonlySet<string>> => {
  const grants = { isGranted: async () => true }
  const now = () => new Date()
  const deps = { reader: auditReader(db), store, grants, serviceBucket: config.vodBucket, now }
  const lines = await Array.fromAsync(auditStorage(deps, new AbortController().signal), lineOf)
  expect(new Set(lines).size).toBe(lines.length)
  return new Set(lines)
}

const lineOf = (finding: Finding): string =>
  'key' in finding ? `${finding.kind} ${finding.key}` : `${finding.kind} ${finding.asset} ${finding.state}`

test('nothing is found of assets that are as they should be, nor of a deleted one that left nothing', async () => {
  await using server = await startContractServer()
  await insertWhole(server)
  await insertWhole(server)
  await insertAsset(server, server.tenant, { ingest: { state: 'deleted' } })
  expect(await audit(server)).toEqual(new Set())
})

test('every object that the record of an asset promises is missed', async () => {
  await using server = await startContractServer()
  const id = await insertWhole(server)
  const gone = ['cover/Cover0.jpg', SOURCE_FILE, SEGMENT, `play_video/${RUN}_1/00001.m4s`]
  await remove(server, ...gone.map((path) => keyOf(server, id, path)))
  expect(await audit(server)).toEqual(new Set(gone.map((path) => `missing ${keyOf(server, id, path)}`)))
})

test('pictures of a review, and of a watermark, are promised, too', async () => {
  await using server = await startContractServer()
  const settings = { intervalSeconds: 5, thresholds: { porn: 1, terrorism: 0, politics: 0 }, publishOnPass: false }
  const order = { task: '1'.repeat(32), templateId: '2'.repeat(32), settings }
  const run = '3'.repeat(32)
  const id = await insertWhole(server)
  await server.foundation.transactions.write(async (tx) => {
    await tx.updateAsset(id, { review: { state: 'passed', order, pictures: { run, count: 2 } } })
  })
  const pictures = [0, 5].map((offset) => keyOf(server, id, `snapshot/sample0/${run}_${offset}.jpg`))
  for (const key of pictures) await put(server, key)
  await addWatermark(server.tenant, { name: 'mark' })
  expect(await audit(server)).toEqual(new Set())
  const { store, config } = server.foundation
  const marks = await Array.fromAsync(
    store.list(config.vodBucket, `${server.tenant.projectId}/watermark/`),
    ({ key }) => key,
  )
  expect(marks).toHaveLength(1)
  const gone = [...pictures.slice(1), ...marks]
  await remove(server, ...gone)
  expect(await audit(server)).toEqual(new Set(gone.map((key) => `missing ${key}`)))
})

test('a missing playlist is named, and of an asset that lost all its objects everything that its row names', async () => {
  await using server = await startContractServer()
  const [one, other] = [await insertWhole(server), await insertWhole(server)]
  await remove(server, keyOf(server, one, PLAYLIST))
  expect(await audit(server)).toEqual(new Set([`missing ${keyOf(server, one, PLAYLIST)}`]))
  const all = [...Object.keys(FILES), ...Object.keys(TEXTS)].map((path) => keyOf(server, other, path))
  await remove(server, ...all)
  const named = ['cover/Cover0.jpg', 'play_video/index.m3u8', PLAYLIST, SOURCE_FILE]
  const missed = [keyOf(server, one, PLAYLIST), ...named.map((path) => keyOf(server, other, path))]
  expect(await audit(server)).toEqual(new Set(missed.map((key) => `missing ${key}`)))
})

test('objects without an owner are named: of no asset, of a deleted one, of a run that nothing records', async () => {
  await using server = await startContractServer()
  const { projectId } = server.tenant
  const id = await insertWhole(server)
  const orphans = [
    keyOf(server, id, LITTER[0] ?? ''),
    `${projectId}/${'0'.repeat(32)}/film.mp4`,
    `${projectId}/watermark/${'1'.repeat(32)}_${'2'.repeat(32)}.png`,
    'loose.txt',
    `${'f'.repeat(32)}/${'f'.repeat(32)}/play_video/index.m3u8`,
  ]
  for (const key of orphans) await put(server, key)
  expect(await audit(server)).toEqual(new Set(orphans.map((key) => `orphan ${key}`)))
})

test('what waits for a sweep is told apart', async () => {
  await using server = await startContractServer()
  const { engine, transactions } = server.foundation
  const id = await insertWhole(server)
  await transactions.write(async (tx) => {
    await tx.lockAsset(id)
    await tx.updateAsset(id, { ingest: { state: 'deleted' }, published: false })
    await tx.record(id, { type: 'deleted' })
  })
  const found = await audit(server)
  expect(found.size).toBeGreaterThan(5)
  expect(new Set([...found].map((line) => line.split(' ')[0]))).toEqual(new Set(['awaits_sweep']))
  expect((await engine.workOf(id)).map(({ kind }) => kind)).toContain('sweep')
})

test('an asset that waits for work is stuck where there is none', async () => {
  await using server = await startContractServer()
  const { engine, db } = server.foundation
  const creating = await insertAsset(server, server.tenant, { ingest: { state: 'creating' } })
  const states = { transcode: { state: 'waiting' }, sourceRemoved: true } as const
  const waiting = await insertAsset(server, server.tenant, states)
  const found = [`stuck ${creating} ingest`, `stuck ${waiting} transcode`]
  expect(await audit(server)).toEqual(new Set(found))
  const step = { tenant: 'p', queue: 'chunk', inputs: [1], retryLimit: 1, retrySeconds: 1 } as const
  await db.transaction().execute((tx) => engine.startStep(tx, { ...step, subject: waiting, kind: 'transcode' }))
  expect(await audit(server)).toEqual(new Set([`stuck ${creating} ingest`]))
  // Late work does not end it.
  await db.transaction().execute((tx) => engine.startStep(tx, { ...step, subject: creating, kind: 'sweep' }))
  expect(await audit(server)).toEqual(new Set([`stuck ${creating} ingest`]))
})
