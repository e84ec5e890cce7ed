import Type from 'typebox'
import type { ProjectId } from '../../core/shared/ids.ts'
import type { Watermark } from '../../core/templates/watermark.ts'
import { formatTimestamp, PageNumber, PageSize } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { pictureUrl, toPlacement, WATERMARK_PATH, WatermarkId } from './watermark-fields.ts'

const TextOrNull = Type.Union([Type.String(), Type.Null()])

const Template = Type.Object({
  name: Type.String(),
  id: Type.String(),
  status: Type.Integer({ description: '1: burnt in by every group that names no watermark.' }),
  dx: Type.String(),
  dy: Type.String(),
  position: Type.String(),
  width: TextOrNull,
  height: TextOrNull,
  create_time: Type.String(),
  image_url: TextOrNull,
  type: Type.String(),
  watermark_type: Type.String(),
  image_process: Type.String(),
  timeline_start: TextOrNull,
  timeline_duration: TextOrNull,
})

const MOST_IDS = 10

/** Unknown ids are left out: the vendor's Terraform provider takes an empty list for "gone". */
export const listWatermarkTemplate = defineOperation({
  id: 'listWatermarkTemplate',
  method: 'GET',
  path: WATERMARK_PATH,
  summary: 'List watermark templates, newest first.',
  group: 'watermark',
  query: Type.Object({
    id: Type.Optional(Type.Array(WatermarkId, { maxItems: MOST_IDS })),
    page: Type.Optional(PageNumber),
    size: Type.Optional(PageSize),
  }),
  reply: Type.Object({ templates: Type.Array(Template), total: Type.Integer() }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query: { id: ids, page = 0, size = 10 } }, { core, projectId, publicUrl }) {
    const filter = { offset: page * size, limit: size, ...(ids && ids.length > 0 && { ids }) }
    const { watermarks, total } = await core.templates.listWatermarks(projectId, filter)
    return { templates: watermarks.map((one) => toTemplate(one, { projectId, publicUrl })), total }
  },
})

const toTemplate = (
  watermark: Watermark,
  { projectId, publicUrl }: { readonly projectId: ProjectId; readonly publicUrl: string },
) => ({
  ...{ name: watermark.name, id: watermark.id, status: watermark.isDefault ? 1 : 0 },
  ...toPlacement(watermark.placement),
  create_time: formatTimestamp(watermark.createdAt),
  image_url: watermark.picture ? pictureUrl(publicUrl, projectId, watermark) : null,
  type: watermark.declaredType,
  watermark_type: 'IMAGE',
})
