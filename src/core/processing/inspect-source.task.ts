import type { Asset } from '../catalog/asset.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { TaskDefinition } from '../shared/task.ts'
import type { AdoptedDeps } from './adopted-source.ts'
import { permanently } from './media-task.ts'
import type { MediaTool } from './ports.ts'
import { transcodeSource } from './transcode-source.ts'
import { DAMAGED } from './verify-ladder.ts'

export interface InspectDeps extends AdoptedDeps {
  readonly reader: Pick<CatalogReader, 'adoptedFiles' | 'assetById' | 'renditions'>
  readonly media: Pick<MediaTool, 'findDamage'>
}

/** A remux decodes only the ends of the film. The rest is decoded when its streams are there already, so that the asset says it if it is damaged. */
export const inspectSource = (deps: InspectDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'inspect',
  ...STEPS.inspect,
  async run({ assetId }, { signal }) {
    const asset = await deps.reader.assetById(assetId)
    if (!asset?.media?.video || !isUntold(asset)) return async () => {}
    const { media } = asset
    const { source } = await transcodeSource(deps, { asset, signal })
    const damage = await permanently(deps.media.findDamage(source, media, signal))
    return async (tx) => {
      const now = damage === undefined ? undefined : await tx.lockAsset(assetId)
      // Other outputs by now: what made them has looked for itself.
      if (!now || now.index !== asset.index || now.transcode.state !== 'succeeded' || !isUntold(now)) return
      const note = [DAMAGED + damage, now.transcode.note].filter((one) => one !== undefined).join('. ')
      await tx.updateAsset(assetId, { transcode: { ...now.transcode, note } })
    }
  },
  // What could not be read is not known to be damaged. The task itself keeps the reason.
  failed: () => async () => {},
})

const isUntold = ({ ingest, transcode }: Asset): boolean =>
  ingest.state === 'created' && transcode.state === 'succeeded' && !transcode.note?.includes(DAMAGED)
