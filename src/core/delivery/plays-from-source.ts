import type { Asset } from '../catalog/asset.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { openSource, type SourceUse } from './source-film.ts'
import { awaitsRenditions } from './watch-state.ts'

/** Whether the asset's source is what viewers may have of it now. Throws when the store cannot say. */
export const playsFromSource =
  (use: SourceUse) =>
  async (asset: Asset, renditions: readonly Rendition[]): Promise<boolean> =>
    awaitsRenditions(asset, renditions) && (await openSource(use, asset)) !== undefined
