import type { ProjectId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import { authorizeBucket, type BucketDeps, ifAllowed } from './authorize-bucket.ts'
import type { BucketOwnership, Listed, ListPage } from './ports.ts'

/**
 * For operators: makes the bucket when the store has none of that name, then authorises it. Throws as `authorizeBucket`, and
 * `invalid_field` for a name that no store would take.
 */
export const addBucket =
  (deps: BucketDeps) =>
  async (projectId: ProjectId, bucket: string): Promise<void> => {
    const owner = await deps.buckets.owner(bucket)
    if (bucket !== deps.serviceBucket && (!owner || owner.projectId === projectId)) {
      await ifAllowed(bucket, () => makeUnlessThere(deps.objects, bucket))
    }
    await authorizeBucket(deps)({ projectId, bucket, operation: 'grant' })
  }

const makeUnlessThere = async (objects: BucketDeps['objects'], bucket: string): Promise<void> => {
  if (await objects.bucketExists(bucket)) return
  if (!NEW_BUCKET_NAME.test(bucket)) {
    throw invalidField('bucket', 'must have 3 to 63 lower-case letters, digits, dots and hyphens')
  }
  await objects.createBucket(bucket)
}

/** Today's rules of S3 and OBS. Buckets that are there already may be of older ones. */
const NEW_BUCKET_NAME = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

export const listBuckets =
  ({ buckets }: BucketDeps) =>
  (page: ListPage, projectId?: ProjectId): Promise<Listed<BucketOwnership>> =>
    buckets.list(page, projectId)

/** For operators: another project owns the bucket from now on, and has to authorise it itself. Throws `not_found`. */
export const assignBucket =
  ({ buckets, serviceBucket }: BucketDeps) =>
  async (bucket: string, projectName: string): Promise<void> => {
    if (bucket === serviceBucket) throw new DomainError({ kind: 'bucket_of_other_project', bucket })
    if ((await buckets.assign(bucket, projectName)) === 'no_project') {
      throw new DomainError({ kind: 'not_found', what: `project ${projectName}` })
    }
  }

/** For operators: forgets owner and grant. The bucket and its objects stay as they are. Throws `not_found`. */
export const removeBucket =
  ({ buckets }: BucketDeps) =>
  async (bucket: string): Promise<void> => {
    if ((await buckets.release(bucket)) === 'absent')
      throw new DomainError({ kind: 'not_found', what: `bucket ${bucket}` })
  }
