import type { Asset } from '../catalog/asset.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { hasPreview } from './preview-part.ts'
import { openSource, type SourceUse } from './source-film.ts'
import { awaitsRenditions } from './watch-state.ts'

/** Whether viewers may have the asset's source now, or a preview of it. Throws when the store cannot say. */
export const playsFromSource =
  (use: SourceUse) =>
  async (asset: Asset, renditions: readonly Rendition[]): Promise<boolean> =>
    awaitsRenditions(asset, renditions) &&
    ((await openSource(use, asset)) !== undefined || (await hasPreview(use, asset)))
