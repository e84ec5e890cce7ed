import type { Asset } from '../catalog/asset.ts'
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
    const subject = checked(input)
    const { store } = deps
    const { asset, isLitter } = await ownershipNow(deps, subject)
    const { bucket, prefix } = resultsFolder(asset ?? { ...subject, id: subject.assetId }, deps.serviceBucket)
    if (!(await mayUse(deps, subject.projectId, bucket))) return async () => {}
    // To a tenant's bucket nothing is copied, but large outputs are uploaded in parts.
    await store.abortUploads(bucket, asset?.output ? prefix + PLAY_FOLDER : prefix, signal)
    const remove = async (paths: readonly string[]): Promise<void> => {
      // Work that was ordered after the list began may have written by now.
      const now = await ownershipNow(deps, subject)
      const keys = paths.filter(now.isLitter).map((path) => prefix + path)
      if (keys.length > 0) await store.remove(bucket, keys, signal)
    }
    let litter: string[] = []
    for await (const { key } of store.list(bucket, prefix, signal)) {
      const path = key.slice(prefix.length)
      if (isLitter(path)) litter.push(path)
      if (litter.length < BATCH) continue
      await remove(litter)
      litter = []
    }
    if (litter.length > 0) await remove(litter)
    return async () => {}
  },
  failed: () => async () => {},
})

interface Ownership {
  /** Absent: gone together with its project, it owns nothing. */
  readonly asset?: Asset
  /** Of a path below the asset's folder. */
  readonly isLitter: (path: string) => boolean
}

const ownershipNow = async (
  { reader, now }: Pick<SweepDeps, 'reader' | 'now'>,
  { projectId, assetId }: StepInput,
): Promise<Ownership> => {
  const asset = await reader.asset(projectId, assetId)
  if (!asset) return { isLitter: () => true }
  const renditions = (await reader.renditions([assetId])).get(assetId) ?? []
  const present = { renditions, nowMs: now().getTime() }
  const isOurs = (path: string) => !asset.output || isResultPath(path)
  return { asset, isLitter: (path) => isOurs(path) && !ownsObject(asset, present, path) }
}

/** The input was JSON meanwhile, and a prefix that is shorter than one asset's would name the objects of others. */
const checked = (input: StepInput): StepInput => {
  const projectId = parseProjectId(input.projectId)
  const assetId = parseAssetId(input.assetId)
  if (!projectId || !assetId) throw new PermanentFailure('a sweep needs the ids of a project and an asset')
  return { projectId, assetId }
}
