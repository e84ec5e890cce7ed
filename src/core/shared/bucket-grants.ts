import type { ProjectId } from './ids.ts'

/** Which tenant buckets a project lets us use. */
export interface BucketGrants {
  /** Also `false` for a bucket that nobody has or that belongs to another project. */
  isGranted(projectId: ProjectId, bucket: string): Promise<boolean>
}

/** What is needed to tell whether a bucket may be used. */
export interface BucketUse {
  readonly grants: BucketGrants
  readonly serviceBucket: string
}

/** Whether we may read and write there for the project now: always in our own bucket, in a tenant's while its grant holds. */
export const mayUse = async (
  { grants, serviceBucket }: BucketUse,
  projectId: ProjectId,
  bucket: string,
): Promise<boolean> => bucket === serviceBucket || (await grants.isGranted(projectId, bucket))
