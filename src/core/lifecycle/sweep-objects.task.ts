import { resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { parseAssetId, parseProjectId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, type TaskDefinition } from '../shared/task.ts'
import { ownsObject } from './owned-objects.ts'

export interface SweepDeps {
  readonly reader: Pick<CatalogReader, 'asset' | 'renditions'>
  readonly store: Pick<ObjectStore, 'abortUploads' | 'list' | 'remove'>
  readonly serviceBucket: string
}

const BATCH = 500

/** Removes every object in the asset's folder that it does not own (any more). The tenant's buckets are never touched. */
export const sweepObjects = ({ reader, store, serviceBucket }: SweepDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'sweep',
  ...STEPS.sweep,
  async run(input, { signal }) {
    const { projectId, assetId } = checked(input)
    // Gone together with its project, an asset owns nothing.
    const asset = await reader.asset(projectId, assetId)
    const { bucket, prefix } = resultsFolder(asset ?? { projectId, id: assetId }, serviceBucket)
    const renditions = (await reader.renditions([assetId])).get(assetId) ?? []
    await store.abortUploads(bucket, prefix, signal)
    let litter: string[] = []
    for await (const { key } of store.list(bucket, prefix, signal)) {
      if (!asset || !ownsObject(asset, renditions, key.slice(prefix.length))) litter.push(key)
      if (litter.length < BATCH) continue
      await store.remove(bucket, litter, signal)
      litter = []
    }
    if (litter.length > 0) await store.remove(bucket, litter, signal)
    return async () => {}
  },
  failed: () => async () => {},
})

/** The input was JSON meanwhile, and a prefix that is shorter than one asset's would name the objects of others. */
const checked = (input: StepInput): StepInput => {
  const projectId = parseProjectId(input.projectId)
  const assetId = parseAssetId(input.assetId)
  if (!projectId || !assetId) throw new PermanentFailure('a sweep needs the ids of a project and an asset')
  return { projectId, assetId }
}
