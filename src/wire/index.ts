import { updateBucketAuthorized } from './auth/update-bucket-authorized.ts'
import { createAssetCategory } from './catalog/create-asset-category.ts'
import { deleteAssetCategory } from './catalog/delete-asset-category.ts'
import { deleteAssets } from './catalog/delete-assets.ts'
import { listAssetCategory } from './catalog/list-asset-category.ts'
import { listAssetList } from './catalog/list-asset-list.ts'
import { publishAssets } from './catalog/publish-assets.ts'
import { showAssetDetail } from './catalog/show-asset-detail.ts'
import { showAssetMeta } from './catalog/show-asset-meta.ts'
import { unpublishAssets } from './catalog/unpublish-assets.ts'
import { updateAssetCategory } from './catalog/update-asset-category.ts'
import { updateAssetMeta } from './catalog/update-asset-meta.ts'
import { createPreheatingAsset } from './delivery/create-preheating-asset.ts'
import { refreshAsset } from './delivery/refresh-asset.ts'
import { showAssetCipher } from './delivery/show-asset-cipher.ts'
import { showPreheatingAsset } from './delivery/show-preheating-asset.ts'
import { showRefreshResult } from './delivery/show-refresh-result.ts'
import { publishAssetFromObs } from './ingest/publish-asset-from-obs.ts'
import { NOT_BUILT_OPERATIONS } from './not-built.ts'
import type { AnyOperation } from './operation.ts'
import { cancelAssetTranscodeTask } from './processing/cancel-asset-transcode-task.ts'
import { cancelExtractAudioTask } from './processing/cancel-extract-audio-task.ts'
import { createAssetProcessTask } from './processing/create-asset-process-task.ts'
import { createExtractAudioTask } from './processing/create-extract-audio-task.ts'
import { deleteThumbnails } from './processing/delete-thumbnails.ts'
import { deleteTranscodeProduct } from './processing/delete-transcode-product.ts'
import { listThumbnailDetails } from './processing/list-thumbnail-details.ts'
import { listThumbnailInfo } from './processing/list-thumbnail-info.ts'
import { modifySubtitle } from './processing/modify-subtitle.ts'
import { updateCoverByThumbnail } from './processing/update-cover-by-thumbnail.ts'
import { createAssetReviewTask } from './review/create-asset-review-task.ts'
import { confirmImageUpload } from './templates/confirm-image-upload.ts'
import { createTemplateGroup } from './templates/create-template-group.ts'
import { createWatermarkTemplate } from './templates/create-watermark-template.ts'
import { deleteTemplateGroup } from './templates/delete-template-group.ts'
import { deleteWatermarkTemplate } from './templates/delete-watermark-template.ts'
import { listTemplateGroup } from './templates/list-template-group.ts'
import { listWatermarkTemplate } from './templates/list-watermark-template.ts'
import { updateTemplateGroup } from './templates/update-template-group.ts'
import { updateWatermarkTemplate } from './templates/update-watermark-template.ts'

/** The operations that work, by folder. A new one is added here, and its row in `not-built.ts` deleted. */
export const BUILT_OPERATIONS: readonly AnyOperation[] = [
  publishAssetFromObs,
  updateBucketAuthorized,
  showAssetDetail,
  showAssetMeta,
  updateAssetMeta,
  listAssetList,
  publishAssets,
  unpublishAssets,
  deleteAssets,
  createAssetCategory,
  updateAssetCategory,
  deleteAssetCategory,
  listAssetCategory,
  listThumbnailInfo,
  listThumbnailDetails,
  deleteThumbnails,
  updateCoverByThumbnail,
  modifySubtitle,
  createAssetProcessTask,
  cancelAssetTranscodeTask,
  deleteTranscodeProduct,
  createExtractAudioTask,
  cancelExtractAudioTask,
  createAssetReviewTask,
  createTemplateGroup,
  updateTemplateGroup,
  deleteTemplateGroup,
  listTemplateGroup,
  createWatermarkTemplate,
  updateWatermarkTemplate,
  listWatermarkTemplate,
  deleteWatermarkTemplate,
  confirmImageUpload,
  showAssetCipher,
  createPreheatingAsset,
  showPreheatingAsset,
  refreshAsset,
  showRefreshResult,
]

/** Every operation of the contract: router, coverage list, and where a search for one starts. */
export const OPERATIONS: readonly AnyOperation[] = [...BUILT_OPERATIONS, ...NOT_BUILT_OPERATIONS]

/** The vendor's samples print /v1/ where its URI section says /v1.0/, on this path only (x-wire). */
const ASSET_PATH = '/v1.0/:project_id/asset'

/** The paths at which an operation answers. */
export const pathsOf = ({ path }: AnyOperation): readonly string[] =>
  path === ASSET_PATH ? [path, '/v1/:project_id/asset'] : [path]
