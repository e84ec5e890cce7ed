import type { Asset } from '../catalog/asset.ts'
import type { AssetEncryption, RetiredRun } from '../catalog/encryption.ts'
import { RETIRED_SECONDS } from '../catalog/encryption.ts'
import { MASTER_PLAYLIST, objectIn, PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { Now } from '../shared/clock.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
import type { TaskDefinition } from '../shared/task.ts'

export interface RelinkDeps extends BucketUse {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'put' | 'read'>
  readonly now: Now
}

const MOST_BYTES = 2 ** 20

/**
 * Lets the master playlist name the run that `rewrite-segments` recorded. Its name never changes, so this follows the record: until
 * it is done players get the run before, which is still served, and not one that is not recorded yet.
 */
export const relinkMaster = (deps: RelinkDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'relink',
  ...STEPS.relink,
  async run({ assetId }, { signal }) {
    const { reader, store, serviceBucket, now } = deps
    const asset = await reader.assetById(assetId)
    const retired = asset && relinking(asset)
    const run = (await reader.renditions([assetId])).get(assetId)?.[0]?.run
    if (!asset || !retired || run === undefined) return async () => {}
    // No end: the grant may come back, and without this the stream would break once the run before is removed.
    const { bucket } = resultsFolder(asset, serviceBucket)
    if (!(await mayUse(deps, asset.projectId, bucket))) throw new Error(`the bucket ${bucket} may not be used now`)
    const master = objectIn(resultsFolder(asset, serviceBucket), PLAY_FOLDER + MASTER_PLAYLIST)
    const text = (await readWhole(store, master, { mostBytes: MOST_BYTES, signal })).toString('utf8')
    const options = { contentType: 'application/vnd.apple.mpegurl', signal }
    await store.put(master, new TextEncoder().encode(text.replaceAll(retired.run, run)), options)
    return async (tx) => {
      const current = await tx.lockAsset(assetId)
      if (!current?.encryption || !relinking(current)) return
      await tx.updateAsset(assetId, { encryption: settled(current.encryption, retired, now()) })
      await tx.record(assetId, { type: 'encryption_changed' })
    }
  },
  failed: () => async () => {},
})

const relinking = ({ ingest, encryption }: Asset): RetiredRun | undefined =>
  ingest.state === 'created' && encryption?.change?.state === 'relinking' ? encryption.retired : undefined

/** A run that was clear is gone at once: nobody shall get what is encrypted now. */
const settled = ({ key }: AssetEncryption, retired: RetiredRun, now: Date): AssetEncryption => ({
  ...(key !== undefined && { key }),
  ...(retired.key !== undefined && {
    retired: { ...retired, servedUntilMs: now.getTime() + RETIRED_SECONDS * 1000 },
  }),
})
