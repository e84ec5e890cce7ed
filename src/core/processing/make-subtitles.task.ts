import { createHash } from 'node:crypto'
import type { Asset } from '../catalog/asset.ts'
import { objectIn, PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import {
  changedSubtitles,
  type MadeSubtitle,
  type SubtitleChange,
  subtitleFile,
  subtitlePlaylistFile,
  unchangedSubtitles,
} from '../catalog/subtitles.ts'
import { subtitlePlaylist, webVtt } from '../packaging/web-vtt.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { SuspectFailure, type TaskContext, type TaskDefinition } from '../shared/task.ts'
import { type AddedText, addedSubtitles } from './added-subtitles.ts'
import { extractedSubtitles } from './extracted-subtitles.ts'
import type { MediaTool } from './ports.ts'
import { requireBuckets, type SourceDeps } from './stored-source.ts'

export interface SubtitleDeps extends SourceDeps {
  readonly reader: Pick<CatalogReader, 'assetById'>
  readonly store: Pick<ObjectStore, 'head' | 'put' | 'read'>
  readonly media: Pick<MediaTool, 'extractSubtitles'>
}

/**
 * The files of a change of an asset's subtitles, and then the change itself, in the transaction that completes the task: from there on the
 * indexes show it. Nothing is encoded, and no file that is there is written again. The picture is never worse off for it: a track of the source
 * that cannot be read is left out, with a note.
 */
export const makeSubtitles = (deps: SubtitleDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'subtitles',
  ...STEPS.subtitles,
  async run({ assetId }, context) {
    const asset = await deps.reader.assetById(assetId)
    const change = asset && ongoing(asset)
    if (!asset || !change) return async () => {}
    await requireBuckets(deps, asset)
    const { texts, notes } =
      change.type === 'extract'
        ? await extractedSubtitles(deps, asset, context)
        : { texts: addedSubtitles(deps, { asset, change, signal: context.signal }), notes: [] }
    const made: MadeSubtitle[] = []
    for await (const text of texts) {
      made.push(await writeSubtitle(deps.store, { ...place(deps, asset), text, n: made.length }, context))
    }
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      // Cancelled meanwhile, or even another one asked for: what was written is litter.
      if (!now?.subtitles || JSON.stringify(ongoing(now)) !== JSON.stringify(change)) return
      const subtitles = changedSubtitles(now.subtitles, change, made)
      const note = notes.length > 0 ? { note: notes.join('. ') } : {}
      await tx.updateAsset(assetId, { subtitles: { ...subtitles, ...note } })
      await tx.record(assetId, { type: 'subtitles_changed' })
    }
  },
  // They are as they were.
  failed:
    ({ assetId }, reason) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (!asset?.subtitles || !ongoing(asset)) return
      await tx.updateAsset(assetId, { subtitles: unchangedSubtitles(asset.subtitles, `Subtitles: ${reason}`) })
      await tx.record(assetId, { type: 'subtitles_failed' })
    },
})

const ongoing = ({ ingest, subtitles }: Asset): SubtitleChange | undefined =>
  ingest.state === 'created' ? subtitles?.change : undefined

const place = ({ serviceBucket }: SubtitleDeps, asset: Asset) => ({
  folder: resultsFolder(asset, serviceBucket),
  durationMs: asset.media?.durationMs ?? 0,
})

interface Writing extends ReturnType<typeof place> {
  readonly text: AddedText
  /** Among those of the try. */
  readonly n: number
}

/** Named after the try, so no other one touches it. */
const writeSubtitle = async (
  store: SubtitleDeps['store'],
  { folder, durationMs, text: { cues, ...subtitle }, n }: Writing,
  { signal, tryId }: TaskContext,
): Promise<MadeSubtitle> => {
  const file = createHash('sha256').update(`subtitle ${n} of ${tryId}`).digest('hex').slice(0, 32)
  const [vtt, playlist] = [webVtt(cues), subtitlePlaylist(subtitleFile(file), durationMs)].map((text) =>
    new TextEncoder().encode(text),
  )
  if (!vtt || !playlist) throw new Error('two texts give two files')
  const files = [
    { name: subtitleFile(file), bytes: vtt, contentType: 'text/vtt; charset=utf-8' },
    { name: subtitlePlaylistFile(file), bytes: playlist, contentType: 'application/vnd.apple.mpegurl' },
  ]
  for (const { name, bytes, contentType } of files) {
    const object = objectIn(folder, PLAY_FOLDER + name)
    await store.put(object, bytes, { contentType, signal })
    const stored = await store.head(object, signal)
    if (stored?.sizeBytes !== bytes.length)
      throw new SuspectFailure('a subtitle file is not in the store as it was written')
  }
  return { ...subtitle, file, sizeBytes: vtt.length }
}
