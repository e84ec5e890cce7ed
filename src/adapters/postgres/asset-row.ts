import type { Insertable, Selectable, Updateable } from 'kysely'
import type {
  Asset,
  AssetSource,
  AudioFormat,
  Ingest,
  NextTranscode,
  RetiredRun,
  StoredOptions,
  Transcode,
} from '../../core/catalog/asset.ts'
import type { AssetEncryption } from '../../core/catalog/encryption.ts'
import type { SourceMedia } from '../../core/catalog/media.ts'
import { COVER_PATH } from '../../core/catalog/object-keys.ts'
import type { AssetPatch } from '../../core/catalog/ports.ts'
import type { Preview } from '../../core/catalog/preview.ts'
import type { Review } from '../../core/catalog/review.ts'
import type { Subtitles } from '../../core/catalog/subtitles.ts'
import type { TranscodeSettings } from '../../core/catalog/transcode-settings.ts'
import type { WorkflowRun } from '../../core/catalog/workflow-run.ts'
import { assertNever } from '../../core/shared/assert-never.ts'
import type { AssetId, ProjectId } from '../../core/shared/ids.ts'
import { SYSTEM_SETTINGS } from '../../core/templates/system-groups.ts'
import type { Asset as AssetTable } from './schema.generated.ts'
import { snapshotColumns, toSnapshots } from './snapshot-columns.ts'

type Row = Selectable<AssetTable>

/** The casts below hold because only this file writes these columns and the schema's checks bound them. */
export const toAsset = (row: Row): Asset => ({
  id: row.id as AssetId,
  projectId: row.project_id as ProjectId,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  title: row.title,
  ...(row.description !== null && { description: row.description }),
  ...(row.category_id !== null && { categoryId: row.category_id }),
  tags: row.tags,
  videoType: row.video_type,
  videoName: row.video_name,
  source: { bucket: row.source_bucket, key: row.source_key, sizeBytes: row.source_size, etag: row.source_etag },
  ...(row.output_bucket !== null && { output: { bucket: row.output_bucket, path: row.output_path ?? '' } }),
  sourcePath: row.stored_key.slice(folderOf(row.project_id, row.id).length),
  ingest: toIngest(row.ingest_state as Ingest['state'], row.ingest_reason ?? ''),
  published: row.published,
  publishWhenReady: row.publish_when_ready,
  ...(row.template_group !== null && { templateGroup: row.template_group }),
  ...(row.template_group_id !== null && { templateGroupId: row.template_group_id }),
  ...settingsOf(row),
  transcode: toTranscode(row.transcode_state as Transcode['state'], row.transcode_note ?? undefined),
  ...(row.next_transcode !== null && { nextTranscode: row.next_transcode as unknown as NextTranscode }),
  ...(row.stream_index !== null && { index: row.stream_index }),
  retired: row.retired_runs as unknown as readonly RetiredRun[],
  ...(row.preview !== null && { preview: row.preview as unknown as Preview }),
  ...extractionOf(row),
  ...(row.media !== null && { media: row.media as unknown as SourceMedia }),
  snapshots: toSnapshots(row),
  ...(row.review !== null && { review: row.review as unknown as Review }),
  ...(row.has_cover && { cover: row.cover ?? COVER_PATH }),
  ...(row.storyboard_sheets !== null && { storyboardSheets: row.storyboard_sheets }),
  sourceRemoved: row.source_removed,
  ...(row.releases_source && { releasesSource: true }),
  ...(row.expires_at !== null && { expiresAt: row.expires_at }),
  ...(row.encryption !== null && { encryption: row.encryption as unknown as AssetEncryption }),
  ...(row.subtitles !== null && { subtitles: row.subtitles as unknown as Subtitles }),
  ...(row.workflow !== null && { workflow: row.workflow as unknown as WorkflowRun }),
  options: row.options as unknown as StoredOptions,
})

/** The column holds the whole key of a copy in the service bucket. */
const folderOf = (projectId: string, id: string): string => `${projectId}/${id}/`

/** An asset of the first version has a name and no settings. */
const settingsOf = ({ transcode_settings, template_group }: Row): Pick<Asset, 'transcodeSettings'> => {
  if (transcode_settings !== null) return { transcodeSettings: transcode_settings as unknown as TranscodeSettings }
  return template_group === 'system_template_group' ? { transcodeSettings: SYSTEM_SETTINGS } : {}
}

const extractionOf = ({ extracted_from, extracted_format }: Row): Pick<Asset, 'extraction'> =>
  extracted_from === null
    ? {}
    : { extraction: { from: extracted_from as AssetId, format: extracted_format as AudioFormat } }

const toIngest = (state: Ingest['state'], reason: string): Ingest =>
  state === 'failed' ? { state, reason } : { state }

const toTranscode = (state: Transcode['state'], note: string | undefined): Transcode => {
  switch (state) {
    case 'failed':
      return { state, reason: note ?? '' }
    case 'none':
    case 'succeeded':
      return { state, ...(note !== undefined && { note }) }
    case 'waiting':
    case 'running':
      return { state }
    default:
      return assertNever(state)
  }
}

