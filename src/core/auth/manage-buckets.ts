import type { ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import { authorizeBucket, type BucketDeps } from './authorize-bucket.ts'
import type { BucketOwnership, Listed, ListPage } from './ports.ts'

/** For operators: makes the bucket when the store has none of that name, then authorises it. Throws as `authorizeBucket`. */
export const addBucket =
  (deps: BucketDeps) =>
  async (projectId: ProjectId, bucket: string): Promise<void> => {
    const owner = await deps.buckets.owner(bucket)
    if (bucket !== deps.serviceBucket && (!owner || owner.projectId === projectId)) {
      await deps.objects.createBucket(bucket)
    }
    await authorizeBucket(deps)({ projectId, bucket, operation: 'grant' })
  }

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
