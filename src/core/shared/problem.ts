/**
 * Everything that may go wrong in a way that a caller is told about. Closed on purpose: `wire/errors.ts` maps every kind
 * to the vendor's code, and a kind without a row there does not compile.
 */
export type Problem =
  /** `reason` completes the sentence "<field> ..." and never repeats secrets or whole bodies. */
  | { readonly kind: 'invalid_field'; readonly field: string; readonly reason: string }
  | { readonly kind: 'wrong_content_type'; readonly contentType: string }
  | { readonly kind: 'wrong_region'; readonly location: string; readonly region: string }
  | { readonly kind: 'bucket_not_authorized'; readonly bucket: string }
  /** `where` is the store's `whereBucketsAre`. */
  | { readonly kind: 'bucket_not_found'; readonly bucket: string; readonly where: string }
  | { readonly kind: 'bucket_forbidden'; readonly bucket: string }
  | { readonly kind: 'bucket_of_other_project'; readonly bucket: string }
  /** Results of assets go there, or of deleted ones still lie there. */
  | { readonly kind: 'bucket_is_output'; readonly bucket: string }
  | { readonly kind: 'source_not_found'; readonly bucket: string; readonly key: string }
  | { readonly kind: 'source_unreadable'; readonly bucket: string; readonly key: string; readonly reason: string }
  | { readonly kind: 'asset_not_found' }
  | { readonly kind: 'asset_deleted' }
  | { readonly kind: 'asset_busy' }
  | { readonly kind: 'asset_not_ready' }
  /** By a person, after a review. */
  | { readonly kind: 'asset_blocked' }
  | { readonly kind: 'asset_not_encrypted' }
  /** Neither a key URL of the project's own nor our key service. */
  | { readonly kind: 'key_url_missing' }
  /** `reason` is a sentence of its own. */
  | { readonly kind: 'media_unsupported'; readonly reason: string }
  | { readonly kind: 'subtitle_not_found' }
  | { readonly kind: 'too_many_assets'; readonly limit: number }
  | { readonly kind: 'category_not_found' }
  /** The very category that a read asked for; told apart because readers take its answer for "deleted". */
  | { readonly kind: 'category_gone' }
  | { readonly kind: 'category_exists' }
  | { readonly kind: 'category_too_deep' }
  | { readonly kind: 'too_many_categories' }
  | { readonly kind: 'template_group_exists' }
  | { readonly kind: 'template_group_not_found' }
  /** That a template group names. */
  | { readonly kind: 'watermark_not_found'; readonly id: string }
  /** The very watermark that a call is about, or its upload. */
  | { readonly kind: 'watermark_missing' }
  | { readonly kind: 'watermark_exists' }
  | { readonly kind: 'watermark_unconfirmed' }
  | { readonly kind: 'too_many_watermarks'; readonly limit: number }
  /** Where something is to be pulled through edges, or is to go from them. */
  | { readonly kind: 'no_edge' }
  | { readonly kind: 'no_refreshed_edge' }
  /** A URL names a host that is neither ours nor an edge. */
  | { readonly kind: 'unknown_domain' }
  | { readonly kind: 'too_many_preheat_urls' }
  | { readonly kind: 'over_preheat_quota'; readonly limit: number }
  | { readonly kind: 'over_refresh_quota'; readonly limit: number }
  | { readonly kind: 'edge_task_not_found' }
  | { readonly kind: 'review_template_not_found' }
  /** Of the project's storage quota; 0 bytes are needed by what has no size yet. */
  | {
      readonly kind: 'storage_full'
      readonly usedBytes: number
      readonly neededBytes: number
      readonly quotaBytes: number
    }
  /** That stay open. */
  | { readonly kind: 'too_many_streams'; readonly limit: number }
  | { readonly kind: 'project_mismatch' }
  | { readonly kind: 'forbidden' }
  /** Something of ours that a later version will do; `what` names it. Never used for a parameter that may be ignored safely. */
  | { readonly kind: 'not_built'; readonly what: string }
  | { readonly kind: 'not_found'; readonly what: string }
  | { readonly kind: 'conflict'; readonly what: string }
  | { readonly kind: 'internal' }

/** A problem that a caller may meet. Bugs are plain errors. */
export class DomainError extends Error {
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(`${problem.kind}: ${JSON.stringify(problem)}`, options)
    this.name = 'DomainError'
    this.problem = problem
  }
}

/** Shorthand for the most common problem. */
export const invalidField = (field: string, reason: string): DomainError =>
  new DomainError({ kind: 'invalid_field', field, reason })
