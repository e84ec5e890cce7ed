import { adoptedRenditionsOf, madeRenditions } from '../catalog/adopted-file.ts'
import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { failedTranscode, orderedGroup } from '../catalog/failed-transcode.ts'
import type { AssetPatch, CatalogTx } from '../catalog/ports.ts'
import type { Rendition } from '../catalog/rendition.ts'
import type { StepInput } from '../catalog/steps.ts'
import { retire } from '../catalog/stream-files.ts'
import { subtitlesOfNewOutputs } from '../catalog/subtitles.ts'
import type { Now } from '../shared/clock.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import type { Commit } from '../shared/task.ts'
import type { EncodedLadder, LadderTarget } from './encode-ladder.ts'
import { ladderManifests } from './ladder-manifests.ts'
import { ladderPlaylists } from './ladder-playlists.ts'
import { ladderRenditions } from './ladder-renditions.ts'
import type { MediaTool } from './ports.ts'
import { sourceNote, verifyLadder } from './verify-ladder.ts'
import { verifyManifests } from './verify-manifests.ts'
import { writeFiles } from './write-files.ts'

export interface EndDeps {
  readonly store: ObjectStore
  readonly media: MediaTool
  readonly now: Now
}

/** Whether somebody still waits for the transcode: it may have been cancelled, or the asset deleted. */
export const isWanted = (asset: Asset): boolean => asset.ingest.state === 'created' && isTranscoding(asset)

export interface MadeLadder {
  readonly ladder: EncodedLadder
  /** Of the outputs that are one file, by name. */
  readonly fileBytes: ReadonlyMap<string, number>
}

/** Everything behind the segments: they are verified, and files, playlists and manifests written over them. */
export const finishLadder = async (
  { store, media }: EndDeps,
  ladder: EncodedLadder,
  { signal, ...target }: LadderTarget & { readonly signal: AbortSignal },
): Promise<MadeLadder> => {
  const { bucket, playFolder } = target
  await verifyLadder({ media, store }, ladder, { bucket, playFolder, signal })
  const fileBytes = await writeFiles({ store, media, bucket, playFolder, signal }, ladder)
  const manifests = [...ladderPlaylists(ladder), ...ladderManifests(ladder)]
  verifyManifests(ladder, manifests)
  for (const { file, text, contentType } of manifests) {
    await store.put({ bucket, key: playFolder + file }, new TextEncoder().encode(text), { contentType, signal })
  }
  return { ladder, fileBytes }
}

/** All renditions at once, in the transaction that completes the task. `repeated`: an earlier try may have left files. */
export const transcodeEnded =
  (
    { now }: Pick<EndDeps, 'now'>,
    { assetId }: StepInput,
    { ladder, fileBytes, repeated }: MadeLadder & { readonly repeated: boolean },
  ): Commit<CatalogTx> =>
  async (tx) => {
    const asset = await tx.lockAsset(assetId)
    // Cancelled or deleted in the meantime: the files are litter now, which a sweep removes.
    if (!asset || !isWanted(asset)) return
    const note = sourceNote(ladder)
    const all = await tx.renditions(assetId)
    const [adopted, before] = [adoptedRenditionsOf(asset, all), madeRenditions(asset, all)]
    await tx.replaceRenditions(assetId, inOrder([...adopted, ...ladderRenditions(assetId, ladder, fileBytes)]))
    await tx.updateAsset(assetId, {
      ...settledOrder(asset),
      transcode: { state: 'succeeded', ...(note !== undefined && { note }) },
      index: ladder.runs.hls,
      ...(asset.subtitles && { subtitles: subtitlesOfNewOutputs(asset.subtitles) }),
      preview: null,
      retired: retire(asset, before, {
        nowMs: now().getTime(),
        key: asset.nextTranscode?.key ?? asset.encryption?.key,
      }),
    })
    await tx.record(assetId, {
      type: 'transcoded',
      repeated: repeated || before.length > 0 || asset.preview !== undefined,
    })
  }

export const transcodeFailed =
  ({ assetId }: StepInput, reason: string): Commit<CatalogTx> =>
  async (tx) => {
    const asset = await tx.lockAsset(assetId)
    if (!asset || !isWanted(asset)) return
    const text = `Transcoding ${asset.videoName} failed: ${reason}`
    await tx.updateAsset(assetId, failedTranscode(asset, text))
    await tx.record(assetId, { type: 'transcode_failed', ...orderedGroup(asset) })
  }

const inOrder = (renditions: readonly Rendition[]): readonly Rendition[] =>
  renditions.map((rendition, index) => ({ ...rendition, index }))

const settledOrder = ({ nextTranscode, encryption }: Asset): AssetPatch => {
  if (!nextTranscode) return {}
  const { templateGroup, templateGroupId, settings, key } = nextTranscode
  return {
    ...{ templateGroup, templateGroupId, transcodeSettings: settings, nextTranscode: null },
    ...(key !== undefined && { encryption: { ...encryption, key } }),
  }
}
