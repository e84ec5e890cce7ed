import { assetPrefix } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import type { TaskDefinition } from '../shared/task.ts'
import { ownsObject } from './owned-objects.ts'

export interface SweepDeps {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'abortUploads' | 'list' | 'remove'>
  readonly serviceBucket: string
}

const BATCH = 500

/** Removes every object below the asset's prefix that it does not own (any more). The tenant's buckets are never touched. */
export const sweepObjects = ({ reader, store, serviceBucket }: SweepDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'sweep',
  ...STEPS.sweep,
  async run({ assetId }, { signal }) {
    const asset = await reader.assetById(assetId)
    if (!asset) return async () => {}
    const renditions = (await reader.renditions([assetId])).get(assetId) ?? []
    await store.abortUploads(serviceBucket, assetPrefix(asset), signal)
    let litter: string[] = []
    for await (const { key } of store.list(serviceBucket, assetPrefix(asset), signal)) {
      if (!ownsObject(asset, renditions, key)) litter.push(key)
      if (litter.length < BATCH) continue
      await store.remove(serviceBucket, litter, signal)
      litter = []
    }
    if (litter.length > 0) await store.remove(serviceBucket, litter, signal)
    return async () => {}
  },
  failed: () => async () => {},
})
