import type { Kysely, Transaction } from 'kysely'
import type { Asset } from '../../core/catalog/asset.ts'
import {
  demandState,
  mayPreview,
  openPreview,
  type Preview,
  type PreviewTask,
  previewOf,
} from '../../core/catalog/preview.ts'
import { type PreviewInput, previewSubject, STEPS } from '../../core/catalog/steps.ts'
import type { Demand, PreviewDemands } from '../../core/delivery/preview-part.ts'
import type { Now } from '../../core/shared/clock.ts'
import type { AssetId } from '../../core/shared/ids.ts'
import type { Engine } from '../../engine/engine.ts'
import { toAsset } from './asset-row.ts'
import type { DB } from './schema.generated.ts'
import { transact } from './transact.ts'

interface DemandDeps {
  readonly engine: Pick<Engine, 'startStep' | 'tasksOf'>
  readonly newId: () => string
  readonly now: Now
}

/** One transaction each; those for one asset wait for one another, so that no segment is begun twice. */
export const previewDemands = (db: Kysely<DB>, { engine, newId, now }: DemandDeps): PreviewDemands => ({
  demand: (id, demand) =>
    transact(db, async (trx) => {
      const row = await trx
        .selectFrom('asset')
        .innerJoin('project', 'project.id', 'asset.project_id')
        .selectAll('asset')
        .select('project.weight')
        .where('asset.id', '=', id)
        .forUpdate('asset')
        .executeTakeFirst()
      if (!row) return
      const asset = toAsset(row)
      const preview = await previewFor(trx, asset, { demand, newId, now })
      if (!preview) return
      const subject = previewSubject(id)
      const state = demandState(await previewTasks(engine, id, trx), { run: preview.run, ...demand })
      if (state === 'failed') return
      if (state !== 'begin') return preview
      const { queue, retryLimit, retrySeconds } = STEPS.preview
      const { projectId } = asset
      const input: PreviewInput = { assetId: id, projectId, run: preview.run, segment: demand.segment }
      await engine.startStep(trx, {
        ...{ subject, tenant: projectId, kind: 'preview', queue, retryLimit, retrySeconds, inputs: [input] },
        weight: row.weight,
      })
      return preview
    }),
})

const previewFor = async (
  trx: Transaction<DB>,
  asset: Asset,
  { demand: { run }, newId, now }: Pick<DemandDeps, 'newId' | 'now'> & { readonly demand: Demand },
): Promise<Preview | undefined> => {
  if (run !== undefined) return previewOf(asset, { run, nowMs: now().getTime() })
  if (!mayPreview(asset)) return
  const open = openPreview(asset)
  if (open) return open
  const key = asset.encryption?.key
  const preview: Preview = { run: newId(), ...(key !== undefined && { key }) }
  // Nothing that the person who owns the asset would call a change.
  await trx
    .updateTable('asset')
    .set({ preview: JSON.stringify(preview) })
    .where('id', '=', asset.id)
    .execute()
  return preview
}

/** Those of an asset, in the order in which they were asked for. Whoever wrote their inputs is `demand`. */
export const previewTasks = async (
  engine: Pick<Engine, 'tasksOf'>,
  id: AssetId,
  trx?: Transaction<DB>,
): Promise<readonly PreviewTask[]> =>
  (await engine.tasksOf(previewSubject(id), trx)).map(({ input, state }) => ({ ...(input as PreviewInput), state }))
