import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { TaskDefinition } from '../shared/task.ts'
import { permanently } from './media-task.ts'
import type { MediaTool } from './ports.ts'
import { type SourceDeps, storedSource } from './stored-source.ts'

export interface ProbeDeps extends SourceDeps {
  readonly reader: Pick<CatalogReader, 'assetById'>
  readonly media: Pick<MediaTool, 'probe'>
}

/** Finds out what the source is. What is no media file ends the asset as failed, published or not: there is nothing to play. */
export const probeSource = (deps: ProbeDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'probe',
  ...STEPS.probe,
  async run({ assetId }, { signal }) {
    const asset = await deps.reader.assetById(assetId)
    if (asset?.ingest.state !== 'created') return async () => {}
    const source = await storedSource(deps, { asset, signal })
    const found = await permanently(deps.media.probe(source, signal))
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      if (now?.ingest.state !== 'created') return
      await tx.updateAsset(assetId, { media: found })
      await tx.record(assetId, { type: 'probed' })
    }
  },
  failed:
    ({ assetId }, reason) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.ingest.state !== 'created') return
      await tx.updateAsset(assetId, {
        ingest: { state: 'failed', reason: `Probing ${asset.videoName} failed: ${reason}` },
        published: false,
      })
      await tx.record(assetId, { type: 'ingest_failed' })
    },
})
