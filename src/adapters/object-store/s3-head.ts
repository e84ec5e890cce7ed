import { type GetObjectCommandOutput, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { ObjectAddress, ObjectInfo } from '../../core/shared/object-store.ts'
import { isObjectKey } from './object-key.ts'
import { withSignal } from './s3-client.ts'
import { isMissing, translateRefusal, unquoteEtag } from './s3-error.ts'

export const headObject = async (
  client: S3Client,
  { bucket, key }: ObjectAddress,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo | undefined> => {
  if (!isObjectKey(key)) return undefined
  try {
    return infoOf(await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), withSignal(signal)))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw translateRefusal(error, await client.config.region())
  }
}

/** What the headers of an answer say of an object. */
export const infoOf = (
  found: Pick<GetObjectCommandOutput, 'ContentLength' | 'ContentType' | 'ETag' | 'LastModified'>,
): ObjectInfo => ({
  sizeBytes: found.ContentLength ?? 0,
  etag: unquoteEtag(found.ETag),
  modifiedAt: found.LastModified ?? new Date(0),
  ...(found.ContentType === undefined ? {} : { contentType: found.ContentType }),
})
