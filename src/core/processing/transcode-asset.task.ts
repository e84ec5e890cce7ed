import { createHash } from 'node:crypto'
import { adoptedRenditionsOf, madeRenditions } from '../catalog/adopted-file.ts'
import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { failedTranscode, orderedGroup } from '../catalog/failed-transcode.ts'
import { objectIn, PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import type { AssetPatch, CatalogReader, CatalogTx } from '../catalog/ports.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { retire } from '../catalog/stream-files.ts'
import { subtitlesOfNewOutputs } from '../catalog/subtitles.ts'
import type { TranscodeSettings } from '../catalog/transcode-settings.ts'
import { isPlaylistType } from '../catalog/video-type.ts'
import type { Now } from '../shared/clock.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, type TaskContext, type TaskDefinition } from '../shared/task.ts'
import { adaptRates } from './adapt-rates.ts'
import { type EncodedLadder, encodeLadder, type LadderTarget } from './encode-ladder.ts'
import { type EncodePlan, withNote } from './encode-plan.ts'
import { missingEncoder, planEncode } from './ladder.ts'
import { ladderManifests } from './ladder-manifests.ts'
import { ladderPlaylists } from './ladder-playlists.ts'
import { ladderRenditions } from './ladder-renditions.ts'
import { markPictures } from './mark-pictures.ts'
import { permanently } from './media-task.ts'
import { outputParameters } from './output-parameters.ts'
import { passThrough } from './pass-through.ts'
import { planRemux } from './plan-remux.ts'
import { type EncoderAbilities, MediaFailure, type MediaTool, type PinnedObject } from './ports.ts'
import { type ProtectDeps, protectRun } from './protect-run.ts'
import { withoutExcess } from './rung-excess.ts'
import type { SourceDeps } from './stored-source.ts'
import { type TranscodeSource, transcodeSource } from './transcode-source.ts'
import { sourceNote, verifyLadder } from './verify-ladder.ts'
import { writeFiles } from './write-files.ts'

export interface TranscodeDeps extends SourceDeps, ProtectDeps {
  readonly reader: Pick<CatalogReader, 'adoptedFiles' | 'assetById' | 'renditions'>
  readonly store: ObjectStore
  readonly media: MediaTool
  readonly now: Now
}

/**
 * The ladder of an asset: encoded with one decode, cut to CMAF, stored, verified, and only then recorded, all renditions in
 * the transaction that completes the task. Files are named after the try, so no other try overwrites what is served. What an
 * earlier transcode made is served until that transaction, and its segments some time longer.
 */
export const transcodeAsset = (deps: TranscodeDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'transcode',
  ...STEPS.transcode,
  started:
    ({ assetId }) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.transcode.state === 'waiting') await tx.updateAsset(assetId, { transcode: { state: 'running' } })
    },
  async run({ assetId }, context) {
    const asset = await deps.reader.assetById(assetId)
    if (!asset || !isWanted(asset)) return async () => {}
    const { ladder, fileBytes } = await permanently(makeLadder(deps, asset, context))
    const note = sourceNote(ladder)
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      // Cancelled or deleted in the meantime: the files are litter now, which a sweep removes.
      if (!now || !isWanted(now)) return
      const all = await tx.renditions(assetId)
      const [adopted, before] = [adoptedRenditionsOf(now, all), madeRenditions(now, all)]
      await tx.replaceRenditions(assetId, inOrder([...adopted, ...ladderRenditions(assetId, ladder, fileBytes)]))
      await tx.updateAsset(assetId, {
        ...settledOrder(now),
        transcode: { state: 'succeeded', ...(note !== undefined && { note }) },
        index: ladder.runs.hls,
        ...(now.subtitles && { subtitles: subtitlesOfNewOutputs(now.subtitles) }),
        retired: retire(now, before, {
          nowMs: deps.now().getTime(),
          key: now.nextTranscode?.key ?? now.encryption?.key,
        }),
      })
      await tx.record(assetId, { type: 'transcoded', repeated: context.repeated || before.length > 0 })
    }
  },
  failed:
    ({ assetId }, reason) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (!asset || !isWanted(asset)) return
      const text = `Transcoding ${asset.videoName} failed: ${reason}`
      await tx.updateAsset(assetId, failedTranscode(asset, text))
      await tx.record(assetId, { type: 'transcode_failed', ...orderedGroup(asset) })
    },
})

const inOrder = (renditions: readonly Rendition[]): readonly Rendition[] =>
  renditions.map((rendition, index) => ({ ...rendition, index }))

const isWanted = (asset: Asset): boolean => asset.ingest.state === 'created' && isTranscoding(asset)

