import type { Asset } from '../catalog/asset.ts'
import { COVER_PATH, objectIn, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { mayUse } from '../shared/bucket-grants.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
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

const MOST_BYTES = 64 << 20

/**
 * The cover under its plain name: of an asset without one the first frame, or the attached picture of an audio file, which is its
 * cover then; else a copy of the snapshot that was chosen. Our own delivery does not need the copy (`recordedStill`), static hosts
 * do. An asset without a cover is still good.
 */
export const makeCover = (deps: CoverDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'cover',
  ...STEPS.cover,
  async run({ assetId }, { signal }) {
    const asset = await deps.reader.assetById(assetId)
    if (asset?.ingest.state !== 'created' || asset.cover === COVER_PATH) return async () => {}
    const picture = await pictureOf(deps, asset, signal)
    if (!picture) return async () => {}
    const plain = objectIn(resultsFolder(asset, deps.serviceBucket), COVER_PATH)
    await deps.store.put(plain, picture, { contentType: 'image/jpeg', signal })
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      if (now?.ingest.state !== 'created') return
      if (now.cover === undefined) await tx.updateAsset(assetId, { cover: COVER_PATH })
      // Whoever chose another one meanwhile may have written it before this one was.
      else if (now.cover !== asset.cover) await tx.record(assetId, { type: 'cover_chosen' })
    }
  },
  // The task itself keeps the reason; the asset shows no cover.
  failed: () => async () => {},
})

const pictureOf = async (deps: CoverDeps, asset: Asset, signal: AbortSignal): Promise<Uint8Array | undefined> => {
  if (asset.cover === undefined) {
    if (!asset.media) return
    const source = await stillSource(deps, { asset, signal })
    return permanently(deps.media.firstFrame(source, asset.media, signal))
  }
  const chosen = objectIn(resultsFolder(asset, deps.serviceBucket), asset.cover)
  if (!(await mayUse(deps, asset.projectId, chosen.bucket))) return
  return readWhole(deps.store, chosen, { mostBytes: MOST_BYTES, signal })
}
