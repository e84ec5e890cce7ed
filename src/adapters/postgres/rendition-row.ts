import type { Insertable, Selectable } from 'kysely'
import type { Rendition } from '../../core/catalog/rendition.ts'
import type { Quality } from '../../core/catalog/transcode-settings.ts'
import type { AssetId } from '../../core/shared/ids.ts'
import type { Rendition as RenditionTable } from './schema.generated.ts'

export const toRendition = (row: Selectable<RenditionTable>): Rendition => ({
  assetId: row.asset_id as AssetId,
  run: row.run,
  index: row.idx,
  ...(row.quality !== null && { quality: row.quality as Quality }),
  ...(row.video_codec !== null && { videoCodec: 'h264' }),
  width: row.width,
  height: row.height,
  frameRate: row.frame_rate,
  bitRateKbps: row.bit_rate_kbps,
  durationMs: row.duration_ms,
  sizeBytes: row.size_bytes,
  frames: row.frames,
  playlist: row.playlist,
})

export const toRenditionRow = (rendition: Rendition): Insertable<RenditionTable> => ({
  asset_id: rendition.assetId,
  run: rendition.run,
  idx: rendition.index,
  quality: rendition.quality ?? null,
  video_codec: rendition.videoCodec ?? null,
  width: rendition.width,
  height: rendition.height,
  frame_rate: rendition.frameRate,
  bit_rate_kbps: rendition.bitRateKbps,
  duration_ms: rendition.durationMs,
  size_bytes: rendition.sizeBytes,
  frames: rendition.frames,
  playlist: rendition.playlist,
})
