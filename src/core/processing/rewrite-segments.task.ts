import { adoptedRenditionsOf, madeRenditions } from '../catalog/adopted-file.ts'
import type { Asset } from '../catalog/asset.ts'
import { type EncryptionChange, unchanged } from '../catalog/encryption.ts'
import { PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { isStreamObject, retire } from '../catalog/stream-files.ts'
import { segmentCipher } from '../packaging/segment-cipher.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { Now } from '../shared/clock.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, type TaskDefinition } from '../shared/task.ts'
import { withKnownSounds } from './known-sounds.ts'
import { type ProtectDeps, protectRun } from './protect-run.ts'
import { rewriteRun } from './rewrite-run.ts'

export interface RewriteDeps extends ProtectDeps, BucketUse {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'list' | 'put' | 'read'>
  readonly now: Now
}

/**
 * Encrypts the stored HLS outputs of an asset, gives them another key, or makes them clear: written again as a run of the try's
 * own, and recorded together with the key in the transaction that completes the task, from which on the URLs mean it. A try that
 * ends half way leaves litter.
 */
export const rewriteSegments = (deps: RewriteDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'rewrite',
  ...STEPS.rewrite,
  async run({ assetId }, { signal, progress, tryId }) {
    const { reader, store, keys } = deps
    const asset = await reader.assetById(assetId)
    const change = asset && rewriting(asset)
    if (!asset || !change) return async () => {}
    const all = (await reader.renditions([assetId])).get(assetId) ?? []
    const recorded = madeRenditions(asset, all)
    const hls = recorded.filter(isHls)
    const from = hls[0]?.run
    if (from === undefined) throw new PermanentFailure('the asset has no HLS outputs')
    const folder = resultsFolder(asset, deps.serviceBucket)
    const { bucket, prefix } = folder
    if (!(await mayUse(deps, asset.projectId, bucket))) {
      throw new PermanentFailure(`the project may not use the bucket ${bucket} any more`)
    }
    // What of their run no other format plays shall not stay clear.
    const renditions = await withKnownSounds({ store, folder, signal }, recorded)
    const before = asset.encryption?.key
    const after = await protectRun(deps, asset, { run: tryId, key: change.key })
    await rewriteRun({
      ...{ store, bucket, playFolder: prefix + PLAY_FOLDER, from, to: tryId, signal, onProgress: progress },
      // Without an index: that names neither the run nor its segments.
      isPresent: (playlist) => isStreamObject({}, { renditions: hls, nowMs: 0 }, playlist),
      ...(before !== undefined && { before: segmentCipher(keys.open(before, assetId)) }),
      ...(after && { after }),
    })
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      // Cancelled meanwhile, or even asked for anew with another key: what was written is litter.
      const wanted = now && rewriting(now)
      if (!wanted || wanted.key !== change.key) return
      await tx.replaceRenditions(assetId, [
        ...adoptedRenditionsOf(asset, all),
        ...renditions.map((rendition) => (isHls(rendition) ? { ...rendition, run: tryId } : rendition)),
      ])
      await tx.updateAsset(assetId, {
        encryption: change,
        retired: retire(now, hls, { nowMs: deps.now().getTime(), key: change.key }),
      })
      await tx.record(assetId, { type: 'encryption_changed' })
    }
  },
  // The outputs are as they were.
  failed:
    ({ assetId }, failure) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (!asset?.encryption || !rewriting(asset)) return
      await tx.updateAsset(assetId, { encryption: { ...unchanged(asset.encryption), failure } })
      await tx.record(assetId, { type: 'encryption_failed' })
    },
})

/** What other formats share with it stays where and as it is. */
const isHls = ({ format }: Rendition): boolean => format === 'HLS'

const rewriting = ({ ingest, encryption }: Asset): EncryptionChange | undefined =>
  ingest.state === 'created' ? encryption?.change : undefined
