import { type Static, Type } from 'typebox'
import { parseLanguage, SUBTITLE_TYPES, type SubtitleName } from '../../core/catalog/subtitles.ts'
import type { SubtitleOrder } from '../../core/processing/modify-subtitles.ts'
import { invalidField } from '../../core/shared/problem.ts'
import { oneOf, textOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { AssetIdText } from './fields.ts'

const SubtitleText = { type: oneOf(SUBTITLE_TYPES), language: textOf({ minLength: 1, maxBytes: 32 }) }

const ObsInfo = Type.Object({
  bucket: Type.String({ minLength: 3, maxLength: 63 }),
  object: textOf({ minLength: 1, maxBytes: 1023 }),
  region: Type.Optional(Type.String({ description: 'Absent: that of this service.' })),
})

const Mode = Type.Optional(oneOf(['0', '1']))

const Body = Type.Object({
  asset_id: AssetIdText,
  default_language: Type.Optional(SubtitleText.language),
  repackage_mode: Mode,
  delete_mode: Mode,
  add_subtitles: Type.Optional(Type.Array(Type.Object({ ...SubtitleText, obs_info: ObsInfo }), { maxItems: 16 })),
  delete_subtitles: Type.Optional(Type.Array(Type.Object(SubtitleText), { maxItems: 16 })),
})
type Body = Static<typeof Body>

export const modifySubtitle = defineOperation({
  id: 'modifySubtitle',
  method: 'PUT',
  path: '/v1/:project_id/asset/subtitles',
  summary: 'Add or remove subtitle tracks of the packaged HLS output.',
  group: 'extended',
  body: Body,
  reply: Type.Object({ asset_id: Type.String() }),
  successStatus: 202,
  failureStatus: 400,
  gaps: [],
  async handle({ body }, { core, projectId }) {
    await core.processing.modifySubtitles(projectId, body.asset_id, orderOf(body))
    return { asset_id: body.asset_id }
  },
})

const orderOf = ({ default_language: language, repackage_mode, delete_mode, ...body }: Body): SubtitleOrder => ({
  add: (body.add_subtitles ?? []).map(({ obs_info: { bucket, object, region }, ...name }, n) => ({
    ...named(name, 'add_subtitles.language', n),
    file: { bucket, key: object, ...(region !== undefined && { region }) },
  })),
  remove: (body.delete_subtitles ?? []).map((name, n) => named(name, 'delete_subtitles.language', n)),
  attaches: repackage_mode !== '1',
  detaches: delete_mode !== '1',
  ...(language !== undefined && { defaultLanguage: canonical(language, 'default_language') }),
})

const named = ({ type, language }: SubtitleName, field: string, at: number): SubtitleName => ({
  type,
  language: canonical(language, field, `(entry ${at + 1}) `),
})

const canonical = (language: string, field: string, entry = ''): string => {
  const known = parseLanguage(language)
  if (known === undefined) throw invalidField(field, `${entry}must be a language tag of BCP 47, such as en or zh-Hans`)
  return known
}
