import type { BucketGrants } from '../shared/bucket-grants.ts'
import type { ProjectId } from '../shared/ids.ts'
import { type ObjectStore, StoreRefusedError } from '../shared/object-store.ts'
import { DomainError } from '../shared/problem.ts'
import type { BucketStore } from './ports.ts'

export interface BucketDeps {
  readonly buckets: BucketStore
  readonly objects: Pick<ObjectStore, 'bucketExists' | 'createBucket' | 'whereBucketsAre'>
  /** Our own bucket, where every project's media lie. */
  readonly serviceBucket: string
}

export interface AuthorizeBucket {
  readonly projectId: ProjectId
  readonly bucket: string
  readonly operation: 'grant' | 'revoke'
}

/**
 * The project lets us read one of its buckets, or no longer (decisions.md 5.4). The first project that authorises a bucket owns it
 * from then on, revoked or not. Repeats succeed. Throws `bucket_of_other_project` (the service bucket is nobody's),
 * `bucket_forbidden` (the store will not let us look), `bucket_not_found`, and `bucket_is_output` of a revocation.
 */
export const authorizeBucket =
  ({ buckets, objects, serviceBucket }: BucketDeps) =>
  async ({ projectId, bucket, operation }: AuthorizeBucket): Promise<void> => {
    if (bucket === serviceBucket) throw new DomainError({ kind: 'bucket_of_other_project', bucket })
    const owner = await buckets.owner(bucket)
    if (owner && owner.projectId !== projectId) throw new DomainError({ kind: 'bucket_of_other_project', bucket })
    // A grant to what does not exist would let a project reserve names. What was granted may be revoked when it is gone.
    const known = operation === 'revoke' && owner !== undefined
    if (!known && !(await ifAllowed(bucket, () => objects.bucketExists(bucket)))) {
      throw new DomainError({ kind: 'bucket_not_found', bucket, where: objects.whereBucketsAre })
    }
    if (operation === 'revoke') {
      if ((await buckets.revoke(projectId, bucket)) === 'revoked') return
      throw new DomainError({ kind: 'bucket_is_output', bucket })
    }
    if ((await buckets.authorize(projectId, bucket)) === 'other_project') {
      throw new DomainError({ kind: 'bucket_of_other_project', bucket })
    }
  }

/** What the store answers; throws `bucket_forbidden` when it will not let us. */
export const ifAllowed = async <T>(bucket: string, ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof StoreRefusedError)) throw error
    throw new DomainError({ kind: 'bucket_forbidden', bucket }, { cause: error })
  }
}

/** Asked before anything is read from or written to a tenant's bucket; `false` for one that nobody knows, too. */
export const isGranted =
  (buckets: Pick<BucketStore, 'owner'>): BucketGrants['isGranted'] =>
  async (projectId, bucket) => {
    const owner = await buckets.owner(bucket)
    return owner?.authorized === true && owner.projectId === projectId
  }
