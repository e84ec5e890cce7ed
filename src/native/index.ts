import type { AnyOperation } from '../wire/operation.ts'
import { ACCESS_KEY_OPERATIONS } from './access-keys.ts'
import { ASSET_WORK_OPERATIONS } from './asset-work.ts'
import { AUDIT_OPERATIONS } from './audit.ts'
import { BUCKET_OPERATIONS } from './buckets.ts'
import { ENCRYPTION_OPERATIONS } from './encryption.ts'
import { PROGRESS_OPERATIONS } from './progress.ts'
import { PROJECT_OPERATIONS } from './projects.ts'
import { RETENTION_OPERATIONS } from './retention.ts'
import { REVIEW_OPERATIONS } from './reviews.ts'
import { SOURCE_PLAYBACK_OPERATIONS } from './source-playback.ts'
import { STORAGE_OPERATIONS } from './storage.ts'
import { USER_OPERATIONS } from './users.ts'
import { WATERMARK_OPERATIONS } from './watermarks.ts'
import { WEBHOOK_OPERATIONS } from './webhooks.ts'
import { WORKFLOW_OPERATIONS } from './workflows.ts'

/** Our own operations, beside the vendor's: router, OpenAPI, and where a search for one starts. */
export const NATIVE_OPERATIONS: readonly AnyOperation[] = [
  ...USER_OPERATIONS,
  ...PROJECT_OPERATIONS,
  ...ACCESS_KEY_OPERATIONS,
  ...BUCKET_OPERATIONS,
  ...ASSET_WORK_OPERATIONS,
  ...PROGRESS_OPERATIONS,
  ...ENCRYPTION_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  ...WATERMARK_OPERATIONS,
  ...REVIEW_OPERATIONS,
  ...WORKFLOW_OPERATIONS,
  ...STORAGE_OPERATIONS,
  ...RETENTION_OPERATIONS,
  ...SOURCE_PLAYBACK_OPERATIONS,
  ...AUDIT_OPERATIONS,
]
