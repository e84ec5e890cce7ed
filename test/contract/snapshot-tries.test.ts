import { readFile } from 'node:fs/promises'
import { UpdateBucketAuthorizedReq, UpdateBucketAuthorizedRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMediaTool } from '../../src/adapters/ffmpeg/media-tool.ts'
import { randomId } from '../../src/adapters/random-id.ts'
import type { Asset } from '../../src/core/catalog/asset.ts'
import { COVER_PATH, objectIn, resultsFolder, sourceAddress } from '../../src/core/catalog/object-keys.ts'
import type { CatalogTx } from '../../src/core/catalog/ports.ts'
import { taskOf } from '../../src/core/catalog/snapshots.ts'
import type { StepInput } from '../../src/core/catalog/steps.ts'
import { sweepObjects } from '../../src/core/lifecycle/sweep-objects.task.ts'
import { makeCover } from '../../src/core/processing/make-cover.task.ts'
import { makeSnapshots } from '../../src/core/processing/make-snapshots.task.ts'
import type { MediaTool } from '../../src/core/processing/ports.ts'
import { writeIndex } from '../../src/core/processing/write-index.task.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'
import type { TaskDefinition } from '../../src/core/shared/task.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { jpegSize } from '../support/jpeg.ts'
import { clip } from '../support/media.ts'
import { callOperation, insertAsset, newAssetId } from './asset-fixtures.ts'
import { type ContractServer, startContractServer } from './support.ts'

// Tasks as a worker runs them, and at moments that the test chooses something else happens.
const STUDIO = 'studio-raw'
const signal = new AbortController().signal

