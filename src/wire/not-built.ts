import { DomainError } from '../core/shared/problem.ts'
import type { AnyOperation } from './operation.ts'

type NotBuiltRow = Pick<
  AnyOperation,
  'id' | 'method' | 'path' | 'group' | 'successStatus' | 'failureStatus' | 'summary'
>

/**
 * What the contract has and we don't yet. Whoever builds one deletes its row here and adds the operation to
 * `BUILT_OPERATIONS` in `index.ts`.
 */
// biome-ignore format: a table, one row per operation
const ROWS: readonly NotBuiltRow[] = [
  { id: 'createAssetByFileUpload', method: 'POST', path: '/v1.0/:project_id/asset', group: 'ingest', successStatus: 200, failureStatus: 403, summary: 'Create an asset and get URLs to upload its files to.' },
  { id: 'updateAsset', method: 'PUT', path: '/v1.0/:project_id/asset', group: 'ingest', successStatus: 200, failureStatus: 403, summary: 'Replace the video file, or add or replace the cover or subtitles, of an existing asset.' },
  { id: 'showAssetTempAuthority', method: 'GET', path: '/v1.1/:project_id/asset/authority', group: 'ingest', successStatus: 200, failureStatus: 403, summary: 'Sign one storage request of a multipart upload.' },
  { id: 'showAssetTempAuthorityV10', method: 'GET', path: '/v1.0/:project_id/asset/authority', group: 'ingest', successStatus: 200, failureStatus: 403, summary: 'Older browser-friendly variant of showAssetTempAuthority.' },
  { id: 'confirmAssetUpload', method: 'POST', path: '/v1.0/:project_id/asset/status/uploaded', group: 'ingest', successStatus: 200, failureStatus: 403, summary: 'Report the outcome of an upload.' },
  { id: 'createTakeOverTask', method: 'POST', path: '/v1.0/:project_id/asset/obs/host/stock/task', group: 'hosting', successStatus: 202, failureStatus: 403, summary: 'Host existing objects of a tenant bucket in bulk.' },
  { id: 'listTakeOverTask', method: 'GET', path: '/v1.0/:project_id/asset/obs/host/stock/task', group: 'hosting', successStatus: 200, failureStatus: 403, summary: 'List hosting tasks.' },
  { id: 'showTakeOverTaskDetails', method: 'GET', path: '/v1.0/:project_id/asset/obs/host/stock/task/details', group: 'hosting', successStatus: 200, failureStatus: 403, summary: 'List the assets that a hosting task produced.' },
  { id: 'showTakeOverAssetDetails', method: 'GET', path: '/v1.0/:project_id/asset/obs/host/task/details', group: 'hosting', successStatus: 200, failureStatus: 403, summary: 'Look up a hosted asset by its source object.' },
  { id: 'uploadMetaDataByUrl', method: 'POST', path: '/v1.0/:project_id/asset/upload_by_url', group: 'ingest', successStatus: 200, failureStatus: 400, summary: 'Create assets by pulling files from HTTP(S) URLs.' },
  { id: 'checkMd5Duplication', method: 'GET', path: '/v1.0/:project_id/asset/duplication', group: 'ingest', successStatus: 200, failureStatus: 400, summary: 'Ask whether a file is already stored.' },
  { id: 'listAssetTaskInfo', method: 'GET', path: '/v1/:project_id/asset/tasks', group: 'extended', successStatus: 200, failureStatus: 400, summary: 'Query processing tasks of assets.' },
  { id: 'updateStorageMode', method: 'PUT', path: '/v1/:project_id/asset/storage-mode', group: 'extended', successStatus: 200, failureStatus: 400, summary: 'Change the storage class of an asset\'s files.' },
  { id: 'showStorageModeType', method: 'GET', path: '/v1/:project_id/asset/storage-mode-type', group: 'extended', successStatus: 200, failureStatus: 400, summary: 'Show whether cooling applies to whole assets or only to source files.' },
  { id: 'updateStorageModeType', method: 'PUT', path: '/v1/:project_id/asset/storage-mode-type', group: 'extended', successStatus: 204, failureStatus: 400, summary: 'Set the cooling granularity.' },
  { id: 'showVodRetrieval', method: 'GET', path: '/v1/:project_id/asset/vod-retrieval', group: 'extended', successStatus: 200, failureStatus: 400, summary: 'Statistics of data restored from warm and cold storage.' },
  { id: 'listAssetDailySummaryLog', method: 'GET', path: '/v1/:project_id/asset/daily-summary', group: 'extended', successStatus: 200, failureStatus: 400, summary: 'Links to daily playback statistics files.' },
  { id: 'listCategoryInfo', method: 'GET', path: '/v2/:project_id/asset/categories', group: 'category', successStatus: 200, failureStatus: 400, summary: 'Read up to 10 categories and their direct children.' },
  { id: 'showCdnStatistics', method: 'GET', path: '/v1.0/:project_id/asset/cdn-statistics', group: 'statistics', successStatus: 200, failureStatus: 400, summary: 'CDN traffic figures (v1).' },
  { id: 'listCdnStatistics', method: 'GET', path: '/v2/:project_id/asset/cdn-statistics', group: 'statistics', successStatus: 200, failureStatus: 400, summary: 'CDN traffic figures per domain (v2).' },
  { id: 'showVodStatistics', method: 'GET', path: '/v1.0/:project_id/asset/vod-statistics', group: 'statistics', successStatus: 200, failureStatus: 400, summary: 'Storage and transcoding figures.' },
  { id: 'listTopStatistics', method: 'GET', path: '/v1.0/:project_id/asset/top-statistics', group: 'statistics', successStatus: 200, failureStatus: 400, summary: 'The 100 most played assets of a day.' },
  { id: 'createTemplateGroupCollection', method: 'POST', path: '/v1.0/:project_id/asset/template-collection/transcodings', group: 'template', successStatus: 201, failureStatus: 400, summary: 'Create a set of templates.' },
  { id: 'listTemplateGroupCollection', method: 'GET', path: '/v1.0/:project_id/asset/template-collection/transcodings', group: 'template', successStatus: 200, failureStatus: 400, summary: 'List sets of templates.' },
  { id: 'updateTemplateGroupCollection', method: 'PUT', path: '/v1.0/:project_id/asset/template-collection/transcodings', group: 'template', successStatus: 200, failureStatus: 400, summary: 'Change a set of templates.' },
  { id: 'deleteTemplateGroupCollection', method: 'DELETE', path: '/v1.0/:project_id/asset/template-collection/transcodings', group: 'template', successStatus: 204, failureStatus: 400, summary: 'Delete a set of templates.' },
  { id: 'createTranscodeTemplate', method: 'POST', path: '/v2/:project_id/asset/template/transcodings', group: 'template', successStatus: 201, failureStatus: 400, summary: 'Create a transcoding template (v2).' },
  { id: 'listTranscodeTemplate', method: 'GET', path: '/v2/:project_id/asset/template/transcodings', group: 'template', successStatus: 200, failureStatus: 403, summary: 'List transcoding templates (v2).' },
  { id: 'updateTranscodeTemplate', method: 'PUT', path: '/v2/:project_id/asset/template/transcodings', group: 'template', successStatus: 200, failureStatus: 400, summary: 'Change a transcoding template (v2).' },
  { id: 'deleteTranscodeTemplate', method: 'DELETE', path: '/v2/:project_id/asset/template/transcodings', group: 'template', successStatus: 204, failureStatus: 400, summary: 'Delete a transcoding template (v2).' },
  { id: 'listDomainLogs', method: 'GET', path: '/v1.0/:project_id/vod/cdn/logs', group: 'delivery', successStatus: 200, failureStatus: 400, summary: 'List access-log files of a domain.' },
  { id: 'updateHttpsConfig', method: 'PUT', path: '/v1.0/:project_id/asset/domain/https', group: 'delivery', successStatus: 200, failureStatus: 400, summary: 'Set HTTPS of a domain.' },
  { id: 'showHttpsConfig', method: 'GET', path: '/v1.0/:project_id/asset/domain/https', group: 'delivery', successStatus: 200, failureStatus: 400, summary: 'Read HTTPS settings of a domain.' },
  { id: 'createAssetEditTask', method: 'POST', path: '/v1/:project_id/asset/editing/tasks', group: 'editing', successStatus: 200, failureStatus: 400, summary: 'Cut and join assets into a new one.' },
  { id: 'listAssetEditTask', method: 'GET', path: '/v1/:project_id/asset/editing/tasks', group: 'editing', successStatus: 200, failureStatus: 400, summary: 'List editing tasks.' },
  { id: 'deleteAssetEditTask', method: 'DELETE', path: '/v1/:project_id/asset/editing/tasks', group: 'editing', successStatus: 204, failureStatus: 400, summary: 'Cancel a waiting editing task.' },
  { id: 'createEditTask', method: 'POST', path: '/v1/:project_id/asset/customization/edit', group: 'customization', successStatus: 200, failureStatus: 400, summary: 'Cut/join OBS objects, callback on completion.' },
  { id: 'createObjectProcessTask', method: 'POST', path: '/v1/:project_id/asset/customization/process', group: 'customization', successStatus: 200, failureStatus: 400, summary: 'Workflow (transcode, snapshot, sprite, watermark) on an OBS object.' },
  { id: 'createObjectReplication', method: 'POST', path: '/v1/:project_id/asset/customization/object-replication', group: 'customization', successStatus: 200, failureStatus: 400, summary: 'Copy objects between user buckets.' },
  { id: 'createObjectRetrieval', method: 'POST', path: '/v1/:project_id/asset/customization/object-retrieval', group: 'customization', successStatus: 200, failureStatus: 400, summary: 'Restore an archived object.' },
  { id: 'createRealTimeClip', method: 'POST', path: '/v1/:project_id/asset/customization/realtime-clip', group: 'customization', successStatus: 200, failureStatus: 400, summary: 'Clip a live time-shift stream.' },
  { id: 'createUploadByUrl', method: 'POST', path: '/v1/:project_id/asset/customization/upload-by-url', group: 'customization', successStatus: 200, failureStatus: 400, summary: 'Pull a URL into a user bucket.' },
  { id: 'deleteDyAsset', method: 'DELETE', path: '/v1/:project_id/asset/customization/object', group: 'customization', successStatus: 200, failureStatus: 400, summary: 'Delete objects and their asset rows.' },
  { id: 'showObjectMetaData', method: 'GET', path: '/v1/:project_id/asset/customization/meta-data', group: 'customization', successStatus: 200, failureStatus: 400, summary: 'Media metadata of objects in a bucket.' },
  { id: 'showTaskDetail', method: 'GET', path: '/v1/:project_id/asset/customization/task/detail', group: 'customization', successStatus: 200, failureStatus: 400, summary: 'State of one customization task.' },
]

/** Known paths that answer `TELECINE.0501` to whoever is authenticated, instead of a 404 that looks like a typing error. */
export const NOT_BUILT_OPERATIONS: readonly AnyOperation[] = ROWS.map((row) => ({
  ...row,
  gaps: [],
  handle: () => Promise.reject(new DomainError({ kind: 'not_built', what: `the operation ${row.id}` })),
}))