const settledOrder = ({ nextTranscode, encryption }: Asset): AssetPatch => {
  if (!nextTranscode) return {}
  const { templateGroup, templateGroupId, settings, key } = nextTranscode
  return {
    ...{ templateGroup, templateGroupId, transcodeSettings: settings, nextTranscode: null },
    ...(key !== undefined && { encryption: { ...encryption, key } }),
  }
}

interface MadeLadder {
  readonly ladder: EncodedLadder
  /** Of the outputs that are one file, by name. */
  readonly fileBytes: ReadonlyMap<string, number>
}

const makeLadder = async (deps: TranscodeDeps, asset: Asset, context: TaskContext): Promise<MadeLadder> => {
  const { store, media } = deps
  const settings = asset.nextTranscode?.settings ?? asset.transcodeSettings
  if (!asset.media || !settings) throw new Error('a transcode follows the probe of an asset with settings')
  const { signal, tryId: run } = context
  const { version, note, ...sources } = await transcodeSource(deps, { asset, signal })
  const parameters = outputParameters(version, settings)
  const folder = resultsFolder(asset, deps.serviceBucket)
  const key = asset.nextTranscode?.key ?? asset.encryption?.key
  const protection = await protectRun(deps, asset, { run, key })
  const target = {
    ...{ store, bucket: folder.bucket, playFolder: folder.prefix + PLAY_FOLDER, parameters },
    runs: { hls: run, others: protection ? clearRun(run) : run },
    ...(protection && { protection }),
  }
  const plan = planOf(asset, settings, media.abilities)
  const planned = note === undefined ? plan : withNote(plan, note)
  requirePossible(planned, media.abilities)
  const marks = await markPictures(deps, asset.projectId, { plan: planned, signal })
  const encoding = { ...sources, marks, plan: planned, target }
  const ladder = settings.contentAdaptive
    ? await encodeAdapted(deps, encoding, context)
    : await encodeTolerantly(deps, encoding, context)
  await verifyLadder({ media, store }, ladder, { ...target, signal })
  const fileBytes = await writeFiles({ ...target, media, signal }, ladder)
  for (const { file, text, contentType } of [...ladderPlaylists(ladder), ...ladderManifests(ladder)]) {
    await store.put(objectIn(folder, PLAY_FOLDER + file), new TextEncoder().encode(text), { contentType, signal })
  }
  return { ladder, fileBytes }
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
  readonly target: LadderTarget
}

/** Another name that follows from the try's; what lies there is meant to be clear. */
const clearRun = (run: string): string => createHash('sha256').update(`clear ${run}`).digest('hex').slice(0, 32)

/** Enough for any but pictures of which the encoder can make no less. */
const MOST_ENCODES = 3

const encodeAdapted = async (
  deps: TranscodeDeps,
  { plan, ...encoding }: Encoding,
  context: TaskContext,
): Promise<EncodedLadder> => {
  const { media } = deps
  let wanted = await adaptRates({ media, source: encoding.source, plan, signal: context.signal })
  for (let encodes = 1; ; encodes++) {
    const ladder = await encodeTolerantly(deps, { ...encoding, plan: wanted }, context)
    const less = withoutExcess(wanted, ladder)
    if (!less) return ladder
    if (encodes === MOST_ENCODES) return { ...ladder, plan: withNote(ladder.plan, EXCESS) }
    wanted = less
  }
}

const EXCESS = 'An output has more bits than the template group says: its pictures cannot be encoded with less'

/**
 * Strict first, so that damage is noticed; then, for a source that failed it, past the damage, with a note on the asset, and without
 * passing on any of it.
 */
const encodeTolerantly = async (
  { media }: TranscodeDeps,
  { plan, target, ...sources }: Encoding,
  { signal, progress }: TaskContext,
): Promise<EncodedLadder> => {
  const onProgress = (positionMs: number) => progress(Math.min(1, positionMs / Math.max(plan.media.durationMs, 1)))
  const fitting = await passThrough({ media, source: sources.source, plan, signal })
  try {
    return await encodeLadder({ media, ...sources, plan: fitting, signal, onProgress }, target)
  } catch (error) {
    if (!(error instanceof MediaFailure && error.permanent)) throw error
    const again = { ...plan, tolerant: true, strictFailure: error.reason }
    return encodeLadder({ media, ...sources, plan: again, signal, onProgress }, target)
  }
}

const nothingFor = ({ media }: EncodePlan): string =>
  media.video
    ? 'the template group wants sound alone, and the source has none'
    : 'the template group wants no sound, and the source has no picture'
