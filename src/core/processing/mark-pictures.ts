import { markObject } from '../catalog/mark.ts'
import type { ProjectId } from '../shared/ids.ts'
import { PermanentFailure } from '../shared/task.ts'
import type { EncodePlan } from './encode-plan.ts'
import type { PinnedObject } from './ports.ts'
import type { SourceDeps } from './stored-source.ts'

/** The pictures of a plan's marks, in its order. They are kept for as long as an order needs them (decision 0028). */
export const markPictures = async (
  { store, serviceBucket }: Pick<SourceDeps, 'store' | 'serviceBucket'>,
  projectId: ProjectId,
  { plan, signal }: { readonly plan: Pick<EncodePlan, 'marks'>; readonly signal: AbortSignal },
): Promise<readonly PinnedObject[]> => {
  const pictures: PinnedObject[] = []
  for (const { watermarkId, picture } of plan.marks ?? []) {
    const object = markObject({ projectId, watermarkId }, picture, serviceBucket)
    const found = await store.head(object, signal)
    if (!found) throw new PermanentFailure(`the picture of watermark ${watermarkId} is gone`)
    pictures.push({ ...object, sizeBytes: found.sizeBytes, etag: found.etag })
  }
  return pictures
}
