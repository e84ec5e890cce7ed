import { isTranscoding } from '../catalog/asset.ts'
import { isResultPath, PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { Now } from '../shared/clock.ts'
import { parseAssetId, parseProjectId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, type TaskDefinition } from '../shared/task.ts'
import { ownsObject } from './owned-objects.ts'

export interface SweepDeps extends BucketUse {
  readonly reader: Pick<CatalogReader, 'asset' | 'renditions'>
  readonly store: Pick<ObjectStore, 'abortUploads' | 'list' | 'remove'>
  readonly now: Now
}

const BATCH = 500

/**
 * Removes every object in the asset's folder that it does not own (any more). Where that folder is a tenant's, only while we
 * may use it, and nothing but names that we write: whatever else lies there is theirs.
 */
export const sweepObjects = (deps: SweepDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'sweep',
  ...STEPS.sweep,
  async run(input, { signal }) {
    const { projectId, assetId } = checked(input)
    // Gone together with its project, an asset owns nothing.
    const { reader, store } = deps
    const asset = await reader.asset(projectId, assetId)
    const { bucket, prefix } = resultsFolder(asset ?? { projectId, id: assetId }, deps.serviceBucket)
    if (!(await mayUse(deps, projectId, bucket))) return async () => {}
    const renditions = (await reader.renditions([assetId])).get(assetId) ?? []
    const present = { renditions, nowMs: deps.now().getTime() }
    const isOurs = (path: string) => !asset?.output || isResultPath(path)
    // To a tenant's bucket nothing is copied, but large outputs are uploaded in parts: now, while there is a transcode.
    if (!asset || !isTranscoding(asset)) {
      await store.abortUploads(bucket, asset?.output ? prefix + PLAY_FOLDER : prefix, signal)
    }
    let litter: string[] = []
    for await (const { key } of store.list(bucket, prefix, signal)) {
      const path = key.slice(prefix.length)
      if (isOurs(path) && (!asset || !ownsObject(asset, present, path))) litter.push(key)
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
