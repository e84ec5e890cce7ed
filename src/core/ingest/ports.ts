import type { ProjectId } from '../shared/ids.ts'

/** What ingest asks of bucket ownership. */
export interface BucketGrants {
  /** Throws `bucket_not_authorized`, also for a bucket that nobody has or that belongs to another project. */
  requireGrant(projectId: ProjectId, bucket: string): Promise<void>
}
