import type { Asset, AudioFormat } from '../catalog/asset.ts'
import { isEncrypted } from '../catalog/encryption.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import { objectIn, resultsFolder, sourceFileName } from '../catalog/object-keys.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import { isAudioType } from '../catalog/video-type.ts'
import type { Now } from '../shared/clock.ts'
import { type AssetId, type NewId, type ProjectId, parseAssetId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'

export interface ExtractionDeps {
  readonly db: Transactions<CatalogTx>
  readonly serviceBucket: string
  readonly newId: NewId
  readonly now: Now
}

/**
 * Makes an audio asset of the sound of a video asset; answers its id at once, the file follows. Each call makes another asset.
 * Throws `asset_not_found`, `asset_deleted`, `asset_not_ready` (source not in place or not probed yet), `media_unsupported` (no
 * video, or one without sound), `asset_busy` (its source was deleted).
 */
export const orderExtraction =
  (deps: ExtractionDeps) =>
  (projectId: ProjectId, id: string, format: AudioFormat): Promise<AssetId> =>
    deps.db.write(async (tx) => {
      const video = await lockExisting(tx, projectId, id)
      requireSound(video)
      const audio = audioOf(video, format, deps)
      await tx.insertAsset(audio)
      await tx.record(audio.id, { type: 'extraction_ordered' })
      return audio.id
    })

const requireSound = ({ ingest, media, videoType, sourceRemoved }: Asset): void => {
  const unsupported = (reason: string) => new DomainError({ kind: 'media_unsupported', reason })
  if (isAudioType(videoType)) throw unsupported('The asset is no video')
  if (ingest.state !== 'created' || !media) throw new DomainError({ kind: 'asset_not_ready' })
  if (!media.video) throw unsupported('The asset is no video')
  if (!media.audio) throw unsupported('The video has no sound')
  if (sourceRemoved) throw new DomainError({ kind: 'asset_busy' })
}

const audioOf = (video: Asset, format: AudioFormat, { serviceBucket, newId, now }: ExtractionDeps): Asset => {
  const { projectId, title, categoryId } = video
  const id = parseAssetId(newId())
  if (!id) throw new Error('newId must give 32 hex digits')
  const createdAt = now()
  const videoName = `${video.videoName.replace(/(?<=.)\.[^.]{1,8}$/s, '')}.${format.toLowerCase()}`
  const sourcePath = sourceFileName(newId(), videoName, format)
  return {
    ...{ id, projectId, createdAt, modifiedAt: createdAt, title, tags: [], videoType: format, videoName, sourcePath },
    // Made clear by the owner's own call, like the source's `sign_url`.
    description: `Sound of the asset ${video.id}${isEncrypted(video) ? ', which is encrypted; this file is not' : ''}`,
    ...(categoryId !== undefined && { categoryId }),
    // It is its own source: the size is known when it is made.
    source: { ...objectIn(resultsFolder({ projectId, id }, serviceBucket), sourcePath), sizeBytes: 0, etag: '' },
    ...{ ingest: { state: 'creating' }, published: false, publishWhenReady: false },
    ...{ transcode: { state: 'waiting' }, extraction: { from: video.id, format } },
    snapshots: { state: 'none' },
    ...{ sourceRemoved: false, options: {} },
  }
}
