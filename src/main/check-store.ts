import type { ObjectStore } from '../core/shared/object-store.ts'
import { type Config, ConfigError, type ObjectsConfig } from './config.ts'
import { firstLineOf } from './first-line.ts'

/** A store that is merely slow answers within this. */
const TIMEOUT_MS = 10_000

/** Which setting a store complains of, by the codes that S3, OBS, Ceph and MinIO share. */
const COMPLAINTS: ReadonlyMap<string, string> = new Map([
  ['InvalidAccessKeyId', 'TELECINE_S3_ACCESS_KEY must be a key that the object service knows'],
  ['SignatureDoesNotMatch', 'TELECINE_S3_SECRET_KEY must be the secret of TELECINE_S3_ACCESS_KEY'],
  ['AuthorizationHeaderMalformed', "TELECINE_S3_REGION must be the object service's region"],
])

/** Whether the service is there and takes our keys. Throws `ConfigError`. */
export const checkStore = async (objects: ObjectsConfig): Promise<void> => {
  if (objects.kind === 'local') return
  // Loaded only where it is used: it is a quarter of a start.
  const { createS3ObjectStore } = await import('../adapters/object-store/s3.ts')
  try {
    await createS3ObjectStore(objects).check(AbortSignal.timeout(TIMEOUT_MS))
  } catch (cause) {
    const complaint =
      COMPLAINTS.get(codeOf(cause)) ?? 'TELECINE_S3_ENDPOINT must be of an S3 or OBS service that answers'
    throw new ConfigError(`${complaint}; ${objects.endpoint}: ${firstLineOf(cause)}`, { cause })
  }
}

/** Our own bucket: there already, or made now. Throws `ConfigError`, e.g. when the name is somebody else's. */
export const requireServiceBucket = async (
  store: Pick<ObjectStore, 'createBucket'>,
  { vodBucket }: Config,
): Promise<void> => {
  try {
    await store.createBucket(vodBucket)
  } catch (cause) {
    throw new ConfigError(
      `TELECINE_VOD_BUCKET must be a bucket that we may use, or a free name; ${firstLineOf(cause)}`,
      { cause },
    )
  }
}

/** The store's own error is the cause of what the adapter says. */
const codeOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error ? error.cause.name : ''
