import type { Problem } from '../core/shared/problem.ts'

/** How the vendor puts one kind of problem. */
export interface WireError {
  readonly code: `VOD.1${string}` | `TELECINE.${number}`
  /** `{name}` stands for that member of the problem. */
  readonly message: string
  /** Absent: the operation's `failureStatus`. */
  readonly status?: number
}

const ASSET_MISSING = 'Media asset or resource does not exist, please check.'
const ADDRESS_WRONG = 'The source or destination address of the object storage is incorrect, please check.'
const BUCKET_FORBIDDEN =
  'You do not have the permission, ask the tenant administrator to authorize the bucket or grant OBS permissions to the sub-account.'
const CATEGORY_MISSING = 'Media asset classification does not exist, please check.'

/**
 * Code and text per problem, from the vendor's operation pages and its error table. What the vendor says nothing about
 * has a `TELECINE.nnnn` code. A problem without a row does not compile.
 */
export const WIRE_ERRORS = {
  invalid_field: {
    code: 'VOD.10053',
    // The vendor's sentence ends after the name; ours goes on, because "illegal" alone helps nobody.
    message: 'The request parameter is illegal, illegal field: {field}. {field} {reason}.',
  },
  wrong_content_type: { code: 'VOD.10059', message: 'The requested content type is incorrect.' },
  wrong_region: { code: 'VOD.10075', message: `${ADDRESS_WRONG} location must be {region}, it is {location}.` },
  bucket_not_authorized: { code: 'VOD.10114', message: 'The bucket is not authorized. Authorize {bucket} first.' },
  // Of granting; whoever imports from such a bucket is told that it is not authorised.
  bucket_not_found: { code: 'VOD.10075', message: `${ADDRESS_WRONG} There is no bucket {bucket} {where}.` },
  bucket_forbidden: { code: 'VOD.10138', message: BUCKET_FORBIDDEN },
  bucket_is_output: { code: 'VOD.10115', message: 'A bucket that is set as output cannot be deauthorized.' },
  bucket_of_other_project: { code: 'VOD.10138', message: BUCKET_FORBIDDEN },
  source_not_found: { code: 'VOD.10003', message: 'The specified key does not exist.' },
  source_unreadable: { code: 'VOD.10076', message: 'Failed to obtain the source file from the object storage.' },
  asset_not_found: { code: 'VOD.10062', message: ASSET_MISSING },
  // The vendor's Terraform provider polls details after a delete until 404; 400 or 403 fail its destroy.
  asset_deleted: { code: 'VOD.10062', message: ASSET_MISSING, status: 404 },
  asset_busy: { code: 'VOD.10083', message: 'The current media asset status does not support this operation.' },
  asset_not_ready: {
    code: 'VOD.10060',
    message: 'Media asset is not downloaded successfully or not released, please check.',
  },
  asset_blocked: { code: 'VOD.10099', message: 'The media asset is blocked.' },
  asset_not_encrypted: { code: 'VOD.10101', message: 'Unable to get the key because there is no encryption.' },
  key_url_missing: { code: 'VOD.10100', message: 'The URL for obtaining the key is not configured.' },
  media_unsupported: { code: 'VOD.10063', message: 'Media asset type is not supported at this time. {reason}.' },
  subtitle_not_found: { code: 'VOD.10129', message: 'The subtitle file is not found, please check.' },
  too_many_assets: {
    code: 'VOD.10137',
    message: 'The number of media assets to publish or unpublish exceeds the limit: {limit}',
  },
  category_not_found: { code: 'VOD.10064', message: CATEGORY_MISSING },
  // The code is the contract's; the status is what the Terraform provider needs to see that a category is gone.
  category_gone: { code: 'VOD.10064', message: CATEGORY_MISSING, status: 404 },
  category_exists: { code: 'VOD.10065', message: 'Media asset classification already exists, please check.' },
  category_too_deep: {
    code: 'VOD.10066',
    message: 'The media asset classification exceeds the maximum level, please check.',
  },
  too_many_categories: {
    code: 'VOD.10067',
    message: 'The number of media asset classifications exceeds the limit, please check.',
  },
  template_group_exists: { code: 'VOD.10082', message: 'The template group already exists.' },
  template_group_not_found: { code: 'VOD.10062', message: ASSET_MISSING },
  watermark_not_found: { code: 'VOD.10124', message: 'The watermark template is invalid or does not exist, {id}' },
  watermark_missing: { code: 'VOD.10062', message: ASSET_MISSING },
  watermark_exists: { code: 'VOD.10131', message: 'The watermark template already exists.' },
  watermark_unconfirmed: {
    code: 'VOD.10090',
    message: 'Modification failed, confirm the watermark image upload first.',
  },
  too_many_watermarks: { code: 'VOD.10125', message: 'The number of watermarks reaches the upper limit: {limit}' },
  no_edge: {
    code: 'VOD.10110',
    message:
      'Unable to create the CDN preheat task, check whether a CDN acceleration domain name is enabled for the media asset.',
  },
  no_refreshed_edge: { code: 'VOD.10088', message: 'Only enabled domain names can be operated.' },
  unknown_domain: { code: 'VOD.10089', message: 'The acceleration domain name does not exist.' },
  too_many_preheat_urls: { code: 'VOD.10109', message: 'A maximum of 10 URLs can be preheated at a time.' },
  over_preheat_quota: { code: 'VOD.10086', message: 'The total number of preheated URLs cannot exceed {limit}.' },
  over_refresh_quota: { code: 'VOD.10087', message: 'The total number of refreshed URLs cannot exceed {limit}.' },
  edge_task_not_found: { code: 'VOD.10062', message: ASSET_MISSING },
  review_template_not_found: { code: 'VOD.10062', message: ASSET_MISSING },
  // VOD.10078 is of the vendor's open beta, which had a fixed quota for everybody.
  storage_full: {
    code: 'TELECINE.1001',
    message:
      'The storage quota of the project is full: {usedBytes} of {quotaBytes} bytes are used, {neededBytes} more are needed.',
    status: 403,
  },
  too_many_streams: {
    code: 'TELECINE.0429',
    message: 'Too many streams of events are open: at most {limit} at a time.',
    status: 429,
  },
  project_mismatch: { code: 'VOD.10057', message: 'Tenant ID verification failed.', status: 403 },
  forbidden: { code: 'VOD.10074', message: 'No permission to perform this operation.', status: 403 },
  not_built: { code: 'TELECINE.0501', message: 'Not built yet: {what}.', status: 501 },
  not_found: { code: 'TELECINE.0404', message: 'There is no such {what}.', status: 404 },
  conflict: { code: 'TELECINE.0409', message: 'Refused because of a conflict: {what}.', status: 409 },
  internal: { code: 'VOD.10051', message: 'Internal system error.', status: 500 },
} as const satisfies Record<Problem['kind'], WireError>

/** The body of every failure, as the vendor's SDKs read it. */
export interface ErrorBody {
  readonly error_code: string
  readonly error_msg: string
}

/** `failureStatus`: that of the operation at which the problem was met. */
export const toWireError = (
  problem: Problem,
  failureStatus: number,
): { readonly status: number; readonly body: ErrorBody } => {
  const { code, message, status }: WireError = WIRE_ERRORS[problem.kind]
  const members = new Map<string, unknown>(Object.entries(problem))
  const text = message.replace(/\{(\w+)\}/g, (_, name: string) => String(members.get(name)))
  return { status: status ?? failureStatus, body: { error_code: code, error_msg: text } }
}
