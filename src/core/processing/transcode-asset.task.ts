import type { Asset } from '../catalog/asset.ts'
import { isDivided } from '../catalog/divisible.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { TranscodeSettings } from '../catalog/transcode-settings.ts'
import { isPlaylistType } from '../catalog/video-type.ts'
import { type Commit, PermanentFailure, type TaskContext, type TaskDefinition } from '../shared/task.ts'
import { adaptRates } from './adapt-rates.ts'
import { partsOf } from './chunk-plan.ts'
import { type EncodedLadder, encodeLadder, type LadderTarget } from './encode-ladder.ts'
import { type EncodePlan, withNote } from './encode-plan.ts'
import type { EncodeRunReader, EncodeRunTx } from './encode-runs.ts'
import { type EndDeps, finishLadder, isWanted, transcodeEnded, transcodeFailed } from './end-transcode.ts'
import { missingEncoder, planEncode } from './ladder.ts'
import { ladderTarget, orderedSettings } from './ladder-target.ts'
import { leadsToFrames } from './leads-to-frames.ts'
import { markPictures } from './mark-pictures.ts'
import { permanently } from './media-task.ts'
import { passThrough } from './pass-through.ts'
import { pastDamage } from './past-damage.ts'
import { planRemux } from './plan-remux.ts'
import type { EncoderAbilities, PinnedObject } from './ports.ts'
import type { ProtectDeps } from './protect-run.ts'
import { withoutExcess } from './rung-excess.ts'
import type { SourceDeps } from './stored-source.ts'
import { type TranscodeSource, transcodeSource } from './transcode-source.ts'
import { removeUnused } from './write-files.ts'

export interface TranscodeDeps extends SourceDeps, ProtectDeps, EndDeps {
  readonly store: EndDeps['store']
  readonly reader: Pick<CatalogReader, 'adoptedFiles' | 'assetById' | 'renditions'>
  readonly runs: EncodeRunReader
  /** How long the chunks of a long film are. */
  readonly chunkSeconds: number
  /** For the operator's log. */
  readonly onNote: (note: string) => void
}

/**
 * The ladder of an asset. A long film is planned here and encoded in parts (`encodePart`, `joinLadder`), any other at once: with one decode, cut to
 * CMAF, stored, verified, and only then recorded. Files are named after the try, so no other try overwrites what is served. What an earlier
 * transcode made is served until the new one is recorded, and its segments some time longer.
 */
export const transcodeAsset = (deps: TranscodeDeps): TaskDefinition<StepInput, CatalogTx & EncodeRunTx> => ({
  kind: 'transcode',
  ...STEPS.transcode,
  started:
    ({ assetId }) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.transcode.state === 'waiting') await tx.updateAsset(assetId, { transcode: { state: 'running' } })
    },
  async run(input, context) {
    const asset = await deps.reader.assetById(input.assetId)
    if (!asset || !isWanted(asset)) return async () => {}
    return permanently(planned(deps, asset, context))
  },
  failed: transcodeFailed,
})

const planned = async (
  deps: TranscodeDeps,
  asset: Asset,
  context: TaskContext,
): Promise<Commit<CatalogTx & EncodeRunTx>> => {
  const { media } = deps
  const { signal, tryId: run } = context
  const settings = orderedSettings(asset)
  const { version, note, ...sources } = await transcodeSource(deps, { asset, signal })
  const target = await ladderTarget(deps, asset, { run, version })
  const ordered = planOf(asset, settings, media.abilities)
  const plan = note === undefined ? ordered : withNote(ordered, note)
  requirePossible(plan, media.abilities)
  const known = await deps.runs.encodeRun(asset.id)
  const mayDivide = known !== 'whole' && isDivided(asset) && partsOf(plan, deps.chunkSeconds).length > 0
  const fitting = settings.contentAdaptive ? plan : await passThrough({ media, source: sources.source, plan, signal })
  const parts = mayDivide ? partsOf(fitting, deps.chunkSeconds) : []
  const { container } = plan.media
  if (parts.length > 0 && (await leadsToFrames(deps.store, sources.source, { container, signal }))) {
    return divided(asset, { run, plan: { ...fitting, processors: media.processors }, parts })
  }
  const marks = await markPictures(deps, asset.projectId, { plan, signal })
  const encoding = { ...sources, marks, plan, target }
  const ladder = settings.contentAdaptive
    ? await encodeAdapted(deps, encoding, context)
    : await encodeTolerantly(deps, { ...encoding, fitting }, context)
  const made = await finishLadder(deps, ladder, { ...target, signal })
  await removeUnused({ ...target, store: deps.store, signal }, ladder)
  return transcodeEnded(deps, input(asset), { ...made, repeated: context.repeated || known === 'whole' })
}

