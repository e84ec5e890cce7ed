import { type ObjectAddress, ObjectChangedError, StoreRefusedError } from '../../core/shared/object-store.ts'

/** What went wrong in words that may be shown: system messages carry paths of this machine, addresses and request ids. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'disk full',
  EDQUOT: 'disk full (quota used up)',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  EIO: 'the disk reports an input/output error',
  EXDEV: 'a folder of the bucket lies on another file system',
  ECONNREFUSED: 'the object store refuses connections',
  ECONNRESET: 'the object store closed the connection',
  EHOSTUNREACH: 'the object store cannot be reached',
  ENOTFOUND: "the object store's host name is unknown",
  ETIMEDOUT: 'the object store does not answer',
  TimeoutError: 'the object store does not answer',
  NoSuchBucket: 'there is no such bucket',
  AccessDenied: 'the object store denies access',
  Forbidden: 'the object store denies access',
  InvalidAccessKeyId: 'the object store does not know the access key',
  SignatureDoesNotMatch: 'the object store refuses the secret key',
  RequestTimeTooSkewed: 'the clocks of this machine and of the object store differ',
  PermanentRedirect: 'the bucket is of another region',
  IllegalLocationConstraintException: 'the bucket is of another region',
  AuthorizationHeaderMalformed: 'the object store is of another region',
  SlowDown: 'the object store is overloaded',
  ServiceUnavailable: 'the object store is overloaded',
  QuotaExceeded: 'disk full (quota used up)',
  XMinioStorageFull: 'disk full',
}

/** The code of a failed system call, `undefined` for other errors. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

export const hasCode = (error: unknown, ...codes: readonly string[]): boolean => codes.includes(errorCode(error) ?? '')

/**
 * Runs a store's method and tells its failures apart: what callers act upon passes, an abort stays an abort, and
 * everything else says what failed, on what, and why. `action` is a verb with its object, such as "put object vod/a.mp4".
 */
export const attempt = async <T>(
  action: string,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> => {
  try {
    signal?.throwIfAborted()
    return await run()
  } catch (error) {
    throw translateFailure(action, error, signal)
  }
}

export const translateFailure = (action: string, error: unknown, signal: AbortSignal | undefined): unknown => {
  if (signal?.aborted) return signal.reason
  if (error instanceof ObjectChangedError || error instanceof RangeError) return error
  const message = `cannot ${action}: ${reasonOf(error)}`
  return error instanceof StoreRefusedError
    ? new StoreRefusedError(message, { cause: error.cause })
    : new Error(message, { cause: error })
}

/**
 * What the local store meets when it looks. Not for every failure of every store: an S3 client's connection that a firewall stops
 * has these codes too, and that is an outage.
 */
export const refusedOr = (error: unknown): unknown =>
  hasCode(error, 'EACCES', 'EPERM') ? new StoreRefusedError('permission denied', { cause: error }) : error

export const nameOf = ({ bucket, key }: ObjectAddress): string => `${bucket}/${key}`

/** Our own messages are fit to be shown; those of the system are not. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown error'
  const code = errorCode(error) ?? error.name
  return REASONS[code] ?? (code === 'Error' || error instanceof StoreRefusedError ? error.message : code)
}
