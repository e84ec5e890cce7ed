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

/** First frame, or the attached picture of an audio file, as the asset's cover. An asset without a cover is still good. */
export const makeCover = (deps: CoverDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'cover',
  ...STEPS.cover,
  async run({ assetId }, { signal }) {
    const { store, media } = deps
    const asset = await deps.reader.assetById(assetId)
    // A snapshot may be the cover meanwhile.
    if (asset?.ingest.state !== 'created' || !asset.media || asset.hasCover) return async () => {}
    const source = await stillSource(deps, { asset, signal })
    const picture = await permanently(media.firstFrame(source, asset.media, signal))
    const cover = objectIn(resultsFolder(asset, deps.serviceBucket), COVER_PATH)
    await store.put(cover, picture, { contentType: 'image/jpeg', signal })
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      if (now?.ingest.state === 'created') await tx.updateAsset(assetId, { hasCover: true })
    }
  },
  // The task itself keeps the reason; the asset shows no cover.
  failed: () => async () => {},
})
