import Type from 'typebox'
import type { CustomGroup, SystemTemplateGroup, TemplateGroup } from '../../core/templates/template-group.ts'
import { oneOf, PageNumber, PageSize } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { codecNames, TEMPLATE_GROUP_PATH, toOutput } from './template-group-fields.ts'

const Group = Type.Object({
  group_id: Type.String(),
  name: Type.String(),
  status: oneOf(['0', '1']),
  type: Type.String(),
  auto_encrypt: Type.Integer(),
  quality_info_list: Type.Array(Type.Unknown()),
  watermark_template_ids: Type.Union([Type.Array(Type.String()), Type.Null()]),
  description: Type.Union([Type.String(), Type.Null()]),
  common: Type.Unknown(),
})

const toGroup = (group: TemplateGroup) => (group.kind === 'custom' ? toCustomGroup(group) : toSystemGroup(group))

const toCustomGroup = ({ id, name, isDefault, description, settings, watermarkId }: CustomGroup) => ({
  group_id: id,
  name,
  status: isDefault ? ('1' as const) : ('0' as const),
  type: 'custom_template_group',
  auto_encrypt: settings.encrypt ? 1 : 0,
  quality_info_list: settings.outputs.map(toOutput),
  watermark_template_ids: watermarkId === undefined ? null : [watermarkId],
  description: description ?? null,
  common: {
    ...{ pvc: String(settings.contentAdaptive ?? 0), ...codecNames(settings) },
    ...{ hls_interval: settings.segmentSeconds, pvc_version: null },
  },
})

/**
 * System groups have no settings of their own on the wire: the vendor answers UNKNOW, zeros and null where a custom
 * group has values, whatever the group does.
 */
const toSystemGroup = ({ id, name }: SystemTemplateGroup) => ({
  group_id: id,
  name,
  status: '0' as const,
  type: name,
  auto_encrypt: 0,
  quality_info_list: [
    { format: 'UNKNOW', video: { quality: 'UNKNOW', width: 0, height: 0, bitrate: 0, frame_rate: 0 }, audio: null },
  ],
  watermark_template_ids: null,
  description: null,
  common: { pvc: null, video_codec: 'UNKNOW', audio_codec: 'AAC', hls_interval: 0, pvc_version: null },
})

/** An unknown id is an empty list: the vendor's Terraform provider takes that for "gone". */
export const listTemplateGroup = defineOperation({
  id: 'listTemplateGroup',
  method: 'GET',
  path: TEMPLATE_GROUP_PATH,
  summary: 'List transcoding template groups (v1).',
  group: 'template',
  query: Type.Object({
    group_id: Type.Optional(Type.String()),
    status: Type.Optional(oneOf(['0', '1'])),
    page: Type.Optional(PageNumber),
    size: Type.Optional(PageSize),
  }),
  reply: Type.Object({
    template_group_list: Type.Array(Group),
    total: Type.Integer(),
    error_code: Type.Null(),
    error_msg: Type.Null(),
  }),
  successStatus: 200,
  failureStatus: 403,
  gaps: [],
  async handle({ query: { group_id, status, page = 0, size = 10 } }, { core, projectId }) {
    const filter = group_id !== undefined ? { id: group_id } : status !== undefined ? { isDefault: status === '1' } : {}
    const groups = await core.templates.listTemplateGroups(projectId, filter)
    const shown = group_id !== undefined ? groups : groups.slice(page * size, (page + 1) * size)
    return { template_group_list: shown.map(toGroup), total: groups.length, error_code: null, error_msg: null }
  },
})
