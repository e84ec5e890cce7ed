import type { MarkPicture, MarkPlacement } from '../catalog/mark.ts'
import type { ProjectId } from '../shared/ids.ts'
import type { ObjectAddress } from '../shared/object-store.ts'
import type { UploadGrant } from './upload-grant.ts'
import type { Watermark } from './watermark.ts'
import type { WatermarkFilter, WatermarkPage } from './watermark-ports.ts'

/** What other layers may ask about watermarks. All but lists and uploads throw `watermark_missing` for an id that is none. */
export interface WatermarkUseCases {
  /** Throws `invalid_field`, `watermark_exists`, `too_many_watermarks`. */
  createWatermark(projectId: ProjectId, watermark: NewWatermark): Promise<CreatedWatermark>
  /** What is `undefined` stays, `null` is taken away. Assets that were made with it stay as they are. Throws as creation does, and `watermark_unconfirmed`. */
  updateWatermark(projectId: ProjectId, change: WatermarkChange): Promise<void>
  listWatermarks(projectId: ProjectId, filter: WatermarkFilter): Promise<WatermarkPage>
  /** Transcodes that were ordered with it still get it. */
  deleteWatermark(projectId: ProjectId, id: string): Promise<void>
  /** Looks at what was uploaded and keeps it for good. Throws `watermark_missing` where nothing was, `invalid_field` where it is no picture. */
  confirmWatermark(projectId: ProjectId, id: string): Promise<Watermark>
  /** Drops what was uploaded; something else may be. Throws `invalid_field` for one that was confirmed. */
  rejectUpload(projectId: ProjectId, id: string): Promise<void>
  /** Throws `conflict` when there are as many default ones as a video may have marks, `watermark_unconfirmed`. */
  setDefaultWatermark(projectId: ProjectId, id: string, isDefault: boolean): Promise<void>
  mayUpload(grant: UploadGrant & { readonly signature: string }): boolean
  /** `false`: there is no such watermark, or it has its picture. */
  receiveUpload(projectId: ProjectId, id: string, bytes: Uint8Array): Promise<boolean>
  /** The object of a confirmed picture. */
  findPicture(
    projectId: ProjectId,
    id: string,
  ): Promise<{ readonly object: ObjectAddress; readonly format: MarkPicture['format'] } | undefined>
}

export interface NewWatermark extends Pick<Watermark, 'name' | 'declaredType' | 'placement'> {
  /** Hex or base64. */
  readonly md5?: string
}

export interface CreatedWatermark {
  readonly watermark: Watermark
  /** With which `upload` may be sent. */
  readonly expires: string
  readonly signature: string
}

export interface WatermarkChange extends PlacementChange {
  readonly id: string
  readonly name: string
}

export type PlacementChange = {
  readonly [Member in keyof MarkPlacement]?: MarkPlacement[Member] | null
}
