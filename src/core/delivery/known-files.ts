import type { CatalogReader } from '../catalog/ports.ts'
import type { AssetId } from '../shared/ids.ts'
import type { KnownFiles } from './edge-paths.ts'

export type KnownFilesReader = Pick<CatalogReader, 'assetById' | 'renditions' | 'adoptedFiles'>

/** Of a deleted asset its row alone; `undefined`: it is gone together with its project. */
export const knownFilesOf = async (reader: KnownFilesReader, id: AssetId): Promise<KnownFiles | undefined> => {
  const asset = await reader.assetById(id)
  if (!asset) return
  const renditions = (await reader.renditions([id])).get(id) ?? []
  return { asset, renditions, adopted: asset.output ? await reader.adoptedFiles(id) : [] }
}