export const toAssetRow = (asset: Asset): Insertable<AssetTable> => ({
  id: asset.id,
  project_id: asset.projectId,
  created_at: asset.createdAt,
  modified_at: asset.modifiedAt,
  title: asset.title,
  description: asset.description ?? null,
  category_id: asset.categoryId ?? null,
  tags: [...asset.tags],
  video_type: asset.videoType,
  video_name: asset.videoName,
  ...sourceColumns(asset.source),
  output_bucket: asset.output?.bucket ?? null,
  output_path: asset.output?.path ?? null,
  stored_key: folderOf(asset.projectId, asset.id) + asset.sourcePath,
  ...ingestColumns(asset.ingest),
  published: asset.published,
  publish_when_ready: asset.publishWhenReady,
  template_group: asset.templateGroup ?? null,
  template_group_id: asset.templateGroupId ?? null,
  transcode_settings: asset.transcodeSettings ? JSON.stringify(asset.transcodeSettings) : null,
  ...transcodeColumns(asset.transcode),
  next_transcode: asset.nextTranscode ? JSON.stringify(asset.nextTranscode) : null,
  stream_index: asset.index ?? null,
  retired_runs: JSON.stringify(asset.retired ?? []),
  preview: asset.preview ? JSON.stringify(asset.preview) : null,
  extracted_from: asset.extraction?.from ?? null,
  extracted_format: asset.extraction?.format ?? null,
  media: asset.media ? JSON.stringify(asset.media) : null,
  ...snapshotColumns(asset.snapshots),
  review: asset.review ? JSON.stringify(asset.review) : null,
  ...coverColumns(asset.cover),
  storyboard_sheets: asset.storyboardSheets ?? null,
  source_removed: asset.sourceRemoved,
  encryption: asset.encryption ? JSON.stringify(asset.encryption) : null,
  subtitles: asset.subtitles ? JSON.stringify(asset.subtitles) : null,
  workflow: asset.workflow ? JSON.stringify(asset.workflow) : null,
  options: JSON.stringify(asset.options),
})

/** Only what the patch names. */
export const toPatchRow = (patch: AssetPatch): Updateable<AssetTable> => ({
  ...(patch.title !== undefined && { title: patch.title }),
  ...(patch.description !== undefined && { description: patch.description }),
  ...(patch.categoryId !== undefined && { category_id: patch.categoryId }),
  ...(patch.tags !== undefined && { tags: [...patch.tags] }),
  ...(patch.ingest !== undefined && ingestColumns(patch.ingest)),
  ...(patch.published !== undefined && { published: patch.published }),
  ...(patch.publishWhenReady !== undefined && { publish_when_ready: patch.publishWhenReady }),
  ...(patch.templateGroup !== undefined && { template_group: patch.templateGroup }),
  ...(patch.templateGroupId !== undefined && { template_group_id: patch.templateGroupId }),
  ...(patch.transcodeSettings !== undefined && { transcode_settings: JSON.stringify(patch.transcodeSettings) }),
  ...(patch.transcode !== undefined && transcodeColumns(patch.transcode)),
  ...(patch.nextTranscode !== undefined && {
    next_transcode: patch.nextTranscode && JSON.stringify(patch.nextTranscode),
  }),
  ...(patch.index !== undefined && { stream_index: patch.index }),
  ...(patch.retired !== undefined && { retired_runs: JSON.stringify(patch.retired) }),
  ...(patch.preview !== undefined && { preview: patch.preview && JSON.stringify(patch.preview) }),
  ...(patch.source !== undefined && sourceColumns(patch.source)),
  ...(patch.media !== undefined && { media: JSON.stringify(patch.media) }),
  ...(patch.snapshots !== undefined && snapshotColumns(patch.snapshots)),
  ...(patch.review !== undefined && { review: patch.review && JSON.stringify(patch.review) }),
  ...(patch.cover !== undefined && coverColumns(patch.cover)),
  ...(patch.storyboardSheets !== undefined && { storyboard_sheets: patch.storyboardSheets }),
  ...(patch.sourceRemoved !== undefined && { source_removed: patch.sourceRemoved }),
  ...(patch.expiresAt !== undefined && { expires_at: patch.expiresAt }),
  ...(patch.encryption !== undefined && { encryption: JSON.stringify(patch.encryption) }),
  ...(patch.subtitles !== undefined && { subtitles: JSON.stringify(patch.subtitles) }),
  ...(patch.workflow !== undefined && { workflow: JSON.stringify(patch.workflow) }),
})

const sourceColumns = ({ bucket, key, sizeBytes, etag }: AssetSource) => ({
  source_bucket: bucket,
  source_key: key,
  source_size: sizeBytes,
  source_etag: etag,
})

const ingestColumns = (ingest: Ingest) => ({
  ingest_state: ingest.state,
  ingest_reason: ingest.state === 'failed' ? ingest.reason : null,
})

const coverColumns = (cover: string | undefined) => ({ has_cover: cover !== undefined, cover: cover ?? null })

const transcodeColumns = (transcode: Transcode) => ({
  transcode_state: transcode.state,
  transcode_note: noteOf(transcode) ?? null,
})

const noteOf = (transcode: Transcode): string | undefined => {
  if (transcode.state === 'failed') return transcode.reason
  return 'note' in transcode ? transcode.note : undefined
}
