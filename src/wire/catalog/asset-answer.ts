import { type Static, Type } from 'typebox'
import type { Asset } from '../../core/catalog/asset.ts'
import { isEncrypted } from '../../core/catalog/encryption.ts'
import { COVER_PATH, DASH_MANIFEST, MASTER_PLAYLIST, PLAY_FOLDER } from '../../core/catalog/object-keys.ts'
import { RENDITION_FORMATS, type Rendition, type RenditionFormat } from '../../core/catalog/rendition.ts'
import { listedSubtitles, SUBTITLE_TYPES, subtitlePath } from '../../core/catalog/subtitles.ts'
import type { AssetView } from '../../core/catalog/use-cases.ts'
import type { AssetId } from '../../core/shared/ids.ts'
import { formatTimestamp } from '../fields.ts'
import type { OperationContext } from '../operation.ts'
import { assetDescription, combinedStatus } from './asset-status.ts'
import { indexMetaData, MetaData, renditionMetaData, sourceMetaData } from './media-answer.ts'

const CoverInfo = Type.Object({ cover_url: Type.String() })

const FileAddr = Type.Object({ bucket: Type.String(), location: Type.String(), object: Type.String() })

const SubtitleInfo = Type.Object({
  url: Type.String({ description: 'Always WebVTT, whatever it was made of.' }),
  id: Type.Integer(),
  type: Type.Enum([...SUBTITLE_TYPES], { description: 'Of the file that was added; a track of the source is VTT.' }),
  language: Type.String({ description: 'BCP 47; und where nobody knows.' }),
})

/** Strings are never null and never absent: PHP callers stop at an undefined index (clients.md, public callers). */
export const BaseInfo = Type.Object({
  title: Type.String(),
  video_name: Type.String(),
  description: Type.String(),
  category_id: Type.Integer(),
  category_name: Type.String(),
  create_time: Type.String(),
  last_modified: Type.String(),
  video_type: Type.String(),
  tags: Type.String(),
  meta_data: MetaData,
  video_url: Type.String({
    description: 'The original file; empty until it is in place, and where the streams are encrypted.',
  }),
  sign_url: Type.String({ description: 'Temporary storage address of the original file; only in asset/details.' }),
  cover_info_array: Type.Array(CoverInfo),
  subtitle_info: Type.Array(SubtitleInfo),
  source_path: Type.Optional(FileAddr),
  output_path: Type.Optional(FileAddr),
})

const PlayInfo = Type.Object({
  play_type: Type.String({ description: 'Lower case here: hls, dash, mp4, mp3, aac.' }),
  url: Type.String(),
  encrypted: Type.Integer(),
  meta_data: MetaData,
})

export const AssetInfo = Type.Object({
  asset_id: Type.String(),
  status: Type.String(),
  description: Type.String(),
  is_multi_transcode: Type.Optional(Type.Boolean()),
  base_info: Type.Optional(BaseInfo),
  play_info_array: Type.Optional(Type.Array(PlayInfo)),
})

export const OTHER_CATEGORY = { id: -1, name: 'Other' } as const

/** Public address of something below the asset. */
export const assetUrl = (publicUrl: string, { id }: Pick<Asset, 'id'>, path: string): string =>
  `${publicUrl}/asset/${id}/${path}`

/** Of an encrypted asset delivery never serves it. */
export const originalUrl = (publicUrl: string, asset: Asset): string =>
  asset.ingest.state === 'created' && !asset.sourceRemoved && !isEncrypted(asset)
    ? assetUrl(publicUrl, asset, asset.sourcePath)
    : ''

/** Of a deleted asset delivery serves nothing any more. */
export const coverInfos = (publicUrl: string, asset: Asset): Static<typeof CoverInfo>[] =>
  asset.cover !== undefined && asset.ingest.state === 'created'
    ? [{ cover_url: assetUrl(publicUrl, asset, COVER_PATH) }]
    : []

const subtitleInfos = (publicUrl: string, asset: Asset): Static<typeof SubtitleInfo>[] =>
  asset.ingest.state === 'created'
    ? listedSubtitles(asset.subtitles).map(({ id, type, language, file }) => ({
        ...{ url: assetUrl(publicUrl, asset, subtitlePath({ file })), id, type, language },
      }))
    : []

