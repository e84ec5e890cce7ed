import { createHash } from 'node:crypto'
import { DeleteObjectCommand, DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3'
import { inParallel } from './in-parallel.ts'
import { isObjectKey } from './object-key.ts'
import { withSignal } from './s3-client.ts'
import { isMissing, statusOf } from './s3-error.ts'

const BATCH_KEYS = 1_000
const PARALLEL = 8

export interface S3Removal {
  readonly client: S3Client
  readonly bucket: string
  readonly keys: readonly string[]
  readonly signal: AbortSignal | undefined
}

/** In batches; one by one where the store refuses batches, and for keys that XML cannot carry. */
export const removeObjects = async ({ keys, ...where }: S3Removal): Promise<void> => {
  const possible = keys.filter(isObjectKey)
  const batched = possible.filter((key) => !hasXmlControl(key))
  for (let start = 0; start < batched.length; start += BATCH_KEYS) {
    const batch = { ...where, keys: batched.slice(start, start + BATCH_KEYS) }
    if (!(await removeBatch(batch))) await removeSingly(batch)
  }
  await removeSingly({ ...where, keys: possible.filter(hasXmlControl) })
}

/** Characters that XML 1.0 forbids, or that its parsers turn into others. */
const hasXmlControl = (key: string): boolean =>
  [...key].some((character) => character < ' ' || character === '\ufffe' || character === '\uffff')

/** `false` when the store does not do batches. */
const removeBatch = async ({ client, bucket, keys, signal }: S3Removal): Promise<boolean> => {
  const command = new DeleteObjectsCommand({
    Bucket: bucket,
    Delete: { Quiet: true, Objects: keys.map((Key) => ({ Key })) },
  })
  addContentMd5(command)
  try {
    const { Errors = [] } = await client.send(command, withSignal(signal))
    const [failure] = Errors.filter(({ Code }) => Code !== 'NoSuchKey')
    if (failure) throw new Error(`the store keeps ${failure.Key ?? 'an object'}: ${failure.Code ?? 'no reason given'}`)
    return true
  } catch (error) {
    if (isMissing(error)) return true
    if ([400, 405, 411, 501].includes(statusOf(error) ?? 0)) return false
    throw error
  }
}

/**
 * OBS and older dialects want Content-MD5 here and refuse the SDK's checksum headers (milvus-io/milvus-storage#500).
 * Low priority within its step means after the SDK's own checksum, and before signing.
 */
const addContentMd5 = (command: DeleteObjectsCommand): void => {
  command.middlewareStack.add(
    (next) => (args) => {
      if (isRequest(args.request)) {
        const { headers, body } = args.request
        for (const name of Object.keys(headers)) {
          if (/^x-amz-(?:checksum-|sdk-checksum-)/i.test(name)) delete headers[name]
        }
        headers['content-md5'] = createHash('md5').update(body).digest('base64')
      }
      return next(args)
    },
    { step: 'build', priority: 'low', name: 'contentMd5' },
  )
}

interface RequestWithBody {
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array
}

const isRequest = (request: unknown): request is RequestWithBody =>
  typeof request === 'object' &&
  request !== null &&
  'headers' in request &&
  'body' in request &&
  (typeof request.body === 'string' || request.body instanceof Uint8Array)

const removeSingly = ({ client, bucket, keys, signal }: S3Removal): Promise<void> =>
  inParallel(keys, PARALLEL, async (key) => {
    try {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), withSignal(signal))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  })
