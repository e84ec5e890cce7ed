import { readFile } from 'node:fs/promises'
import { derive } from '../support/media.ts'
import type { ContractServer, Tenant } from './support.ts'

export const PATH = '/template/watermark'
export const CONFIRM_PATH = '/watermark/status/uploaded'

/** A picture of this size, blue. */
export const pictureBytes = async (size = '64x32', extension: 'png' | 'jpg' = 'png'): Promise<Buffer> =>
  readFile(await derive(['-f', 'lavfi', '-i', `color=blue:s=${size},format=rgb24`, '-frames:v', '1'], extension))

export const createWatermark = async (
  tenant: Tenant,
  body: object,
): Promise<{ readonly id: string; readonly uploadUrl: string }> => {
  const answer = await tenant.call('POST', PATH, { body: { type: 'PNG', ...body } })
  if (answer.status !== 200) throw new Error(answer.text)
  const { id, upload_url } = Object(answer.body)
  return { id, uploadUrl: upload_url }
}

export const confirm = (tenant: Tenant, id: string, status = 'SUCCEED') =>
  tenant.call('POST', CONFIRM_PATH, { body: { id, status } })

/** As the vendor's Terraform provider sends it: in chunks, of a type that is none. */
export const putChunked = (url: string, bytes: Uint8Array): Promise<Response> =>
  fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'text/plain' },
    body: new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 1000) controller.enqueue(bytes.subarray(at, at + 1000))
        controller.close()
      },
    }),
    duplex: 'half',
  })

/** A confirmed one. */
export const addWatermark = async (tenant: Tenant, body: object, bytes?: Uint8Array): Promise<string> => {
  const { id, uploadUrl } = await createWatermark(tenant, body)
  const put = await putChunked(uploadUrl, bytes ?? (await pictureBytes()))
  const confirmed = await confirm(tenant, id)
  if (put.status !== 200 || confirmed.status !== 200) throw new Error(`${put.status} ${confirmed.text}`)
  return id
}

export const setDefault = (tenant: Tenant, id: string, isDefault = true) =>
  tenant.native('PUT', '/watermarks/default', { watermark_id: id, default: isDefault })

export const listed = async (tenant: Tenant, query: string) => Object((await tenant.call('GET', PATH, { query })).body)

export const shown = async (tenant: Tenant, id: string) => (await listed(tenant, `id=${id}`)).templates[0]

/** Keys of what lies in the store of a project's watermarks. */
export const pictures = ({ foundation: { store, config } }: ContractServer, { projectId }: Tenant) =>
  Array.fromAsync(store.list(config.vodBucket, `${projectId}/watermark/`), ({ key }) => key)

export const code = ({ status, body }: { readonly status: number; readonly body: unknown }) => [
  status,
  Object(body).error_code,
]
