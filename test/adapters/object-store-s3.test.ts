import { randomBytes, randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createS3ObjectStore } from '../../src/adapters/object-store/s3.ts'
import { createS3Client } from '../../src/adapters/object-store/s3-client.ts'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'
import { missingS3, mustTestAll, type S3UnderTest, startS3 } from '../support/object-store.ts'
import { objectStoreSuite } from './object-store.suite.ts'

const missing = missingS3()
const contentType = 'video/mp4'
const MIB = 1_048_576

if (missing !== undefined) {
  test.skipIf(!mustTestAll())(`the S3 store is tested: ${missing}`, () => expect.fail(missing))
}

describe.skipIf(missing !== undefined)('on an S3 server', () => {
  let s3: S3UnderTest

  beforeAll(async () => {
    s3 = await startS3()
  })
  afterAll(() => s3[Symbol.asyncDispose]())

  objectStoreSuite('s3', async () => ({
    store: createS3ObjectStore(s3.settings),
    [Symbol.asyncDispose]: async () => undefined,
  }))

  describe('copies in parts', () => {
    const bucket = `parts-${randomUUID()}`
    const from = { bucket, key: 'from/a b+c&%25%é?versionId=1.mp4' }
    const to = { bucket, key: 'to/a b+c&%25%é?versionId=1.mp4' }
    const bytes = randomBytes(12 * MIB + 17)
    let store: ObjectStore

    beforeAll(async () => {
      store = createS3ObjectStore({ ...s3.settings, singleCopyMaxBytes: 6 * MIB, copyPartBytes: 5 * MIB })
      await store.createBucket(bucket)
      await store.put(from, bytes, { contentType })
    })

    const versionOfSource = async () => {
      const found = await store.head(from)
      if (!found) throw new Error('the source is missing')
      return { ifMatch: found.etag, sizeBytes: found.sizeBytes, signal: new AbortController().signal }
    }

    const keysOfUnfinishedUploads = async () => {
      const { Uploads = [] } = await createS3Client(s3.settings).send(
        new ListMultipartUploadsCommand({ Bucket: bucket }),
      )
      return Uploads.map(({ Key }) => Key).toSorted()
    }

    test('a large object is copied with its bytes, its type and progress up to the end', async () => {
      const shares: number[] = []
      const onProgress = (share: number) => shares.push(share)
      const copied = await store.copy(from, to, { ...(await versionOfSource()), onProgress })
      expect(copied).toMatchObject({ sizeBytes: bytes.length, contentType })
      expect(bytes.equals(await buffer(await store.read(to)))).toBe(true)
      expect(shares.length).toBe(3)
      expect(shares.toSorted((left, right) => left - right)).toEqual(shares)
      expect(shares.at(-1)).toBe(1)
      await store.remove(bucket, [to.key])
    })

    test('what killed copies left goes with the next copy to that key, or with those chosen below a prefix', async () => {
      const longer = `${to.key}.other`
      for (const Key of [to.key, to.key, longer, 'elsewhere']) {
        await createS3Client(s3.settings).send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))
      }
      await store.copy(from, to, await versionOfSource())
      expect(await keysOfUnfinishedUploads()).toEqual(['elsewhere', longer])
      const seen: (readonly string[])[] = []
      const below = { bucket, prefix: 'to/' }
      await store.abortUploads(below, async (keys) => {
        seen.push(keys)
        return []
      })
      expect([seen, await keysOfUnfinishedUploads()]).toEqual([[[longer]], ['elsewhere', longer]])
      await store.abortUploads(below, async (keys) => keys)
      expect(await keysOfUnfinishedUploads()).toEqual(['elsewhere'])
      await store.abortUploads({ bucket, prefix: 'elsewhere' }, async (keys) => keys)
      await store.remove(bucket, [to.key])
    })

    test('an abort between parts leaves neither an object nor parts', async () => {
      const abort = new AbortController()
      const options = { ...(await versionOfSource()), signal: abort.signal, onProgress: () => abort.abort() }
      await expect(store.copy(from, to, options)).rejects.toMatchObject({ name: 'AbortError' })
      expect(await store.head(to)).toBeUndefined()
      expect(await keysOfUnfinishedUploads()).toEqual([])
    })
  })

  describe('streams in parts', () => {
    const bucket = `stream-${randomUUID()}`
    const object = { bucket, key: 'a.mp4' }
    const signal = new AbortController().signal
    let store: ObjectStore

    beforeAll(async () => {
      store = createS3ObjectStore({ ...s3.settings, putPartBytes: 5 * MIB })
      await store.createBucket(bucket)
    })

    const inPieces = async function* (bytes: Uint8Array, end?: Error) {
      for (let at = 0; at < bytes.length; at += 2 * MIB) yield bytes.subarray(at, at + 2 * MIB)
      if (end) throw end
    }

    test.each([5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 12 * MIB])(
      '%d bytes come out as they went in, announced or not',
      async (sizeBytes) => {
        const bytes = randomBytes(sizeBytes)
        for (const announced of [{ sizeBytes }, {}]) {
          await store.putStream(object, inPieces(bytes), { contentType, signal, ...announced })
          expect(bytes.equals(await buffer(await store.read(object)))).toBe(true)
          await store.remove(bucket, [object.key])
        }
      },
    )

    test.each([{ sizeBytes: 12 * MIB }, {}])('a failure between parts leaves none of them: %o', async (announced) => {
      const failing = inPieces(randomBytes(6 * MIB), new Error('the source ended'))
      const options = { contentType, signal, ...announced }
      await expect(store.putStream(object, failing, options)).rejects.toThrow('the source ended')
      const listing = new ListMultipartUploadsCommand({ Bucket: bucket })
      expect((await createS3Client(s3.settings).send(listing)).Uploads ?? []).toEqual([])
      expect(await store.head(object)).toBeUndefined()
    })
  })

  test('a bucket is made where the store does not know our region by that name', async () => {
    const store = createS3ObjectStore({ ...s3.settings, region: 'cn-north-4' })
    const bucket = `region-${randomUUID()}`
    await store.createBucket(bucket)
    expect(await store.bucketExists(bucket)).toBe(true)
  })

  test('a wrong secret key is told apart from a store that is away', async () => {
    const signal = AbortSignal.timeout(30_000)
    const refused = createS3ObjectStore({ ...s3.settings, secretKey: 'wrong' })
    await expect(refused.check(signal)).rejects.toThrow('the object store refuses the secret key')
    const away = createS3ObjectStore({ ...s3.settings, endpoint: 'http://127.0.0.1:1' })
    await expect(away.check(signal)).rejects.toThrow('the object store refuses connections')
  })
})
