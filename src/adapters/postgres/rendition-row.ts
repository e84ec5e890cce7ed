import type { Insertable, Selectable } from 'kysely'
import type { Rendition, RenditionFormat } from '../../core/catalog/rendition.ts'
import type { AudioCodec, Quality, VideoCodec } from '../../core/catalog/transcode-settings.ts'
import type { AssetId } from '../../core/shared/ids.ts'
import type { Rendition as RenditionTable } from './schema.generated.ts'

/** The casts hold because only this file writes these columns and the schema's checks bound them. */
export const toRendition = (row: Selectable<RenditionTable>): Rendition => ({
  assetId: row.asset_id as AssetId,
  run: row.run,
  index: row.idx,
  format: row.format as RenditionFormat,
  ...(row.quality !== null && { quality: row.quality as Quality }),
  ...(row.video_codec !== null && { videoCodec: row.video_codec as VideoCodec }),
  ...(row.audio_codec !== null && { audioCodec: row.audio_codec as AudioCodec }),
  ...(row.sound_track !== null && { soundTrack: row.sound_track }),
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
  format: rendition.format,
  quality: rendition.quality ?? null,
  video_codec: rendition.videoCodec ?? null,
  audio_codec: rendition.audioCodec ?? null,
  sound_track: rendition.soundTrack ?? null,
  width: rendition.width,
  height: rendition.height,
  frame_rate: rendition.frameRate,
  bit_rate_kbps: rendition.bitRateKbps,
  duration_ms: rendition.durationMs,
  size_bytes: rendition.sizeBytes,
  frames: rendition.frames,
  playlist: rendition.playlist,
})
