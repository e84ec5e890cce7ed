import { madeRenditions } from '../catalog/adopted-file.ts'
import { isResultPath, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx, Transactions } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { Now } from '../shared/clock.ts'
import { type ProjectId, parseAssetId, parseProjectId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, type TaskDefinition } from '../shared/task.ts'
import { ownsObject } from './owned-objects.ts'

export interface SweepDeps extends BucketUse {
  readonly db: Transactions<CatalogTx>
  readonly reader: Pick<CatalogReader, 'asset'>
  readonly store: Pick<ObjectStore, 'abortUploads' | 'list' | 'remove'>
  readonly now: Now
  /** Of watermarks that were deleted while work needed them (decision 0028). */
  readonly releasePictures: (projectId: ProjectId, signal: AbortSignal) => Promise<void>
}

const BATCH = 500

/**
 * Removes every object in the asset's folder that it does not own (any more), and ends uploads of such. Where that folder is a
 * tenant's, only while we may use it, and nothing but names that we write: whatever else lies there is theirs.
 */
export const sweepObjects = (deps: SweepDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'sweep',
  ...STEPS.sweep,
  async run(input, { signal }) {
    const { projectId, assetId } = checked(input)
    const { reader, store } = deps
    await deps.releasePictures(projectId, signal)
    const output = (await reader.asset(projectId, assetId))?.output
    const folder = resultsFolder({ projectId, id: assetId, ...(output && { output }) }, deps.serviceBucket)
    const { bucket, prefix } = folder
    if (!(await mayUse(deps, projectId, bucket))) return async () => {}
    const isOurs = (path: string) => !output || isResultPath(path)
    // Asked about keys that were seen, never before: decision 0005.
    const litterAmong = async (keys: readonly string[]): Promise<readonly string[]> => {
      const owns = await ownership(deps, { projectId, assetId })
      return keys.filter((key) => isOurs(key.slice(prefix.length)) && !owns(key.slice(prefix.length)))
    }
    await store.abortUploads(folder, litterAmong, signal)
    for await (const keys of batches(store.list(bucket, prefix, signal))) {
      const litter = await litterAmong(keys)
      if (litter.length > 0) await store.remove(bucket, litter, signal)
    }
    return async () => {}
  },
  failed: () => async () => {},
})

/** Which paths the asset owns now; under its lock, so that row and renditions are of one moment. */
const ownership = ({ db, now }: SweepDeps, { projectId, assetId }: StepInput): Promise<(path: string) => boolean> =>
  db.write(async (tx) => {
    const asset = await tx.lockAsset(assetId)
    // Gone together with its project, it owns nothing.
    if (asset?.projectId !== projectId) return () => false
    const renditions = madeRenditions(asset, await tx.renditions(assetId))
    const present = { renditions, nowMs: now().getTime() }
    return (path) => ownsObject(asset, present, path)
  })

async function* batches(objects: AsyncIterable<{ readonly key: string }>): AsyncGenerator<readonly string[]> {
  let keys: string[] = []
  for await (const { key } of objects) {
    keys.push(key)
    if (keys.length < BATCH) continue
    yield keys
    keys = []
  }
  if (keys.length > 0) yield keys
}

/** The input was JSON meanwhile, and a prefix that is shorter than one asset's would name the objects of others. */
const checked = (input: StepInput): StepInput => {
  const projectId = parseProjectId(input.projectId)
  const assetId = parseAssetId(input.assetId)
  if (!projectId || !assetId) throw new PermanentFailure('a sweep needs the ids of a project and an asset')
  return { projectId, assetId }
}
