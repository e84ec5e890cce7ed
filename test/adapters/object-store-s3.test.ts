import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { buffer, text } from 'node:stream/consumers'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createS3ObjectStore } from '../../src/adapters/object-store/s3.ts'
import { createS3Client, type S3StoreSettings } from '../../src/adapters/object-store/s3-client.ts'
import { ObjectChangedError, type ObjectStore } from '../../src/core/shared/object-store.ts'
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

    const unfinishedUploads = async () => {
      const { Uploads = [] } = await createS3Client(s3.settings).send(
        new ListMultipartUploadsCommand({ Bucket: bucket }),
      )
      return Uploads.length
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

    test('an abort between parts leaves neither an object nor parts', async () => {
      const abort = new AbortController()
      const options = { ...(await versionOfSource()), signal: abort.signal, onProgress: () => abort.abort() }
      await expect(store.copy(from, to, options)).rejects.toMatchObject({ name: 'AbortError' })
      expect(await store.head(to)).toBeUndefined()
      expect(await unfinishedUploads()).toBe(0)
    })
  })

  test('a wrong secret key is told apart from a store that is away', async () => {
    const signal = AbortSignal.timeout(30_000)
    const refused = createS3ObjectStore({ ...s3.settings, secretKey: 'wrong' })
    await expect(refused.check(signal)).rejects.toThrow('the object store refuses the secret key')
    const away = createS3ObjectStore({ ...s3.settings, endpoint: 'http://127.0.0.1:1' })
    await expect(away.check(signal)).rejects.toThrow('the object store refuses connections')
  })
})

describe('dialects of S3', () => {
  const settings = { region: 'cn-north-4', accessKey: 'key', secretKey: 'secret', pathStyle: true }

  interface Received {
    readonly request: IncomingMessage
    readonly body: string
  }

  interface Answer {
    readonly status: number
    readonly headers?: Record<string, string>
    readonly body?: string
  }

  /** A server of which only the answers are known; it keeps what it was asked. */
  const startDialect = async (answer: (received: Received) => Answer) => {
    const received: Received[] = []
    const server = createServer(async (request, response) => {
      const entry = { request, body: await text(request) }
      received.push(entry)
      const { status, headers = {}, body = '' } = answer(entry)
      response.writeHead(status, headers).end(body)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const dispose = async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
    return { endpoint: `http://127.0.0.1:${port}`, received, [Symbol.asyncDispose]: dispose }
  }

  test('removing many sends Content-MD5 and none of the newer checksums', async () => {
    await using dialect = await startDialect(() => ({ status: 200 }))
    await createS3ObjectStore({ ...settings, endpoint: dialect.endpoint }).remove('bucket', ['a', 'b'])
    const [{ request, body } = { request: undefined, body: '' }] = dialect.received
    expect(request?.headers['content-md5']).toBe(createHash('md5').update(body).digest('base64'))
    expect(Object.keys(request?.headers ?? {}).filter((name) => name.includes('checksum'))).toEqual([])
    expect(request?.headers.authorization).toContain('content-md5')
  })

  test('where removing many is refused, objects are removed one by one', async () => {
    await using dialect = await startDialect(({ request }) => ({ status: request.method === 'POST' ? 501 : 204 }))
    await createS3ObjectStore({ ...settings, endpoint: dialect.endpoint }).remove('bucket', ['a', 'b c'])
    const removed = dialect.received.filter(({ request }) => request.method === 'DELETE')
    expect(removed.map(({ request }) => request.url)).toEqual(
      expect.arrayContaining([expect.stringContaining('/bucket/a?'), expect.stringContaining('/bucket/b%20c?')]),
    )
  })

  test('putting sends neither checksums nor pieces, but the length and the hash of the bytes', async () => {
    await using dialect = await startDialect(() => ({ status: 200 }))
    const store = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint })
    await store.put({ bucket: 'bucket', key: 'a' }, Buffer.from('abc'), { contentType })
    const headers = dialect.received[0]?.request.headers ?? {}
    expect(headers['content-length']).toBe('3')
    expect(headers['x-amz-content-sha256']).toBe(createHash('sha256').update('abc').digest('hex'))
    expect(Object.keys(headers).filter((name) => /checksum|trailer|content-encoding|acl/.test(name))).toEqual([])
  })

  test('a source that is replaced during a copy in parts is noticed where the store does not look', async () => {
    const heads = ['"one"', '"two"']
    await using dialect = await startDialect(({ request }) => {
      if (request.method === 'HEAD') {
        return { status: 200, headers: { etag: heads.shift() ?? '', 'content-length': String(6 * MIB) } }
      }
      if (request.method === 'DELETE') return { status: 204 }
      const body = request.url?.includes('uploads')
        ? '<InitiateMultipartUploadResult><UploadId>upload</UploadId></InitiateMultipartUploadResult>'
        : '<CopyPartResult><ETag>"part"</ETag></CopyPartResult>'
      return { status: 200, body }
    })
    const limits = { singleCopyMaxBytes: 5 * MIB, copyPartBytes: 5 * MIB }
    const store = createS3ObjectStore({ ...settings, ...limits, endpoint: dialect.endpoint })
    const options = { ifMatch: 'one', sizeBytes: 6 * MIB, signal: new AbortController().signal }
    const copying = store.copy({ bucket: 'bucket', key: 'from' }, { bucket: 'bucket', key: 'to' }, options)
    await expect(copying).rejects.toBeInstanceOf(ObjectChangedError)
    const asked = dialect.received.map(
      ({ request }) => `${request.method} ${request.headers['x-amz-copy-source-range']}`,
    )
    expect(asked).toContain(`PUT bytes=${5 * MIB}-${6 * MIB - 1}`)
    expect(asked.at(-1)).toBe('DELETE undefined')
  })

  test('a store that stays overloaded is given up after three tries', async () => {
    await using dialect = await startDialect(() => ({ status: 503 }))
    const store = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint })
    await expect(store.head({ bucket: 'bucket', key: 'a' })).rejects.toThrow('cannot look at object bucket/a')
    expect(dialect.received.length).toBe(3)
  })

  test('a bucket is part of the path or of the host', async () => {
    const urlOf = async (pathStyle: boolean) => {
      const virtual: S3StoreSettings = { ...settings, endpoint: 'https://obs.example.com', pathStyle }
      return new URL(await createS3ObjectStore(virtual).signedReadUrl({ bucket: 'media', key: 'a/b c' }, 60))
    }
    expect((await urlOf(true)).href).toMatch('https://obs.example.com/media/a/b%20c?')
    expect((await urlOf(false)).href).toMatch('https://media.obs.example.com/a/b%20c?')
  })
})
