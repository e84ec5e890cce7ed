import { GetObjectCommand, ListBucketsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { ObjectStore } from '../../core/shared/object-store.ts'
import { assertObjectKey } from './object-key.ts'
import { bucketExists, createBucket } from './s3-bucket.ts'
import {
  createS3Client,
  createS3CopyClient,
  createS3ReadClient,
  type S3StoreSettings,
  withSignal,
} from './s3-client.ts'
import { copyObject } from './s3-copy.ts'
import { statusOf } from './s3-error.ts'
import { fillFromObject, getObject, openObject } from './s3-get.ts'
import { headObject } from './s3-head.ts'
import { listObjects, type S3Listing } from './s3-list.ts'
import { putStream } from './s3-put-stream.ts'
import { removeObjects } from './s3-remove.ts'
import { abortUploads } from './s3-uploads.ts'
import { attempt, nameOf, translateFailure } from './store-failure.ts'

/** OBS, S3, MinIO, Ceph and the like, through the calls and headers that all of them know. */
export const createS3ObjectStore = (settings: S3StoreSettings): ObjectStore => {
  const client = createS3Client(settings)
  const readClient = createS3ReadClient(settings)
  const copyClient = createS3CopyClient(settings)
  const { singleCopyMaxBytes, copyPartBytes, putPartBytes } = settings
  return {
    whereBucketsAre: 'in this object storage and region',
    head: (object, signal) =>
      attempt(`look at object ${nameOf(object)}`, signal, () => headObject(client, object, signal)),
    read: (object, options = {}) =>
      attempt(`read object ${nameOf(object)}`, options.signal, async () => {
        const { Body } = await getObject(readClient, object, options)
        return Body
      }),
    fill: (object, places, options) =>
      attempt(`read object ${nameOf(object)}`, options.signal, () =>
        fillFromObject(readClient, object, { places, options }),
      ),
    open: (object, signal) =>
      attempt(`read object ${nameOf(object)}`, signal, () => openObject(readClient, object, signal)),
    put: ({ bucket, key }, bytes, { contentType, signal }) =>
      attempt(`put object ${bucket}/${key}`, signal, async () => {
        assertObjectKey(key)
        const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentType: contentType })
        await client.send(command, withSignal(signal))
      }),
    putStream: (object, bytes, options) =>
      attempt(`put object ${nameOf(object)}`, options.signal, () => {
        assertObjectKey(object.key)
        return putStream({ client, putPartBytes, object, bytes, options })
      }),
    copy: (from, to, options) =>
      attempt(`copy object ${nameOf(from)} to ${nameOf(to)}`, options.signal, () => {
        assertObjectKey(to.key)
        return copyObject({ client, copyClient, singleCopyMaxBytes, copyPartBytes, from, to, options })
      }),
    remove: (bucket, keys, signal) =>
      attempt(`remove objects from bucket ${bucket}`, signal, () => removeObjects({ client, bucket, keys, signal })),
    abortUploads: ({ bucket, prefix }, choose, signal) =>
      attempt(`abort uploads to bucket ${bucket}`, signal, () =>
        abortUploads({ client, bucket, prefix, signal }, choose),
      ),
    list: (bucket, prefix, signal) => list({ client, bucket, prefix, signal }),
    bucketExists: (bucket) => attempt(`look at bucket ${bucket}`, undefined, () => bucketExists(client, bucket)),
    createBucket: (bucket) => attempt(`create bucket ${bucket}`, undefined, () => createBucket(client, bucket)),
    signedReadUrl: ({ bucket, key }, expiresSeconds) =>
      getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: expiresSeconds }),
    check: (signal) => attempt('use the object store', signal, () => checkCredentials(client, signal)),
  }
}

async function* list(listing: S3Listing): AsyncGenerator<{ readonly key: string; readonly sizeBytes: number }> {
  try {
    yield* listObjects(listing)
  } catch (error) {
    throw translateFailure(`list bucket ${listing.bucket}`, error, listing.signal)
  }
}

/** Credentials that may not list buckets were understood all the same. */
const checkCredentials = async (client: S3Client, signal: AbortSignal): Promise<void> => {
  try {
    const { Buckets, Owner } = await client.send(new ListBucketsCommand({}), { abortSignal: signal })
    // The page of any web server is read as an empty answer.
    if (Buckets === undefined && Owner === undefined) throw new Error('what answers there is no object store')
  } catch (error) {
    const isUnderstood = statusOf(error) === 403 && error instanceof Error && error.name === 'AccessDenied'
    if (!isUnderstood) throw error
  }
}
