import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomId } from '../../src/adapters/random-id.ts'
import type { CatalogTx } from '../../src/core/catalog/ports.ts'
import type { StepInput } from '../../src/core/catalog/steps.ts'
import { type DashAudio, dashManifest } from '../../src/core/packaging/dash-manifest.ts'
import { mediaPlaylist } from '../../src/core/packaging/media-playlist.ts'
import { segmentCipher } from '../../src/core/packaging/segment-cipher.ts'
import { rewriteSegments } from '../../src/core/processing/rewrite-segments.task.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { readWhole } from '../../src/core/shared/read-whole.ts'
import type { TaskDefinition } from '../../src/core/shared/task.ts'
import { openKeyRing } from '../../src/main/encryption.ts'
import { callOperation } from './asset-fixtures.ts'
import { get, insertDelivered, PLAYLIST, RUN } from './delivery-fixtures.ts'
import { type ContractServer, startContractServer } from './support.ts'

// Tasks as a worker runs them, but with the commit at the moment that the test chooses.
let server: ContractServer
const now = Date.now()
beforeAll(async () => {
  server = await startContractServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const MEDIA = `${PLAYLIST.slice('play_video/'.length)}`
const segment = (run: string) => `play_video/${run}_1/00000.m4s`

const objectOf = (id: AssetId, path: string) => ({
  bucket: server.foundation.config.vodBucket,
  key: `${server.tenant.projectId}/${id}/${path}`,
})
const read = (id: AssetId, path: string) =>
  readWhole(server.foundation.store, objectOf(id, path), { mostBytes: 2 ** 20 })

const insert = async (encryption: object = {}) => {
  const id = await insertDelivered(server, { encryption })
  const segments = [{ uri: `${RUN}_1/00000.m4s`, durationTicks: 1 }]
  const playlist = mediaPlaylist({
    independent: true,
    init: `${RUN}_1/init.mp4`,
    segments,
    timescale: 1,
    targetSeconds: 1,
  })
  const files = {
    [PLAYLIST]: playlist,
    [`play_video/${RUN}_1/init.mp4`]: 'ftyp',
    'play_video/index.m3u8': `${MEDIA}\n`,
  }
  for (const [path, text] of Object.entries(files)) {
    await server.foundation.store.put(objectOf(id, path), Buffer.from(text), { contentType: 'text/plain' })
  }
  return id
}

const tasks = () => {
  const { foundation, auth: grants } = server
  const { reader, store, config } = foundation
  const deps = { reader, store, serviceBucket: config.vodBucket, grants, now: () => new Date(now) }
  return { rewrite: rewriteSegments({ ...deps, ...openKeyRing(foundation) }) }
}

/** Runs a try; answers its name, and how it commits. */
const attempt = async (task: TaskDefinition<StepInput, CatalogTx>, assetId: AssetId) => {
  const tryId = randomId()
  const context = {
    signal: new AbortController().signal,
    attempt: 1,
    tryId,
    repeated: false,
    progress: () => undefined,
  }
  const write = await task.run({ assetId, projectId: server.tenant.projectId }, context)
  return { tryId, commit: () => server.foundation.transactions.write(write) }
}

const stateOf = async (id: AssetId) => {
  const { reader } = server.foundation
  const runs = ((await reader.renditions([id])).get(id) ?? []).map(({ run }) => run)
  return { runs, encryption: (await reader.assetById(id))?.encryption }
}
const ask = (id: AssetId, wanted: object) =>
  server.foundation.transactions.write(async (tx) => {
    await tx.updateAsset(id, { encryption: wanted })
  })

test('of two tries that both come to their end the first counts, and the other changes nothing', async () => {
  const id = await insert()
  const ring = openKeyRing(server.foundation)
  const key = ring.keys.make(id)
  await ask(id, { change: { key } })
  const { rewrite } = tasks()
  const [first, second] = [await attempt(rewrite, id), await attempt(rewrite, id)]
  await first.commit()
  const recorded = await stateOf(id)
  expect(recorded).toEqual({ runs: [first.tryId], encryption: { key } })
  await second.commit()
  expect(await stateOf(id)).toEqual(recorded)
  const sealed = await read(id, segment(first.tryId))
  const clear = segmentCipher(ring.keys.open(key, id)).open(sealed, segment(first.tryId))
  expect(Buffer.from(clear ?? '').toString()).toBe('0123456789')

  const { body } = await get(server, `/asset/${id}/${PLAYLIST}`)
  expect(body).toContain(`${first.tryId}_1/00000.m4s`)
  await (await attempt(rewrite, id)).commit()
  expect(await stateOf(id)).toEqual(recorded)
})

test('a change that was cancelled, or asked for anew, is not recorded by a try of before', async () => {
  const id = await insert()
  const { rewrite } = tasks()
  const { keys } = openKeyRing(server.foundation)
  await ask(id, { change: { key: keys.make(id) } })
  const late = await attempt(rewrite, id)
  for (const encryption of [{}, { change: { key: keys.make(id) } }, { change: {} }]) {
    await ask(id, encryption)
    await late.commit()
    expect(await stateOf(id)).toEqual({ runs: [RUN], encryption })
  }
})

test('a change that fails for good leaves the asset as it was, and playable', async () => {
  const id = await insert()
  await server.foundation.store.remove(server.foundation.config.vodBucket, [objectOf(id, segment(RUN)).key])
  await ask(id, { change: { key: openKeyRing(server.foundation).keys.make(id) } })
  const { rewrite } = tasks()
  await expect(attempt(rewrite, id)).rejects.toThrow('1 files of the stored stream are missing')
  await server.foundation.transactions.write(rewrite.failed({ assetId: id, projectId: server.tenant.projectId }, 'r'))
  expect(await stateOf(id)).toEqual({ runs: [RUN], encryption: { failure: 'r' } })
  const listed = async () =>
    (await callOperation(server.tenant, 'listAssetList', { query: `asset_id=${id}` })).assets[0]
  expect((await listed()).exec_desc).toContain(
    'transcode_exec_desc:Transcode success. Changing the encryption failed: r;',
  )
  await server.tenant.native('PUT', '/assets/encryption', { asset_id: id, enabled: true })
  expect((await listed()).exec_desc).not.toContain('failed')
})

test('what is left of deleted outputs is no part of it, whether a sweep was there or not', async () => {
  const id = await insert()
  const [gone, segments] = [`${RUN}_2_2X2_1_0.m3u8`, [{ uri: `${RUN}_2/00000.m4s`, durationTicks: 1 }]]
  const playlist = mediaPlaylist({
    independent: true,
    init: `${RUN}_2/init.mp4`,
    segments,
    timescale: 1,
    targetSeconds: 1,
  })
  await server.foundation.store.put(objectOf(id, `play_video/${gone}`), Buffer.from(playlist), { contentType: 'a/b' })
  const key = openKeyRing(server.foundation).keys.make(id)
  await ask(id, { change: { key } })
  const { tryId, commit } = await attempt(tasks().rewrite, id)
  await commit()
  expect(await stateOf(id)).toEqual({ runs: [tryId], encryption: { key } })
})

test('of outputs whose records do not say which sound is theirs, only the sound that DASH plays stays clear', async () => {
  const id = await insert()
  const { reader, transactions, store } = server.foundation
  const hls = ((await reader.renditions([id])).get(id) ?? []).map((one) => ({ ...one, audioCodec: 'aac' }) as const)
  const dash = hls.flatMap((one) =>
    [1, 2].map((n) => ({ ...one, format: 'DASH', index: n, playlist: `${RUN}_${n}_2X2_1_0.mpd` }) as const),
  )
  await transactions.write((tx) => tx.replaceRenditions(id, [...hls, ...dash]))
  const track = { init: 'init.mp4', codec: 'mp4a.40.2', bandwidth: 1, timescale: 1 }
  const segments = [{ startTicks: 0, durationTicks: 1 }]
  const audio = { ...track, segments, folder: `${RUN}_audio`, channels: 2, sampleRate: 48_000 }
  const manifest = (...heard: readonly DashAudio[]) =>
    dashManifest({ video: [], audio: heard.map((one) => [one]), segmentSeconds: 1 })
  const files = [
    [`${RUN}_audio/00000.m4s`, 'heard'],
    [`${RUN}_audio2/00000.m4s`, 'of HLS alone'],
    [dash[0]?.playlist, manifest(audio)],
    [dash[1]?.playlist, manifest()],
  ] as const
  for (const [file, text] of files) {
    await store.put(objectOf(id, `play_video/${file}`), Buffer.from(text), { contentType: 'a/b' })
  }
  await ask(id, { change: { key: openKeyRing(server.foundation).keys.make(id) } })
  await (await attempt(tasks().rewrite, id)).commit()
  const served = (sound: string) => fetch(`${server.url}/asset/${id}/play_video/${RUN}_${sound}/00000.m4s`)
  expect([(await served('audio')).status, (await served('audio2')).status]).toEqual([200, 404])
  const recorded = (await reader.renditions([id])).get(id) ?? []
  expect(recorded.map(({ format, soundTrack }) => [format, soundTrack])).toEqual([
    ['HLS', undefined],
    ['DASH', 'audio'],
    ['DASH', 'none'],
  ])
})

test('the run before a rotation is served for a while, and kept with its key; a clear one is not', async () => {
  const ring = openKeyRing(server.foundation)
  const id = await insert()
  const { rewrite } = tasks()
  const states = [ring.keys.make(id), ring.keys.make(id)]
  const runs: string[] = []
  for (const key of states) {
    const { encryption } = await stateOf(id)
    await ask(id, { ...encryption, change: { key } })
    const written = await attempt(rewrite, id)
    runs.push(written.tryId)
    await written.commit()
  }
  const retired = (await server.foundation.reader.assetById(id))?.retired
  expect(retired).toEqual([{ run: runs[0], key: states[0], untilMs: now + 20 * 60_000 }])
  const served = async (run = '') => (await fetch(`${server.url}/asset/${id}/${segment(run)}`)).status
  expect([await served(runs[0]), await served(runs[1]), await served(RUN)]).toEqual([200, 200, 404])
})
