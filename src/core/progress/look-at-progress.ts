import { shownRenditions } from '../catalog/adopted-file.ts'
import type { Asset } from '../catalog/asset.ts'
import type { CatalogReader } from '../catalog/ports.ts'
import type { Rendition } from '../catalog/rendition.ts'
import type { Now } from '../shared/clock.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { Outlook } from '../shared/outlook.ts'
import { type Progress, progressOf } from './progress.ts'

export interface LookDeps {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  readonly outlookOf: (id: AssetId) => Promise<Outlook>
  /** Whether the source is a stream as it lies, or one that so many workers make of it for a viewer. */
  readonly playsFromSource: (asset: Asset, renditions: readonly Rendition[], workers: number) => Promise<boolean>
  readonly now: Now
}

export interface Looked {
  readonly projectId: ProjectId
  readonly progress: Progress
}

/** `undefined`: there never was such an asset. */
export const lookAtProgress =
  ({ reader, outlookOf, playsFromSource, now }: LookDeps) =>
  async (id: AssetId): Promise<Looked | undefined> => {
    // First: work that ends after this leaves an asset that says how.
    const outlook = await outlookOf(id)
    const asset = await reader.assetById(id)
    if (!asset) return
    const renditions = shownRenditions(asset, (await reader.renditions([id])).get(id) ?? [])
    const playable = renditions.length > 0 || (await playsFromSource(asset, renditions, outlook.workers))
    return { projectId: asset.projectId, progress: progressOf({ asset, playable, outlook, now: now() }) }
  }
