import {
  objectIn,
  resultsFolder,
  STORYBOARD_FOLDER,
  STORYBOARD_INDEX,
  storyboardSheetPath,
} from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import type { TaskDefinition } from '../shared/task.ts'
import type { AdoptedDeps } from './adopted-source.ts'
import { permanently } from './media-task.ts'
import type { MediaTool } from './ports.ts'
import { planStoryboard } from './still-plan.ts'
import { stillSource } from './still-source.ts'
import { storyboardIndex } from './storyboard-index.ts'

export interface StoryboardDeps extends AdoptedDeps {
  readonly reader: Pick<CatalogReader, 'adoptedFiles' | 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'head' | 'put' | 'read'>
  readonly media: Pick<MediaTool, 'storyboard'>
}

/** Small pictures of the whole film for whoever seeks in it. An asset without them is still good. */
export const makeStoryboard = (deps: StoryboardDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'storyboard',
  ...STEPS.storyboard,
  async run({ assetId }, { signal }) {
    const asset = await deps.reader.assetById(assetId)
    if (asset?.ingest.state !== 'created' || !asset.media?.video || asset.storyboardSheets !== undefined)
      return async () => {}
    const source = await stillSource(deps, { asset, signal })
    const plan = planStoryboard({ ...asset.media, video: asset.media.video })
    const { sheets, pictures } = await permanently(deps.media.storyboard(source, plan, signal))
    const folder = resultsFolder(asset, deps.serviceBucket)
    for (const [n, sheet] of sheets.entries()) {
      await deps.store.put(objectIn(folder, storyboardSheetPath(n)), sheet, { contentType: 'image/jpeg', signal })
    }
    const index = new TextEncoder().encode(storyboardIndex(plan, pictures))
    await deps.store.put(objectIn(folder, STORYBOARD_FOLDER + STORYBOARD_INDEX), index, {
      contentType: 'text/vtt',
      signal,
    })
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      if (now?.ingest.state === 'created') await tx.updateAsset(assetId, { storyboardSheets: sheets.length })
    }
  },
  // The task itself keeps the reason.
  failed: () => async () => {},
})
