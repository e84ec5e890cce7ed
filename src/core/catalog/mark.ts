import type { ProjectId } from '../shared/ids.ts'
import type { ObjectAddress } from '../shared/object-store.ts'

/** A picture that is burnt into what is encoded: all that its watermark said when the transcode was ordered. */
export interface Mark {
  readonly watermarkId: string
  readonly picture: MarkPicture
  readonly placement: MarkPlacement
}

/** What was uploaded, as its own bytes say. */
export interface MarkPicture {
  /** 32 hex digits of its hash: the object is named after them, and never changes. */
  readonly digest: string
  readonly format: 'png' | 'jpeg'
  readonly width: number
  readonly height: number
}

export const MARK_CORNERS = ['top_right', 'top_left', 'bottom_right', 'bottom_left'] as const
export type MarkCorner = (typeof MARK_CORNERS)[number]

/** `transparent`: see-through where the picture is; `original`: its colours and nothing else; `grey`: see-through, without colour. */
export const MARK_PROCESSES = ['transparent', 'original', 'grey'] as const
export type MarkProcess = (typeof MARK_PROCESSES)[number]

/**
 * Where and when it is seen. Lengths are texts, kept as they were sent: a share of the output's side (`0.12`, of which four decimals
 * count), or whole pixels of the output (`120`).
 */
export interface MarkPlacement {
  readonly corner: MarkCorner
  /** From that corner. */
  readonly dx: string
  readonly dy: string
  /** One that is absent follows from the picture's shape; without both it has its own size. */
  readonly width?: string
  readonly height?: string
  readonly process: MarkProcess
  /** Seconds as text; absent: from the beginning, to the end. */
  readonly start?: string
  readonly duration?: string
}

/** At most so many default watermarks, and so many marks on a video. */
export const MOST_MARKS = 2

interface Owner {
  readonly projectId: ProjectId
  readonly watermarkId: string
}

/** All keys of one watermark begin so. No asset's folder does: ids of assets are hex digits. */
export const markPrefix = ({ projectId, watermarkId }: Owner): string => `${projectId}/watermark/${watermarkId}`

/** Where an upload lies until it is confirmed. */
export const markUpload = (owner: Owner, bucket: string): ObjectAddress => ({
  bucket,
  key: `${markPrefix(owner)}.upload`,
})

/** Where the confirmed picture lies. */
export const markObject = (
  owner: Owner,
  { digest, format }: Pick<MarkPicture, 'digest' | 'format'>,
  bucket: string,
): ObjectAddress => ({ bucket, key: `${markPrefix(owner)}_${digest}.${format}` })
