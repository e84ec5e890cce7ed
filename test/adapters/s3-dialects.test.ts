import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createS3ObjectStore } from '../../src/adapters/object-store/s3.ts'
import type { S3StoreSettings } from '../../src/adapters/object-store/s3-client.ts'
import { ObjectChangedError, StoreRefusedError } from '../../src/core/shared/object-store.ts'
import { startDialect } from './s3-dialect.ts'

const contentType = 'video/mp4'
const MIB = 1_048_576
const settings = { region: 'cn-north-4', accessKey: 'key', secretKey: 'secret', pathStyle: true }

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
  const asked = dialect.received.map(({ request }) => `${request.method} ${request.headers['x-amz-copy-source-range']}`)
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

test.each([
  [
    'fewer bytes than it announced, and closes',
    { headers: { 'content-length': '10' }, body: 'begins' },
    'cannot read object',
  ],
  ['fewer bytes without announcing any', { body: 'begins' }, 'the store sent 6 of 10 bytes'],
  ['more bytes than were asked for', { body: 'begins and goes on' }, 'the store sent more than 10 bytes'],
])('a store that sends %s fails the read, and nothing is put elsewhere', async (_, answer, message) => {
  await using dialect = await startDialect(() => ({ status: 206, ...answer, isCut: true }))
  const store = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint })
  const room = Buffer.alloc(14, '.')
  const failed = store.fill({ bucket: 'bucket', key: 'a' }, [room.subarray(2, 5), room.subarray(5, 12)], { start: 0 })
  await expect(failed).rejects.toThrow(message)
  await expect(failed).rejects.not.toBeInstanceOf(RangeError)
  expect(`${room.subarray(0, 2)}${room.subarray(12)}`).toBe('....')
})

test('a range of an object that is shorter by now is told as what it is', async () => {
  await using dialect = await startDialect(() => ({ status: 206, headers: { 'content-length': '6' }, body: 'begins' }))
  const store = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint })
  const failed = store.fill({ bucket: 'bucket', key: 'a' }, [Buffer.alloc(10)], { start: 5 })
  await expect(failed).rejects.toThrow(RangeError)
  await expect(failed).rejects.toThrow('bucket/a ends before byte 15')
})

test('readers who do not take their bytes keep nobody else waiting', async () => {
  await using dialect = await startDialect(({ request }) =>
    request.method === 'GET' ? { status: 200, body: 'begins', isEndless: true } : { status: 200 },
  )
  const store = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint })
  const signal = AbortSignal.timeout(30_000)
  const objects = Array.from({ length: 100 }, (_, index) => ({ bucket: 'bucket', key: String(index) }))
  const bodies = await Promise.all(objects.map((object) => store.read(object, { signal })))
  expect(await store.head({ bucket: 'bucket', key: 'a' }, signal)).toBeDefined()
  for (const body of bodies) body.destroy()
})

test('a denial and a redirect to another region are told apart from a store that is away', async () => {
  let status = 403
  await using dialect = await startDialect(() => ({ status }))
  const store = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint })
  const object = { bucket: 'bucket', key: 'a' }
  await expect(store.head(object)).rejects.toBeInstanceOf(StoreRefusedError)
  await expect(store.head(object)).rejects.toThrow('cannot look at object bucket/a: the object store denies access')
  await expect(store.bucketExists('bucket')).rejects.toBeInstanceOf(StoreRefusedError)
  status = 301
  await expect(store.head(object)).rejects.toThrow('cannot look at object bucket/a: the bucket is of another region')
  expect(await store.bucketExists('bucket')).toBe(false)
  status = 500
  await expect(store.head(object)).rejects.not.toBeInstanceOf(StoreRefusedError)
  await expect(store.bucketExists('bucket')).rejects.not.toBeInstanceOf(StoreRefusedError)
})

const refusal = (code: string) => `<Error><Code>${code}</Code><Message>The region is wrong</Message></Error>`

test.each([
  ['a redirect', { status: 301 }],
  ['a refusal that names the region of the bucket', { status: 400, headers: { 'x-amz-bucket-region': 'eu-west-1' } }],
])('a bucket that HEAD answers with %s is of another region', async (_, answer) => {
  await using dialect = await startDialect(() => answer)
  const store = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint })
  const looking = store.head({ bucket: 'bucket', key: 'a' })
  await expect(looking).rejects.toBeInstanceOf(StoreRefusedError)
  await expect(looking).rejects.toThrow('cannot look at object bucket/a: the bucket is of another region')
  expect(await store.bucketExists('bucket')).toBe(false)
})

test('a bad request about a bucket of our region is no refusal', async () => {
  await using dialect = await startDialect(() => ({
    status: 400,
    headers: { 'x-amz-bucket-region': settings.region },
  }))
  const store = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint })
  await expect(store.head({ bucket: 'bucket', key: 'a' })).rejects.not.toBeInstanceOf(StoreRefusedError)
  await expect(store.bucketExists('bucket')).rejects.toThrow('cannot look at bucket bucket')
})

