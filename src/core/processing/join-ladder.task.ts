import type { Asset } from '../catalog/asset.ts'
import type { CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { SuspectFailure, type TaskContext, type TaskDefinition } from '../shared/task.ts'
import { ladderOf } from './encode-ladder.ts'
import type { EncodeRun, EncodeRunTx } from './encode-runs.ts'
import { finishLadder, isWanted, type MadeLadder, transcodeEnded, transcodeFailed } from './end-transcode.ts'
import { joinParts } from './join-parts.ts'
import { ladderTarget } from './ladder-target.ts'
import { permanently } from './media-task.ts'
import type { TranscodeDeps } from './transcode-asset.task.ts'
import { transcodeSource } from './transcode-source.ts'

/**
 * Makes one ladder of the parts of a long film, once all are there: nothing is encoded here. Every frame must follow the one before, across the joins
 * too; where one does not, the film is encoded again in one piece. What only files were written of is left to the sweeps that follow: a second try
 * needs it again.
 */
export const joinLadder = (deps: TranscodeDeps): TaskDefinition<StepInput, CatalogTx & EncodeRunTx> => ({
  kind: 'join',
  ...STEPS.join,
  async run(input, context) {
    const { assetId } = input
    const asset = await deps.reader.assetById(assetId)
    const run = await deps.runs.encodeRun(assetId)
    if (!asset || !isWanted(asset) || !run || run === 'whole') return async () => {}
    const made = await permanently(join(deps, asset, { ...context, run })).catch((error: unknown) => {
      // What did not pass its check once will not pass it the next time.
      if (!(error instanceof SuspectFailure)) throw error
      deps.onNote(`${asset.id}: its parts do not make a whole, so it is encoded in one piece: ${error.message}`)
    })
    if (made) return transcodeEnded(deps, input, { ...made, repeated: true })
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      if (!now || !isWanted(now)) return
      await tx.giveUpParts(assetId)
      await tx.record(assetId, { type: 'parts_unfit' })
    }
  },
  failed: transcodeFailed,
})

const join = async (
  deps: TranscodeDeps,
  asset: Asset,
  { run, signal }: TaskContext & { readonly run: EncodeRun },
): Promise<MadeLadder> => {
  const { version } = await transcodeSource(deps, { asset, signal })
  const target = await ladderTarget(deps, asset, { run: run.run, version })
  const joined = await joinedParts(deps, asset, run)
  return finishLadder(deps, ladderOf(joined, target), { ...target, signal })
}

/** Apart, so that the tables of the parts are not kept beside those of the whole while files are written. */
const joinedParts = async ({ runs }: Pick<TranscodeDeps, 'runs'>, { id }: Asset, run: EncodeRun) => {
  const encoded = await runs.encodedParts(id)
  if (encoded.length !== run.parts.length) throw new Error('a join follows all parts of its run')
  const joined = joinParts(run, encoded)
  if (typeof joined === 'string') throw new SuspectFailure(joined)
  return joined
}
