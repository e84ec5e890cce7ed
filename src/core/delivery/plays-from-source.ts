import type { Asset } from '../catalog/asset.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { hasPreview } from './preview-part.ts'
import { openSource, type SourceUse } from './source-film.ts'
import { awaitsRenditions } from './watch-state.ts'

/** Whether viewers may have the asset's source now, or a preview of it, which a worker makes when it is asked for. Throws when the store cannot say. */
export const playsFromSource =
  (use: SourceUse) =>
  async (asset: Asset, renditions: readonly Rendition[], workers: number): Promise<boolean> =>
    awaitsRenditions(asset, renditions) &&
    ((await openSource(use, asset)) !== undefined || (workers > 0 && (await hasPreview(use, asset))))