/** What answers need to know beside the asset. */
export type Site = Pick<OperationContext, 'publicUrl' | 'region'>

export const baseInfo = ({ publicUrl, region }: Site, { asset, categoryName }: AssetView): Static<typeof BaseInfo> => ({
  title: asset.title,
  video_name: asset.videoName,
  description: asset.description ?? '',
  category_id: asset.categoryId ?? OTHER_CATEGORY.id,
  category_name: categoryName ?? OTHER_CATEGORY.name,
  create_time: formatTimestamp(asset.createdAt),
  last_modified: formatTimestamp(asset.modifiedAt),
  video_type: asset.videoType,
  tags: asset.tags.join(','),
  meta_data: sourceMetaData(asset),
  video_url: originalUrl(publicUrl, asset),
  sign_url: '',
  cover_info_array: coverInfos(publicUrl, asset),
  subtitle_info: subtitleInfos(publicUrl, asset),
  ...places(asset, region),
})

/**
 * Only of media that stay in tenant buckets, as the service does: of others Terraform would plan a replacement. The path as the
 * caller wrote it, for the same reason. Buckets lie in our region, or they could not be used.
 */
const places = ({ source, output }: Asset, location: string) =>
  output && {
    source_path: { bucket: source.bucket, location, object: source.key },
    output_path: { bucket: output.bucket, location, object: output.path },
  }

/**
 * n+1 streams for n renditions of HLS or DASH, the index first, and n for formats of one file each; HLS first of all, because old
 * callers play the first one. None before the transcode succeeded. A stream of the tenant's that has no other playlist than the index
 * is the one rendition: no URL is listed twice. `playType` is upper case, as in details.
 */
export const streamsOf = (publicUrl: string, { asset, renditions }: AssetView) =>
  outputStreams(publicUrl, { id: asset.id, isEncrypted: isEncrypted(asset), renditions })

interface Outputs {
  readonly id: AssetId
  readonly isEncrypted: boolean
  readonly renditions: readonly Rendition[]
}

/** As `streamsOf`, of outputs that an asset has or had. */
export const outputStreams = (publicUrl: string, outputs: Outputs) =>
  RENDITION_FORMATS.flatMap((format) => {
    const ofFormat = outputs.renditions.filter((rendition) => rendition.format === format)
    const index = INDEXES[format]
    const hasIndex = ofFormat.length > 0 && ofFormat.every(({ playlist }) => playlist !== index)
    const encrypted = format === 'HLS' && outputs.isEncrypted ? 1 : 0
    const stream = (file: string, meta_data: Static<typeof MetaData>) => ({
      playType: PLAY_TYPES[format],
      stream: { url: assetUrl(publicUrl, outputs, PLAY_FOLDER + file), encrypted, meta_data },
    })
    return [
      ...(index !== undefined && hasIndex ? [stream(index, indexMetaData(ofFormat))] : []),
      ...ofFormat.map((rendition) => stream(rendition.playlist, renditionMetaData(rendition))),
    ]
  })

const INDEXES: Readonly<Partial<Record<RenditionFormat, string>>> = { HLS: MASTER_PLAYLIST, DASH: DASH_MANIFEST }

/** The vendor names files of ADTS by their codec. */
const PLAY_TYPES = {
  ...{ HLS: 'HLS', DASH: 'DASH', MP4: 'MP4', MP3: 'MP3', ADTS: 'AAC' },
} as const satisfies Record<RenditionFormat, string>

/** One entry of asset/info, publish and unpublish. */
export const assetInfo = (site: Site, view: AssetView): Static<typeof AssetInfo> => ({
  asset_id: view.asset.id,
  status: combinedStatus(view.asset),
  description: assetDescription(view.asset),
  ...(view.asset.ingest.state !== 'deleted' && {
    is_multi_transcode: false,
    base_info: baseInfo(site, view),
    play_info_array: streamsOf(site.publicUrl, view).map(({ playType, stream }) => ({
      play_type: playType.toLowerCase(),
      ...stream,
    })),
  }),
})

/** For an id that this project does not have. */
export const noAsset = (id: string): Static<typeof AssetInfo> => ({
  asset_id: id,
  status: 'NO_ASSET',
  description: 'no asset',
})
