import { type MarkPlacement, MOST_MARKS, markObject, markUpload } from '../catalog/mark.ts'
import type { Now } from '../shared/clock.ts'
import type { NewId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import { checkPlacement } from './check-placement.ts'
import { confirmWatermark, requireWatermark } from './confirm-watermark.ts'
import { releasePictures } from './release-pictures.ts'
import { signUpload, UPLOAD_SECONDS, verifyUpload } from './upload-grant.ts'
import { MOST_WATERMARKS, type Watermark } from './watermark.ts'
import type { WatermarkStore } from './watermark-ports.ts'
import type { PlacementChange, WatermarkUseCases } from './watermark-use-cases.ts'

export interface WatermarkDeps {
  readonly watermarks: WatermarkStore
  readonly store: Pick<ObjectStore, 'list' | 'put' | 'read' | 'remove'>
  readonly serviceBucket: string
  /** Signs upload URLs. */
  readonly secret: Uint8Array
  readonly newId: NewId
  readonly now: Now
}

export const watermarkUseCases = (deps: WatermarkDeps): WatermarkUseCases => {
  const { watermarks, store, serviceBucket, secret, newId, now } = deps
  const release = releasePictures(deps)
  return {
    async createWatermark(projectId, { name, declaredType, placement, md5 }) {
      checkPlacement(placement)
      const declaredMd5 = md5 === undefined ? {} : { declaredMd5: parseMd5(md5) }
      const common = { id: newId(), name, declaredType, placement, createdAt: now(), isDefault: false }
      const watermark: Watermark = { ...common, ...declaredMd5 }
      await watermarks.insertWatermark(projectId, watermark, MOST_WATERMARKS)
      const expires = String(Math.ceil(now().getTime() / 1000) + UPLOAD_SECONDS)
      return { watermark, expires, signature: signUpload(secret, { projectId, id: watermark.id, expires }) }
    },
    async updateWatermark(projectId, { id, name, ...changed }) {
      const found = await watermarks.updateWatermark(projectId, id, (before) => {
        requireConfirmed(before)
        const placement = mergePlacement(before.placement, changed)
        checkPlacement(placement)
        return { name, placement }
      })
      if (!found) throw new DomainError({ kind: 'watermark_missing' })
    },
    listWatermarks: (projectId, filter) => watermarks.watermarks(projectId, filter),
    async deleteWatermark(projectId, id) {
      const found = await watermarks.deleteWatermark(projectId, id)
      if (!found) throw new DomainError({ kind: 'watermark_missing' })
      await release(projectId)
    },
    confirmWatermark: confirmWatermark(deps),
    async rejectUpload(projectId, watermarkId) {
      const { picture } = await requireWatermark(watermarks, projectId, watermarkId)
      if (picture) throw invalidField('status', 'cannot be FAILED: the upload was confirmed before')
      await store.remove(serviceBucket, [markUpload({ projectId, watermarkId }, serviceBucket).key])
    },
    async setDefaultWatermark(projectId, id, isDefault) {
      if (isDefault) requireConfirmed(await requireWatermark(watermarks, projectId, id))
      const found = await watermarks.setDefaultWatermark(projectId, id, { isDefault, most: MOST_MARKS })
      if (!found) throw new DomainError({ kind: 'watermark_missing' })
    },
    mayUpload: (grant) => verifyUpload(secret, grant, now()),
    async receiveUpload(projectId, id, bytes) {
      const mayReceive = async (): Promise<boolean> => {
        const watermark = await watermarks.watermark(projectId, id)
        return watermark !== undefined && watermark.picture === undefined
      }
      if (!(await mayReceive())) return false
      const upload = markUpload({ projectId, watermarkId: id }, serviceBucket)
      await store.put(upload, bytes, { contentType: 'application/octet-stream' })
      if (await mayReceive()) return true
      // Confirmed or deleted meanwhile: then nobody looks for it any more.
      await store.remove(serviceBucket, [upload.key])
      return false
    },
    async findPicture(projectId, id) {
      const picture = (await watermarks.watermark(projectId, id))?.picture
      if (!picture) return
      return { object: markObject({ projectId, watermarkId: id }, picture, serviceBucket), format: picture.format }
    },
  }
}

export const requireConfirmed = ({ picture }: Watermark): void => {
  if (!picture) throw new DomainError({ kind: 'watermark_unconfirmed' })
}

const mergePlacement = (before: MarkPlacement, change: PlacementChange): MarkPlacement => {
  const { corner, dx, dy, process, ...optional } = change
  const given = Object.entries(optional).filter(([, value]) => value !== undefined)
  const merged = Object.entries({ ...before, ...Object.fromEntries(given) }).filter(([, value]) => value !== null)
  return {
    ...Object.fromEntries(merged),
    corner: corner ?? before.corner,
    dx: dx === null ? '0' : (dx ?? before.dx),
    dy: dy === null ? '0' : (dy ?? before.dy),
    process: process ?? before.process,
  }
}

/** 16 bytes, as hex or base64. */
const parseMd5 = (text: string): string => {
  if (/^[0-9a-f]{32}$/i.test(text)) return text.toLowerCase()
  if (/^[A-Za-z0-9+/]{22}==$/.test(text)) return Buffer.from(text, 'base64').toString('hex')
  throw invalidField('md5', 'must be an MD5 as 32 hex digits or as base64')
}
