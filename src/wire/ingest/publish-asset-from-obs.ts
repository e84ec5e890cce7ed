import { type Static, Type } from 'typebox'
import { streamFolder } from '../../core/catalog/adopted-file.ts'
import type { OutputPlace, StoredOptions } from '../../core/catalog/asset.ts'
import { folderPrefix, outputPathDefect } from '../../core/catalog/output-path.ts'
import { AUDIO_TYPES, isPlaylistType, VIDEO_TYPES } from '../../core/catalog/video-type.ts'
import { invalidField } from '../../core/shared/problem.ts'
import {
  CategoryIdField,
  DescriptionText,
  Flag01,
  oneOf,
  parseCategoryId,
  parseTags,
  TagsText,
  Title,
} from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { ReviewOption } from '../review/fields.ts'
import { parseThumbnail, Thumbnail } from './thumbnail.ts'

const Name = Type.String({ minLength: 1, maxBytes: 255 })
const Location = Type.String({ minLength: 1, maxBytes: 64 })
const ObjectKey = Type.String({ minLength: 1, maxBytes: 1024 })

const Body = Type.Object({
  video_type: oneOf([...VIDEO_TYPES, ...AUDIO_TYPES]),
  title: Title,
  description: Type.Optional(DescriptionText),
  category_id: Type.Optional(CategoryIdField),
  tags: Type.Optional(TagsText),
  auto_publish: Type.Optional(Flag01),
  template_group_name: Type.Optional(Type.String({ maxBytes: 128 })),
  auto_encrypt: Type.Optional(Flag01),
  auto_preheat: Type.Optional(Flag01),
  thumbnail: Type.Optional(Thumbnail),
  review: Type.Optional(ReviewOption),
  workflow_name: Type.Optional(Type.String({ maxLength: 128, description: 'Ignored beside template_group_name.' })),
  input: Type.Optional(Type.Object({ bucket: Name, location: Location, object: ObjectKey })),
  // The reference page's sample sets input to null and puts its members here.
  bucket: Type.Optional(Name),
  location: Type.Optional(Location),
  object: Type.Optional(ObjectKey),
  storage_mode: Type.Optional(Flag01),
  output_bucket: Type.Optional(Name),
  // "" is the root of the bucket, where an HLS stream may lie.
  output_path: Type.Optional(Type.String({ maxBytes: 1024, emptyIsValue: true })),
})
type Body = Static<typeof Body>

export const publishAssetFromObs = defineOperation({
  id: 'publishAssetFromObs',
  method: 'POST',
  path: '/v1.0/:project_id/asset/reproduction',
  summary: 'Makes an asset of an object that already lies in a tenant bucket.',
  group: 'ingest',
  body: Body,
  reply: Type.Object({ asset_id: Type.String({ description: '32 hex digits.' }) }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ body }, { core, projectId }) {
    const source = sourceOf(body)
    const tags = body.tags === undefined ? [] : parseTags(body.tags)
    const snapshots = body.thumbnail && parseThumbnail(body.thumbnail)
    const options = optionsOf(body)
    const output = outputOf(body)
    if (isPlaylistType(body.video_type)) checkStream(source, output)
    const categoryId = parseCategoryId(body.category_id)
    const assetId = await core.ingest.importAsset({
      projectId,
      title: body.title,
      videoType: body.video_type,
      tags,
      source,
      options,
      ...(output && { output }),
      publishWhenReady: body.auto_publish === 1,
      encrypt: body.auto_encrypt === 1,
      ...(snapshots && { snapshots }),
      ...(body.review && { reviewTemplateId: body.review.template_id }),
      ...(body.description && { description: body.description }),
      ...(categoryId !== undefined && { categoryId }),
      ...(body.template_group_name !== undefined && { templateGroup: body.template_group_name }),
      ...(body.workflow_name !== undefined && { workflowName: body.workflow_name }),
    })
    return { asset_id: assetId }
  },
})

/** A nested `input` wins over the flattened members; one complete form is required (decisions.md 4.1, 4.2). */
const sourceOf = ({ input, bucket, location, object }: Body) => {
  if (input) return { bucket: input.bucket, location: input.location, key: input.object }
  if (bucket === undefined && location === undefined && object === undefined) throw invalidField('input', 'is required')
  if (bucket === undefined) throw invalidField('bucket', 'is required without input')
  if (location === undefined) throw invalidField('location', 'is required without input')
  if (object === undefined) throw invalidField('object', 'is required without input')
  return { bucket, location, key: object }
}

const optionsOf = ({ auto_preheat }: Body): StoredOptions => (auto_preheat === 1 ? { autoPreheat: true } : {})

/** With storage_mode 0 output_bucket and output_path are ignored (contract rule). */
const outputOf = ({ storage_mode, output_bucket, output_path, video_type }: Body): OutputPlace | undefined => {
  if (storage_mode !== 1) {
    if (isPlaylistType(video_type)) throw invalidField('storage_mode', 'must be 1 for video_type HLS')
    return
  }
  if (!output_bucket) throw invalidField('output_bucket', 'is required with storage_mode 1')
  if (output_path === undefined || (output_path === '' && !isPlaylistType(video_type))) {
    throw invalidField('output_path', 'is required with storage_mode 1')
  }
  const defect = outputPathDefect(output_path)
  if (defect) throw invalidField('output_path', defect)
  return { bucket: output_bucket, path: output_path }
}

/** Segments lie beside their playlist, and nothing is moved (decisions.md 4.3). */
const checkStream = (
  source: { readonly bucket: string; readonly key: string },
  output: OutputPlace | undefined,
): void => {
  if (output?.bucket !== source.bucket) {
    throw invalidField('output_bucket', 'must be the bucket of the input for video_type HLS')
  }
  if (folderPrefix(output.path) !== folderPrefix(streamFolder(source.key))) {
    throw invalidField('output_path', 'must be the folder of the input object for video_type HLS')
  }
}
