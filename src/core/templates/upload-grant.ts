import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ProjectId } from '../shared/ids.ts'

/** That the picture of one watermark may be sent, for a while. */
export interface UploadGrant {
  readonly projectId: ProjectId
  readonly id: string
  /** Unix seconds. */
  readonly expires: string
}

/** As long as the vendor's (decisions.md 4.17). Bound to no content type and no length. */
export const UPLOAD_SECONDS = 3600

export const signUpload = (secret: Uint8Array, { projectId, id, expires }: UploadGrant): string =>
  createHmac('sha256', secret).update(`PUT\n${expires}\nwatermark/${projectId}/${id}`).digest('hex')

export const verifyUpload = (
  secret: Uint8Array,
  grant: UploadGrant & { readonly signature: string },
  now: Date,
): boolean => {
  if (!/^\d{1,12}$/.test(grant.expires) || Number(grant.expires) * 1000 < now.getTime()) return false
  const given = Buffer.from(grant.signature)
  const expected = Buffer.from(signUpload(secret, grant))
  return given.length === expected.length && timingSafeEqual(given, expected)
}
