import { createHash } from 'node:crypto'
import { type MarkPicture, markObject, markUpload } from '../catalog/mark.ts'
import type { ProjectId } from '../shared/ids.ts'
import { ObjectChangedError, type ObjectStore } from '../shared/object-store.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import { readWhole } from '../shared/read-whole.ts'
import { MOST_PICTURE_BYTES, readPicture } from './read-picture.ts'
import type { Watermark } from './watermark.ts'
import type { WatermarkStore } from './watermark-ports.ts'

interface ConfirmDeps {
  readonly watermarks: Pick<WatermarkStore, 'recordPicture' | 'watermark'>
  readonly store: Pick<ObjectStore, 'put' | 'read' | 'remove'>
  readonly serviceBucket: string
}

/**
 * The very bytes that were looked at are kept under the name of their hash, and no others: an upload that comes later changes nothing.
 * Safe to repeat, also at the same time; the first one counts.
 */
export const confirmWatermark =
  ({ watermarks, store, serviceBucket }: ConfirmDeps) =>
  async (projectId: ProjectId, watermarkId: string): Promise<Watermark> => {
    const watermark = await requireWatermark(watermarks, projectId, watermarkId)
    if (watermark.picture) return watermark
    const owner = { projectId, watermarkId }
    const upload = markUpload(owner, serviceBucket)
    const uploaded = await readUpload(store, upload)
    if (!uploaded) return takenMeanwhile(watermarks, projectId, watermarkId)
    const { picture, bytes } = pictureIn(uploaded, watermark)
    const object = markObject(owner, picture, serviceBucket)
    await store.put(object, bytes, { contentType: `image/${picture.format}` })
    const recorded = await watermarks.recordPicture(projectId, watermarkId, picture)
    const isOther = recorded?.digest !== picture.digest || recorded.format !== picture.format
    await store.remove(serviceBucket, [upload.key, ...(isOther ? [object.key] : [])])
    if (!recorded) throw new DomainError({ kind: 'watermark_missing' })
    return { ...watermark, picture: recorded }
  }

/** Throws `watermark_missing`. */
export const requireWatermark = async (
  watermarks: Pick<WatermarkStore, 'watermark'>,
  projectId: ProjectId,
  id: string,
): Promise<Watermark> => {
  const watermark = await watermarks.watermark(projectId, id)
  if (!watermark) throw new DomainError({ kind: 'watermark_missing' })
  return watermark
}

/** Nothing was uploaded, unless another call has just taken it. */
const takenMeanwhile = async (
  watermarks: ConfirmDeps['watermarks'],
  projectId: ProjectId,
  id: string,
): Promise<Watermark> => {
  const watermark = await requireWatermark(watermarks, projectId, id)
  if (!watermark.picture) throw new DomainError({ kind: 'watermark_missing' })
  return watermark
}

const readUpload = async (
  store: ConfirmDeps['store'],
  upload: ReturnType<typeof markUpload>,
): Promise<Buffer | undefined> => {
  try {
    // One byte more than is allowed is enough to say so.
    return await readWhole(store, upload, { mostBytes: 2 * MOST_PICTURE_BYTES })
  } catch (error) {
    if (error instanceof ObjectChangedError) return undefined
    throw error
  }
}

const pictureIn = (
  uploaded: Buffer,
  { declaredMd5 }: Watermark,
): { readonly picture: MarkPicture; readonly bytes: Buffer } => {
  if (declaredMd5 !== undefined && createHash('md5').update(uploaded).digest('hex') !== declaredMd5) {
    throw invalidField('status', 'cannot be SUCCEED: what was uploaded has another MD5 than was announced')
  }
  const found = readPicture(uploaded)
  if (typeof found === 'string') throw invalidField('status', `cannot be SUCCEED: what was uploaded ${found}`)
  const { endsAt, ...shape } = found
  const bytes = uploaded.subarray(0, endsAt)
  return { bytes, picture: { ...shape, digest: createHash('sha256').update(bytes).digest('hex').slice(0, 32) } }
}