test.each([
  ['PermanentRedirect', 301],
  ['AuthorizationHeaderMalformed', 400],
  ['IllegalLocationConstraintException', 400],
  ['BucketAlreadyOwnedByYou', 409],
])('a bucket whose making is answered with %s is of another region', async (code, status) => {
  await using dialect = await startDialect(({ request }) =>
    request.method === 'HEAD' ? { status: 404 } : { status, body: refusal(code) },
  )
  const making = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint }).createBucket('bucket')
  await expect(making).rejects.toBeInstanceOf(StoreRefusedError)
  await expect(making).rejects.toThrow('cannot create bucket bucket: the bucket is of another region')
})

test('a bucket is made in our region, and without one where the store knows none of that name', async () => {
  await using dialect = await startDialect(({ request, body }) => {
    if (request.method === 'HEAD') return { status: 404 }
    return body === '' ? { status: 200 } : { status: 400, body: refusal('InvalidLocationConstraint') }
  })
  await createS3ObjectStore({ ...settings, endpoint: dialect.endpoint }).createBucket('bucket')
  const [first, second, ...more] = dialect.received.filter(({ request }) => request.method === 'PUT')
  expect(first?.body).toContain('<LocationConstraint>cn-north-4</LocationConstraint>')
  expect([second?.body, more]).toEqual(['', []])
})

test.each([
  ['AccessDenied', 403, 'the object store denies access'],
  ['BucketAlreadyExists', 409, 'the name of the bucket is taken'],
])('a bucket whose making is answered with %s is refused', async (code, status, reason) => {
  await using dialect = await startDialect(({ request }) =>
    request.method === 'HEAD' ? { status: 404 } : { status, body: refusal(code) },
  )
  const making = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint }).createBucket('bucket')
  await expect(making).rejects.toBeInstanceOf(StoreRefusedError)
  await expect(making).rejects.toThrow(`cannot create bucket bucket: ${reason}`)
})

test.each([
  ['PermanentRedirect', 301, 'the bucket is of another region'],
  ['AuthorizationHeaderMalformed', 400, 'the object store is of another region'],
])('reading from elsewhere (%s) says so', async (code, status, reason) => {
  await using dialect = await startDialect(() => ({ status, body: refusal(code) }))
  const reading = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint }).read({ bucket: 'bucket', key: 'a' })
  await expect(reading).rejects.toThrow(`cannot read object bucket/a: ${reason}`)
})

test.each([
  ['AccessDenied', true, 'the object store denies access'],
  ['RequestTimeTooSkewed', false, 'the clocks of this machine and of the object store differ'],
])('a read that is answered %s is refused: %s', async (code, isRefused, reason) => {
  await using dialect = await startDialect(() => ({ status: 403, body: refusal(code) }))
  const reading = createS3ObjectStore({ ...settings, endpoint: dialect.endpoint }).read({ bucket: 'bucket', key: 'a' })
  const error = await reading.catch((reason: unknown) => reason)
  expect([error instanceof StoreRefusedError, Object(error).message]).toEqual([
    ...[isRefused, `cannot read object bucket/a: ${reason}`],
  ])
})

describe('uploads that nobody finishes', () => {
  const abortAll = (endpoint: string) =>
    createS3ObjectStore({ ...settings, endpoint }).abortUploads(
      { bucket: 'bucket', prefix: 'a/' },
      async (keys) => keys,
    )
  const page = (uploads: string, isTruncated: boolean) =>
    `<ListMultipartUploadsResult><IsTruncated>${isTruncated}</IsTruncated>${uploads}</ListMultipartUploadsResult>`
  const upload = (key: string, id: string) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`

  test('are aborted from every page of their list, also where one ended meanwhile', async () => {
    await using dialect = await startDialect(({ request }) => {
      if (request.method === 'DELETE') return { status: request.url?.includes('uploadId=1') ? 404 : 204 }
      const isSecond = request.url?.includes('upload-id-marker=2')
      const body = isSecond ? page(upload('a/c d', '3'), false) : page(upload('a/b', '1') + upload('a/b', '2'), true)
      return { status: 200, body }
    })
    await abortAll(dialect.endpoint)
    const removed = dialect.received.filter(({ request }) => request.method === 'DELETE')
    const targets = removed.map(({ request }) => request.url?.replace(/&x-id=\w+/, ''))
    expect(new Set(targets)).toEqual(
      new Set(['/bucket/a/b?uploadId=1', '/bucket/a/b?uploadId=2', '/bucket/a/c%20d?uploadId=3']),
    )
  })

  test('stay where the store does not list them, and are tried again where it is away', async () => {
    let status = 403
    await using dialect = await startDialect(() => ({ status }))
    await abortAll(dialect.endpoint)
    status = 503
    await expect(abortAll(dialect.endpoint)).rejects.toThrow('cannot abort uploads to bucket bucket')
  })
})
