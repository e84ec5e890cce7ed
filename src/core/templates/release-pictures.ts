import { markPrefix } from '../catalog/mark.ts'
import type { ProjectId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import type { WatermarkStore } from './watermark-ports.ts'

export interface ReleaseDeps {
  readonly watermarks: Pick<WatermarkStore, 'releasable' | 'forgetWatermark'>
  readonly store: Pick<ObjectStore, 'list' | 'remove'>
  readonly serviceBucket: string
}

/**
 * Removes what deleted watermarks of the project leave behind, as soon as no transcode needs it. Asked when one is deleted, and whenever
 * work of an asset ended; the row goes last, so that one that was interrupted is found again.
 */
export const releasePictures =
  ({ watermarks, store, serviceBucket }: ReleaseDeps) =>
  async (projectId: ProjectId, signal?: AbortSignal): Promise<void> => {
    for (const watermarkId of await watermarks.releasable(projectId)) {
      const listed = store.list(serviceBucket, markPrefix({ projectId, watermarkId }), signal)
      const keys = await Array.fromAsync(listed, ({ key }) => key)
      if (keys.length > 0) await store.remove(serviceBucket, keys, signal)
      await watermarks.forgetWatermark(watermarkId)
    }
  }
