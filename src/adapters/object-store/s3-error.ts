import { S3ServiceException } from '@aws-sdk/client-s3'
import { ObjectChangedError, StoreRefusedError } from '../../core/shared/object-store.ts'

/** The HTTP status of an answer of the store; `undefined` when there was none. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined

/** No such object, or no such bucket: answers to HEAD have no body that would tell them apart. */
export const isMissing = (error: unknown): boolean => statusOf(error) === 404

/** Of a bucket in another region, also one of our own, or of a service that is of another region itself. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'BucketAlreadyOwnedByYou',
])

/**
 * The bucket is known, but of another region than ours. S3 and OBS redirect there; with signatures that name the region AWS and
 * MinIO refuse them with 400 instead. Answers to HEAD have no body, so no code either: there AWS names the bucket's region.
 */
export const isElsewhere = (error: unknown, ourRegion: string): boolean => {
  if (!(error instanceof S3ServiceException)) return false
  if (statusOf(error) === 301 || ELSEWHERE.has(error.name)) return true
  const region = error.$response?.headers['x-amz-bucket-region']
  return statusOf(error) === 400 && region !== undefined && region !== ourRegion
}

/**
 * What asking for or making a bucket or object answers, in the port's terms; other errors as they are. S3 and OBS deny also
 * what is not there, to whoever may not list the bucket.
 */
export const translateRefusal = (error: unknown, ourRegion: string): unknown => {
  if (statusOf(error) === 403) return new StoreRefusedError('the object store denies access', { cause: error })
  if (isElsewhere(error, ourRegion)) return new StoreRefusedError('the bucket is of another region', { cause: error })
  if (error instanceof Error && error.name === 'BucketAlreadyExists') {
    return new StoreRefusedError('the name of the bucket is taken', { cause: error })
  }
  return error
}

const REFUSED_READS: ReadonlySet<string> = new Set(['AccessDenied', 'Forbidden', 'PermanentRedirect'])

/** Answers to reads have a code: what is wrong with our key or clock is told from what is the object's. */
export const isRefusedRead = (error: unknown): boolean =>
  error instanceof S3ServiceException && REFUSED_READS.has(error.name)

/** What conditions of a read or copy answer, in the port's terms; other errors as they are. */
export const translateCondition = (error: unknown): unknown => {
  if (isMissing(error)) return new ObjectChangedError('there is no such object any more', { cause: error })
  if (statusOf(error) === 412) return new ObjectChangedError('the object is another version', { cause: error })
  if (statusOf(error) === 416) return new RangeError('the range starts past the end', { cause: error })
  return error
}

/** ETags travel in quotes, weak ones with a mark before. */
export const unquoteEtag = (etag: string | undefined): string => (etag ?? '').replace(/^(?:W\/)?"(.*)"$/s, '$1')

export const quoteEtag = (etag: string): string => `"${etag}"`
