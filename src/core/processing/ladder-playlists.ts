import { MASTER_PLAYLIST } from '../catalog/object-keys.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { masterPlaylist, type PlaylistVariant } from '../packaging/master-playlist.ts'
import { measureBandwidth } from '../packaging/measure-bandwidth.ts'
import { mediaPlaylist } from '../packaging/media-playlist.ts'
import type { AssetId } from '../shared/ids.ts'
import { type EncodedLadder, trackName } from './encode-ladder.ts'
import type { EncodePlan } from './encode-plan.ts'
import type { EncodeOutput } from './ports.ts'
import { INIT_FILE, type StoredTrack } from './store-track.ts'

export interface PlaylistFile {
  readonly file: string
  readonly text: string
}

/** The playlists of a ladder as plain files, the master last: the folder plays from any static host. */
export const ladderPlaylists = (ladder: EncodedLadder): readonly PlaylistFile[] => {
  const { plan, video, audio } = ladder
  const audioFile = audioPlaylist(ladder)
  const variants =
    video.length > 0 ? video.map((track, rung) => videoVariant(ladder, track, rung)) : audioVariant(ladder)
  const master = masterPlaylist({
    variants,
    ...(audio && video.length > 0 && { audio: { uri: audioFile, channels: plan.audio?.channels ?? 2 } }),
  })
  return [
    ...video.map((track, rung) => ({
      file: videoPlaylist(ladder, rung),
      text: trackPlaylist(ladder, track, { type: 'video', rung }),
    })),
    ...(audio ? [{ file: audioFile, text: trackPlaylist(ladder, audio, { type: 'audio' }) }] : []),
    { file: MASTER_PLAYLIST, text: master },
  ]
}

/** The catalog's record of each playable rendition: one per rung, or one for the sound alone. */
export const ladderRenditions = (assetId: AssetId, ladder: EncodedLadder): readonly Rendition[] => {
  const { plan, video, audio, run } = ladder
  if (video.length === 0 && audio) {
    const facts = { width: 0, height: 0, frameRate: 0, frames: 0, playlist: audioPlaylist(ladder) }
    return [{ assetId, run, index: 0, ...facts, ...sizeOf([audio]) }]
  }
  return plan.rungs.flatMap(({ quality, width, height }, index) => {
    const track = video[index]
    if (!track) return []
    const frames = track.segments.reduce((sum, { samples }) => sum + samples, 0)
    return {
      assetId,
      run,
      index,
      quality,
      videoCodec: 'h264' as const,
      width,
      height,
      frameRate: shownRate(plan, track, frames),
      frames,
      ...sizeOf(audio ? [track, audio] : [track]),
      playlist: videoPlaylist(ladder, index),
    }
  })
}

/** Of a variable rate its average: the plan knows only the cap. */
const shownRate = (
  { frames: { keep }, frameRate }: EncodePlan,
  { segments, timescale }: StoredTrack,
  frames: number,
): number => {
  const ticks = segments.reduce((sum, { durationTicks }) => sum + durationTicks, 0)
  return keep === 'spaced' && ticks > 0 ? Math.min(frameRate, (frames * timescale) / ticks) : frameRate
}

/** As the vendor names them: `{hash}_{n}_{width}X{height}_{kbit/s}_0.m3u8`. */
const videoPlaylist = ({ plan, run }: EncodedLadder, rung: number): string => {
  const { width, height, bitrateKbps } = plan.rungs[rung] ?? { width: 0, height: 0, bitrateKbps: 0 }
  return `${trackName(run, { type: 'video', rung })}_${width}X${height}_${bitrateKbps}_0.m3u8`
}

const audioPlaylist = ({ run }: EncodedLadder): string => `${trackName(run, { type: 'audio' })}.m3u8`

const trackPlaylist = (
  { run, plan, keyUri }: EncodedLadder,
  { segments, timescale }: StoredTrack,
  output: EncodeOutput,
): string => {
  const folder = trackName(run, output)
  return mediaPlaylist({
    init: `${folder}/${INIT_FILE}`,
    segments: segments.map(({ file, durationTicks }) => ({ uri: `${folder}/${file}`, durationTicks })),
    timescale,
    targetSeconds: plan.segmentSeconds,
    ...(keyUri !== undefined && { keyUri }),
  })
}

const videoVariant = (ladder: EncodedLadder, track: StoredTrack, rung: number): PlaylistVariant => {
  const { plan, audio } = ladder
  return {
    ...bandwidthOf(audio ? [track, audio] : [track], plan.segmentSeconds),
    uri: videoPlaylist(ladder, rung),
    codecs: [track.init.codec, ...(audio ? [audio.init.codec] : [])],
    width: track.init.width,
    height: track.init.height,
    frameRate: plan.frameRate,
  }
}

const audioVariant = (ladder: EncodedLadder): readonly PlaylistVariant[] => {
  const { plan, audio } = ladder
  if (!audio) return []
  const bandwidth = bandwidthOf([audio], plan.segmentSeconds)
  return [{ ...bandwidth, uri: audioPlaylist(ladder), codecs: [audio.init.codec], width: 0, height: 0, frameRate: 0 }]
}

const bandwidthOf = (tracks: readonly StoredTrack[], segmentSeconds: number) => {
  const { peak, average } = measureBandwidth(tracks, segmentSeconds)
  return { bandwidth: peak, averageBandwidth: average }
}

const sizeOf = (tracks: readonly StoredTrack[]) => {
  const [first] = tracks
  const ticks = first?.segments.reduce((sum, { durationTicks }) => sum + durationTicks, 0) ?? 0
  const durationMs = Math.round((ticks * 1000) / (first?.timescale ?? 1))
  const sizeBytes = tracks.flatMap(({ segments }) => segments).reduce((sum, segment) => sum + segment.sizeBytes, 0)
  return { durationMs, sizeBytes, bitRateKbps: Math.round((sizeBytes * 8) / Math.max(durationMs, 1)) }
}
