import type { Asset } from '../catalog/asset.ts'
import type { CatalogTx } from '../catalog/ports.ts'
import { type PartInput, STEPS } from '../catalog/steps.ts'
import { countSamples } from '../packaging/check-track.ts'
import { SuspectFailure, type TaskContext, type TaskDefinition } from '../shared/task.ts'
import { type EncodedTracks, encodeTracks, trackOf, tracksOfPart } from './encode-ladder.ts'
import { type EncodePlan, partSeconds, rungsOf } from './encode-plan.ts'
import type { EncodedPart, EncodeRun, EncodeRunTx } from './encode-runs.ts'
import { isWanted } from './end-transcode.ts'
import { framesOfPart } from './join-parts.ts'
import { ladderTarget } from './ladder-target.ts'
import { markPictures } from './mark-pictures.ts'
import { permanently } from './media-task.ts'
import { pastDamage } from './past-damage.ts'
import type { TranscodeDeps } from './transcode-asset.task.ts'
import { transcodeSource } from './transcode-source.ts'
import { verifyEnds } from './verify-ladder.ts'

/**
 * One part of a long film: encoded, stored, verified and kept by itself, so that whatever else dies, it need not be made again. A part that cannot
 * be made fails nothing: the film is encoded in one piece then, which says what is wrong, or gets past it.
 */
export const encodePart = (deps: TranscodeDeps): TaskDefinition<PartInput, CatalogTx & EncodeRunTx> => ({
  kind: 'chunk',
  ...STEPS.chunk,
  async run({ assetId, part }, context) {
    const asset = await deps.reader.assetById(assetId)
    const run = await deps.runs.encodeRun(assetId)
    if (!asset || !isWanted(asset) || !run || run === 'whole') return async () => {}
    const encoded = await permanently(makePart(deps, asset, { ...context, run, part }))
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      if (now && isWanted(now)) await tx.keepPart(assetId, part, encoded)
    }
  },
  failed:
    ({ assetId }) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (!asset || !isWanted(asset)) return
      await tx.giveUpParts(assetId)
      await tx.record(assetId, { type: 'parts_unfit' })
    },
})

interface Making extends TaskContext {
  readonly run: EncodeRun
  /** Position among the parts of the run. */
  readonly part: number
}

const makePart = async (
  deps: TranscodeDeps,
  asset: Asset,
  { run, part: at, signal, progress }: Making,
): Promise<EncodedPart> => {
  const { media } = deps
  const part = run.parts[at]
  if (!part) throw new Error('a task names a part of its run')
  const { version, source, sound } = await transcodeSource(deps, { asset, signal })
  const target = await ladderTarget(deps, asset, { run: run.run, version })
  const plan: EncodePlan = { ...run.plan, part }
  const marks = await markPictures(deps, asset.projectId, { plan, signal })
  const onProgress = (positionMs: number) => progress(positionMs / Math.max(partSeconds(plan) * 1000, 1))
  const request = { media, source, ...(sound && { sound }), marks, signal, onProgress }
  const encoded = await pastDamage(plan, plan, (one) => encodeTracks({ ...request, plan: one }, target))
  await verifyPart(deps, encoded, signal)
  const { strictFailure } = encoded.plan
  const { tracks, report } = encoded
  return { tracks, report, ...(strictFailure !== undefined && { strictFailure }) }
}

/** All frames that FFmpeg counted are there, and beginning and end of every track decode. Whether it fits the others, their join shows. */
const verifyPart = async (
  { media }: Pick<TranscodeDeps, 'media'>,
  { plan, tracks, report }: EncodedTracks,
  signal: AbortSignal,
): Promise<void> => {
  const { part } = plan
  const [first] = rungsOf(plan, 'encoded')
  const counted = first === undefined ? undefined : tracks.get(`${first + 1}`)
  if (counted) {
    const expected = framesOfPart(part, report)
    const found = countSamples(counted)
    if (found !== expected) throw new SuspectFailure(`a chunk has ${found} frames, but ${expected} were encoded`)
  }
  for (const of of tracksOfPart(plan)) {
    const track = tracks.get(trackOf(of))
    if (!track) throw new Error('every track of the part must have been encoded')
    await verifyEnds(media, plan, { of, track, signal })
  }
}
