import { COVER_PATH, objectIn, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import type { TaskDefinition } from '../shared/task.ts'
import type { AdoptedDeps } from './adopted-source.ts'
import { permanently } from './media-task.ts'
import type { MediaTool } from './ports.ts'
import { stillSource } from './still-source.ts'

export interface CoverDeps extends AdoptedDeps {
  readonly reader: Pick<CatalogReader, 'adoptedFiles' | 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'head' | 'put' | 'read'>
  readonly media: Pick<MediaTool, 'firstFrame'>
}

/**
 * The cover of an asset without one: the first frame, or the attached picture of an audio file. Where a snapshot became the cover
 * meanwhile, the copy of that for static hosts (`writeIndex`) may have been overwritten, and is made again. An asset without a
 * cover is still good.
 */
export const makeCover = (deps: CoverDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'cover',
  ...STEPS.cover,
  async run({ assetId }, { signal }) {
    const asset = await deps.reader.assetById(assetId)
    if (asset?.ingest.state !== 'created' || !asset.media) return async () => {}
    if (asset.cover === undefined) {
      const source = await stillSource(deps, { asset, signal })
      const picture = await permanently(deps.media.firstFrame(source, asset.media, signal))
      const plain = objectIn(resultsFolder(asset, deps.serviceBucket), COVER_PATH)
      await deps.store.put(plain, picture, { contentType: 'image/jpeg', signal })
    }
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      if (now?.ingest.state !== 'created') return
      if (now.cover === undefined) {
        await tx.updateAsset(assetId, { cover: COVER_PATH })
        await tx.record(assetId, { type: 'cover_made' })
      }
      // Also of one that was there from the beginning: a try before may have come later than its copy.
      else if (now.cover !== COVER_PATH) await tx.record(assetId, { type: 'cover_chosen' })
    }
  },
  // The task itself keeps the reason; the asset shows no cover.
  failed:
    ({ assetId }, reason) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.ingest.state !== 'created' || asset.cover !== undefined) return
      await tx.record(assetId, { type: 'cover_failed', reason: `The cover of ${asset.videoName} failed: ${reason}` })
    },
})