let server: ContractServer
let media: MediaTool & AsyncDisposable
let film: Uint8Array
beforeAll(async () => {
  server = await startContractServer()
  const { store } = server.foundation
  media = await createMediaTool({ store, ffmpegPath: await ffmpegPath(), processors: 1 })
  film = await readFile(await clip({ seconds: 3, from: 10 }))
  await store.createBucket(STUDIO)
  const grant = new UpdateBucketAuthorizedReq(STUDIO, '1')
  await server.tenant.vod.updateBucketAuthorized(new UpdateBucketAuthorizedRequest().withBody(grant))
})
afterAll(async () => {
  await media[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const insert = async (given: Partial<Asset> = {}): Promise<AssetId> => {
  const { tenant, foundation } = server
  const place = { projectId: tenant.projectId, id: newAssetId(), sourcePath: `${'a'.repeat(32)}.mp4`, ...given }
  const named = { bucket: STUDIO, key: 'in/film.mp4', sizeBytes: film.length, etag: '' }
  const source = sourceAddress({ ...place, source: named }, foundation.config.vodBucket)
  await foundation.store.put(source, film, { contentType: 'video/mp4' })
  const found = await foundation.store.head(source, signal)
  const pinned = { ...source, sizeBytes: film.length, etag: found?.etag ?? '' }
  const probed = await media.probe(pinned, signal)
  return insertAsset(server, tenant, {
    ...{ ...place, published: true, media: probed, source: { ...named, etag: pinned.etag } },
  })
}

const shown = async (id: AssetId): Promise<Asset> => {
  const asset = await server.foundation.reader.assetById(id)
  if (!asset) throw new Error(`no asset ${id}`)
  return asset
}
const order = (id: AssetId, maxLength: number, dots = [0, 1]) => {
  const body = { asset_id: id, thumbnail: { type: 'dots', dots, max_length: maxLength } }
  return callOperation(server.tenant, 'createAssetProcessTask', { body })
}
const deleteTask = async (id: AssetId) => {
  const query = `asset_id=${id}&task_id=${taskOf((await shown(id)).snapshots)?.task}`
  return callOperation(server.tenant, 'deleteThumbnails', { query })
}

type Task = TaskDefinition<StepInput, CatalogTx>
interface Try {
  /** Called before the n-th object is written, counted from 1. */
  readonly beforePut?: (n: number) => Promise<void>
  /** Called with everything stored and nothing recorded. */
  readonly beforeCommit?: () => Promise<void>
}

/** A try of a task, until it is recorded; answers its id. */
const run = async (make: (deps: Deps) => Task, id: AssetId, moments: Try = {}): Promise<string> => {
  const tryId = randomId()
  const context = { signal, attempt: 1, tryId, repeated: false, progress: () => undefined }
  const task = make(depsWith(moments))
  const input = { assetId: id, projectId: server.tenant.projectId }
  try {
    const commit = await task.run(input, context)
    await moments.beforeCommit?.()
    await server.foundation.transactions.write(commit)
  } catch (error) {
    await server.foundation.transactions.write(task.failed(input, String(error)))
  }
  return tryId
}
const depsWith = ({ beforePut }: Try) => {
  const { store: real, reader, config, transactions: db } = server.foundation
  let puts = 0
  const store: Pick<ObjectStore, 'head' | 'read' | 'put' | 'list' | 'remove' | 'abortUploads'> = {
    head: (...asked) => real.head(...asked),
    read: (...asked) => real.read(...asked),
    list: (...asked) => real.list(...asked),
    remove: (...asked) => real.remove(...asked),
    abortUploads: (...asked) => real.abortUploads(...asked),
    async put(...asked) {
      puts++
      await beforePut?.(puts)
      return real.put(...asked)
    },
  }
  return {
    ...{ store, reader, db, media, serviceBucket: config.vodBucket, grants: server.auth, now: () => new Date() },
    releasePictures: async () => undefined,
  }
}
type Deps = ReturnType<typeof depsWith>

const sweep = (id: AssetId) => run(sweepObjects, id)

/** What viewers get of the snapshots and as the cover: the bytes, or the status without any. */
const viewed = async (id: AssetId) => {
  const paths = ['snapshot/sample/0.jpg', 'snapshot/sample/1.jpg', COVER_PATH]
  const answers = await Promise.all(paths.map((path) => fetch(`${server.url}/asset/${id}/${path}`)))
  return Promise.all(answers.map(async (one) => (one.ok ? Buffer.from(await one.arrayBuffer()) : one.status)))
}
const widths = async (id: AssetId) =>
  (await viewed(id)).map((one) => (typeof one === 'number' ? one : jpegSize(one).width))
const stored = async (id: AssetId, folder = 'snapshot/') => {
  const { bucket, prefix } = resultsFolder(await shown(id), server.foundation.config.vodBucket)
  const found = await Array.fromAsync(server.foundation.store.list(bucket, prefix + folder))
  return found.map(({ key }) => key.slice(prefix.length)).toSorted()
}
const filesOf = (run: string) => [0, 1].map((offset) => `snapshot/sample/${run}_${offset}.jpg`)

describe('a second task of snapshots, of another size', () => {
  test('leaves those of the first to viewers while it runs and when it fails half way', async () => {
    const id = await insert()
    await order(id, 160)
    const first = await run(makeSnapshots, id)
    const before = await viewed(id)
    expect(await widths(id)).toEqual([160, 160, 160])
    await order(id, 80)
    const moments = {
      async beforePut(n: number) {
        if (n < 2) return
        expect(await viewed(id)).toEqual(before)
        throw new Error('the store is away')
      },
    }
    await run(makeSnapshots, id, moments)
    expect((await shown(id)).snapshots).toMatchObject({ state: 'failed', reason: expect.stringContaining('is away') })
    expect(await viewed(id)).toEqual(before)
    await sweep(id)
    expect([await viewed(id), await stored(id)]).toEqual([before, filesOf(first)])
    await deleteTask(id)
    await sweep(id)
    expect([await viewed(id), await stored(id)]).toEqual([before, filesOf(first)])
    expect((await shown(id)).snapshots).toMatchObject({ state: 'succeeded', run: first })
  })

  test('takes their place all at once, cover and all, and a sweep removes what is no longer named', async () => {
    const id = await insert()
    await order(id, 160)
    await run(makeSnapshots, id)
    const before = await viewed(id)
    await order(id, 80)
    const moments = {
      async beforeCommit() {
        await sweep(id)
        expect(await viewed(id)).toEqual(before)
      },
    }
    const second = await run(makeSnapshots, id, moments)
    expect(await widths(id)).toEqual([80, 80, 80])
    await sweep(id)
    expect([await widths(id), await stored(id)]).toEqual([[80, 80, 80], filesOf(second)])
  })

  test('is not disturbed by a try that goes on writing after another one has done its work', async () => {
    const id = await insert()
    await order(id, 160)
    let second = ''
    let made: unknown
    const moments = {
      async beforePut(n: number) {
        if (n !== 2) return
        second = await run(makeSnapshots, id)
        made = await viewed(id)
      },
      async beforeCommit() {
        // It has lost its claim.
        throw new Error('lost')
      },
    }
    await run(makeSnapshots, id, moments)
    expect((await shown(id)).snapshots).toMatchObject({ state: 'succeeded', run: second })
    expect((await stored(id)).length).toBe(4)
    await sweep(id)
    expect([await viewed(id), await stored(id)]).toEqual([made, filesOf(second)])
  })
})

describe('the cover', () => {
  const choose = (id: AssetId, offset: number) =>
    callOperation(server.tenant, 'updateCoverByThumbnail', {
      body: { thumbnailUrl: `${server.url}/asset/${id}/snapshot/sample/${offset}.jpg` },
    })

  const queued = async (id: AssetId) =>
    (await server.foundation.engine.workOf(id)).filter(({ kind, state }) => kind === 'index' && state === 'queued')
  /** As a static host has it. */
  const plain = async (id: AssetId) => {
    const object = objectIn(resultsFolder(await shown(id), server.foundation.config.vodBucket), COVER_PATH)
    return Buffer.concat(await Array.fromAsync(await server.foundation.store.read(object, {})))
  }

  test('that was chosen among the pictures of a task stays when these are deleted, until another takes its place', async () => {
    const id = await insert()
    await order(id, 160)
    const first = await run(makeSnapshots, id)
    await choose(id, 1)
    const [, chosen, cover] = await viewed(id)
    expect(cover).toEqual(chosen)
    await deleteTask(id)
    await sweep(id)
    expect([await viewed(id), await stored(id)]).toEqual([[404, 404, chosen], filesOf(first).slice(1)])
    await order(id, 80)
    const second = await run(makeSnapshots, id, { beforeCommit: async () => void (await sweep(id)) })
    await sweep(id)
    expect([await widths(id), await stored(id)]).toEqual([[80, 80, 80], filesOf(second)])
  })

  test('is copied to its plain name for static hosts, again when another was chosen meanwhile', async () => {
    const id = await insert()
    await order(id, 160)
    await run(makeSnapshots, id)
    expect(await queued(id)).toHaveLength(1)
    await run(writeIndex, id, { beforePut: async (n) => void (n === 1 && (await choose(id, 1))) })
    expect([await plain(id), await queued(id)]).toEqual([(await viewed(id))[1], expect.objectContaining({ length: 2 })])
  })

  test('is copied again when the first frame was written over the copy, even by a try that was lost', async () => {
    const id = await insert()
    const lost = {
      async beforePut() {
        await order(id, 80)
        await run(makeSnapshots, id)
        await run(writeIndex, id)
      },
      async beforeCommit() {
        throw new Error('lost')
      },
    }
    await run(makeCover, id, lost)
    expect(jpegSize(await plain(id)).width).toBeGreaterThan(80)
    expect(await queued(id)).toHaveLength(1)
    await run(makeCover, id)
    expect(await queued(id)).toHaveLength(2)
    await run(writeIndex, id)
    expect(jpegSize(await plain(id)).width).toBe(80)
  })

  test('of the first frame does not take the place of a snapshot that came before it was stored', async () => {
    const id = await insert()
    const moments = {
      async beforePut() {
        await order(id, 80)
        await run(makeSnapshots, id)
      },
    }
    await run(makeCover, id, moments)
    expect(await widths(id)).toEqual([80, 80, 80])
  })

  test('and the snapshots of the first version are served from where they lie', async () => {
    const id = await insert()
    await order(id, 160)
    const made = await run(makeSnapshots, id)
    await run(writeIndex, id)
    const before = await viewed(id)
    const { store, config, db } = server.foundation
    const folder = resultsFolder(await shown(id), config.vodBucket)
    for (const [offset, path] of filesOf(made).entries()) {
      const bytes = Buffer.concat(await Array.fromAsync(await store.read(objectIn(folder, path), {})))
      await store.put(objectIn(folder, `snapshot/sample/${offset}.jpg`), bytes, { contentType: 'image/jpeg' })
    }
    await sql`update asset set snapshot_run = null, cover = null where id = ${id}`.execute(db)
    await sweep(id)
    expect(await stored(id)).toEqual(['snapshot/sample/0.jpg', 'snapshot/sample/1.jpg'])
    expect(await viewed(id)).toEqual(before)
    await order(id, 80)
    expect(await viewed(id)).toEqual(before)
    const second = await run(makeSnapshots, id)
    await sweep(id)
    expect([await widths(id), await stored(id)]).toEqual([[80, 80, 80], filesOf(second)])
  })
})

test("in a tenant's bucket nothing of theirs is touched, and deletion leaves nothing of ours", async () => {
  const { store } = server.foundation
  const id = await insert({ output: { bucket: STUDIO, path: 'out' } })
  const theirs = ['cover/poster.jpg', 'snapshot/sample/holiday.jpg', 'snapshot/sample/index.vtt']
  const theirKeys = theirs.map((path) => ({ bucket: STUDIO, key: `out/${id}/${path}` }))
  for (const object of theirKeys) await store.put(object, Buffer.from('theirs'), { contentType: 'image/jpeg' })
  await order(id, 160)
  await run(makeSnapshots, id)
  await order(id, 80)
  const second = await run(makeSnapshots, id)
  await run(writeIndex, id)
  await sweep(id)
  expect(await stored(id, '')).toEqual([COVER_PATH, ...theirs.slice(0, 1), ...filesOf(second), ...theirs.slice(1)])
  expect(await widths(id)).toEqual([80, 80, 80])
  await callOperation(server.tenant, 'deleteAssets', { query: `asset_id=${id}` })
  await sweep(id)
  expect(await stored(id, '')).toEqual(theirs)
  for (const object of theirKeys) {
    expect(Buffer.concat(await Array.fromAsync(await store.read(object, {}))).toString()).toBe('theirs')
  }
})