const input = ({ id, projectId }: Asset): StepInput => ({ assetId: id, projectId })

const divided =
  ({ id }: Asset, run: Parameters<EncodeRunTx['openRun']>[1]): Commit<CatalogTx & EncodeRunTx> =>
  async (tx) => {
    const asset = await tx.lockAsset(id)
    if (!asset || !isWanted(asset)) return
    await tx.openRun(id, run)
    await tx.record(id, { type: 'transcode_divided', parts: run.parts.length })
  }

const planOf = (asset: Asset, settings: TranscodeSettings, abilities: EncoderAbilities): EncodePlan => {
  if (!asset.media) throw new Error('a transcode follows the probe')
  if (!settings.remux) return planEncode(asset.media, settings, abilities)
  const plan = planRemux({ media: asset.media, settings, isStream: isPlaylistType(asset.videoType) })
  if (typeof plan === 'string') throw new PermanentFailure(plan)
  return plan
}

const requirePossible = (plan: EncodePlan, abilities: EncoderAbilities): void => {
  if (plan.outputs.length === 0) throw new PermanentFailure(nothingFor(plan))
  const missing = missingEncoder(plan, abilities)
  if (missing !== undefined) throw new PermanentFailure(`the FFmpeg of this installation cannot encode ${missing}`)
}

interface Encoding extends Pick<TranscodeSource, 'source' | 'sound'> {
  readonly marks: readonly PinnedObject[]
  readonly plan: EncodePlan
  /** With what is passed through. */
  readonly fitting: EncodePlan
  readonly target: LadderTarget
}

/** Enough for any but pictures of which the encoder can make no less. */
const MOST_ENCODES = 3

const encodeAdapted = async (
  deps: TranscodeDeps,
  { plan, ...encoding }: Omit<Encoding, 'fitting'>,
  context: TaskContext,
): Promise<EncodedLadder> => {
  const { media } = deps
  let wanted = await adaptRates({ media, source: encoding.source, plan, signal: context.signal })
  for (let encodes = 1; ; encodes++) {
    const fitting = await passThrough({ media, source: encoding.source, plan: wanted, signal: context.signal })
    const ladder = await encodeTolerantly(deps, { ...encoding, plan: wanted, fitting }, context)
    const less = withoutExcess(wanted, ladder)
    if (!less) return ladder
    if (encodes === MOST_ENCODES) return { ...ladder, plan: withNote(ladder.plan, EXCESS) }
    wanted = less
  }
}

const EXCESS = 'An output has more bits than the template group says: its pictures cannot be encoded with less'

const encodeTolerantly = async (
  { media }: TranscodeDeps,
  { plan, fitting, target, ...sources }: Encoding,
  { signal, progress }: TaskContext,
): Promise<EncodedLadder> => {
  const onProgress = (positionMs: number) => progress(Math.min(1, positionMs / Math.max(plan.media.durationMs, 1)))
  return pastDamage(fitting, plan, (one) => encodeLadder({ media, ...sources, plan: one, signal, onProgress }, target))
}

const nothingFor = ({ media }: EncodePlan): string =>
  media.video
    ? 'the template group wants sound alone, and the source has none'
    : 'the template group wants no sound, and the source has no picture'
