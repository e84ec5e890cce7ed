import { type Static, Type } from 'typebox'
import { PLAY_FOLDER } from '../../core/catalog/object-keys.ts'
import type { OutputChoice, OutputsOutcome } from '../../core/processing/delete-outputs.ts'
import { invalidField } from '../../core/shared/problem.ts'
import { oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { AssetIdText } from './fields.ts'

const Product = Type.Object({ url: Type.String({ minLength: 1, maxBytes: 2048 }) })
const DeleteInfo = Type.Object({
  group_id: Type.Optional(Type.String({ maxBytes: 128 })),
  products: Type.Optional(Type.Array(Product, { maxItems: 10 })),
})
const Body = Type.Object({
  asset_id: AssetIdText,
  delete_type: oneOf(['GROUP', 'PRODUCT']),
  delete_infos: Type.Array(DeleteInfo, { minItems: 1, maxItems: 20 }),
})
type Body = Static<typeof Body>

const Deleted = Type.Object({ group_id: Type.Optional(Type.String()), products: Type.Array(Product) })
const Failed = Type.Object({
  group_id: Type.Optional(Type.String()),
  fail_reason: Type.Optional(Type.String()),
  products: Type.Array(Type.Object({ url: Type.String(), fail_reason: Type.String() })),
})

/** GROUP removes all outputs of the groups named, PRODUCT those at the URLs, as asset/details shows them. */
export const deleteTranscodeProduct = defineOperation({
  id: 'deleteTranscodeProduct',
  method: 'DELETE',
  path: '/v1/:project_id/asset/transcode-product',
  summary: 'Delete transcoded outputs of an asset by template group or by URL.',
  group: 'extended',
  body: Body,
  reply: Type.Object({
    asset_id: Type.String(),
    status: oneOf(['SUCCESS', 'FAIL', 'PARTIAL_SUCCESS']),
    deleted_products: Type.Array(Deleted),
    failed_products: Type.Array(Failed),
  }),
  successStatus: 200,
  failureStatus: 403,
  gaps: [],
  async handle({ body }, { core, projectId, publicUrl }) {
    const choices = body.delete_infos.map((info, at) => choiceOf(body, info, at))
    const outcomes = await core.processing.deleteOutputs(projectId, body.asset_id, choices)
    const answers = outcomes.map((outcome, at) => answerOf(body, outcome, { at, publicUrl }))
    const deleted_products = answers.flatMap(({ deleted }) => (deleted.products.length > 0 ? [deleted] : []))
    const failed_products = answers.flatMap(({ failed }) => (failed ? [failed] : []))
    return {
      asset_id: body.asset_id,
      status: statusOf(deleted_products, failed_products),
      deleted_products,
      failed_products,
    }
  },
})

type DeleteInfo = Static<typeof DeleteInfo>

const choiceOf = (
  { asset_id, delete_type }: Body,
  { group_id, products = [] }: DeleteInfo,
  at: number,
): OutputChoice => {
  const group = group_id === undefined ? {} : { groupId: group_id }
  if (delete_type === 'PRODUCT') {
    if (products.length > 0) return { ...group, files: products.map(({ url }) => fileAt(url, asset_id)) }
    throw invalidField('delete_infos.products', `(entry ${at + 1}) is required with delete_type PRODUCT`)
  }
  if (group_id !== undefined) return group
  throw invalidField('delete_infos.group_id', `(entry ${at + 1}) is required with delete_type GROUP`)
}

/** Below the play folder of the asset, whichever host the URL names: one asset may be reached by several. Else the URL itself. A play URL may carry a token. */
const fileAt = (url: string, assetId: string): string => {
  const [address = url] = url.split(/[?#]/, 1)
  const [, file = url] = address.split(`/asset/${assetId}/${PLAY_FOLDER}`)
  return file
}

interface Place {
  readonly at: number
  readonly publicUrl: string
}

const answerOf = (
  { asset_id, delete_infos }: Body,
  { deleted, failed, reason }: OutputsOutcome,
  { at, publicUrl }: Place,
) => {
  const { group_id, products = [] } = delete_infos[at] ?? {}
  const group = group_id === undefined ? {} : { group_id }
  const given = new Map(products.map(({ url }) => [fileAt(url, asset_id), url]))
  const urlOf = (file: string) => given.get(file) ?? `${publicUrl}/asset/${asset_id}/${PLAY_FOLDER}${file}`
  const notDeleted = failed.map((one) => ({ url: urlOf(one.file), fail_reason: one.reason }))
  return {
    deleted: { ...group, products: deleted.map((file) => ({ url: urlOf(file) })) },
    failed:
      notDeleted.length > 0 || reason !== undefined
        ? { ...group, ...(reason !== undefined && { fail_reason: reason }), products: notDeleted }
        : undefined,
  }
}

const statusOf = (deleted: readonly unknown[], failed: readonly unknown[]) => {
  if (failed.length === 0) return 'SUCCESS' as const
  return deleted.length === 0 ? ('FAIL' as const) : ('PARTIAL_SUCCESS' as const)
}
