import type { Asset, AudioFormat } from '../catalog/asset.ts'
import { planAudio, plannedAudio, soundDefect } from '../catalog/audio-plan.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import { isAudioType } from '../catalog/video-type.ts'
import type { Now } from '../shared/clock.ts'
import type { AssetId, NewId, ProjectId } from '../shared/ids.ts'
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
 * video, or one without sound), `asset_busy` (its source was deleted), `storage_full`.
 */
export const orderExtraction =
  (deps: ExtractionDeps) =>
  (projectId: ProjectId, id: string, format: AudioFormat): Promise<AssetId> =>
    deps.db.write(async (tx) => {
      const video = await lockExisting(tx, projectId, id)
      requireSound(video)
      const audio = plannedAudio(video, planAudio(format, deps), deps.now())
      await tx.insertAsset(audio)
      await tx.record(audio.id, { type: 'extraction_ordered' })
      return audio.id
    })

const requireSound = (video: Asset): void => {
  const isInPlace = video.ingest.state === 'created' && video.media !== undefined
  if (!isInPlace && !isAudioType(video.videoType)) throw new DomainError({ kind: 'asset_not_ready' })
  const reason = soundDefect(video)
  if (reason !== undefined) throw new DomainError({ kind: 'media_unsupported', reason })
  if (video.sourceRemoved) throw new DomainError({ kind: 'asset_busy' })
}
