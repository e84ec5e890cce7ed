import type { MarkPicture, MarkPlacement } from '../catalog/mark.ts'

export const PICTURE_TYPES = ['PNG', 'JPG', 'JPEG'] as const
export type PictureType = (typeof PICTURE_TYPES)[number]

/** A picture with the place where it goes, for template groups to name. */
export interface Watermark {
  /** 32 hex digits. */
  readonly id: string
  /** Unlike every other of the project. */
  readonly name: string
  readonly createdAt: Date
  /** As the caller announced it; what it really is says `picture`. */
  readonly declaredType: PictureType
  /** Of the announced file, as lower-case hex. */
  readonly declaredMd5?: string
  readonly placement: MarkPlacement
  /** Burnt in by every group that names none. */
  readonly isDefault: boolean
  /** Absent until its upload was confirmed; then it stays. */
  readonly picture?: MarkPicture
}

export type ConfirmedWatermark = Watermark & { readonly picture: MarkPicture }

export const isConfirmed = (watermark: Watermark): watermark is ConfirmedWatermark => watermark.picture !== undefined

/** More than a person looks after. */
export const MOST_WATERMARKS = 100
