import { MASTER_PLAYLIST } from '../catalog/object-keys.ts'
import { indexObject } from '../catalog/stream-files.ts'
import { masterPlaylist, type PlaylistVariant } from '../packaging/master-playlist.ts'
import { measureBandwidth } from '../packaging/measure-bandwidth.ts'
import { mediaPlaylist } from '../packaging/media-playlist.ts'
import { type EncodedLadder, trackName } from './encode-ladder.ts'
import { audioPlaylist, type LadderOutput, ladderOutputs, publicName } from './ladder-outputs.ts'
import type { EncodeOutput } from './ports.ts'
import { INIT_FILE, type StoredTrack } from './store-track.ts'

export interface ManifestFile {
  readonly file: string
  readonly text: string
  readonly contentType: string
}

const HLS_TYPE = 'application/vnd.apple.mpegurl'

/**
 * The HLS playlists of a ladder under the names of its run, the index last. That names them as viewers know them, by their
 * parameters (`servedObject`). Empty without HLS.
 */
export const ladderPlaylists = (ladder: EncodedLadder): readonly ManifestFile[] => {
  const { plan, run, audio } = ladder
  const outputs = ladderOutputs(ladder).filter(({ format }) => format === 'HLS')
  if (outputs.length === 0) return []
  const hasPicture = outputs.some(({ rung }) => rung)
  const audioFile = audioPlaylist(run)
  const master = masterPlaylist({
    variants: outputs.map((output) => variantOf(ladder, output)),
    ...(audio && hasPicture && { audio: { uri: publicName(ladder, audioFile), channels: plan.audio?.channels ?? 2 } }),
  })
  const media = outputs.map(({ file, of, tracks: [track] }) => ({ file, of, track }))
  const withSound = media.some(({ file }) => file === audioFile)
    ? media
    : [...media, { file: audioFile, of: { type: 'audio' } as const, track: audio }]
  return [
    ...withSound.flatMap(({ file, of, track }) =>
      track ? { file, text: trackPlaylist(ladder, track, of), contentType: HLS_TYPE } : [],
    ),
    { file: indexObject(run, MASTER_PLAYLIST), text: master, contentType: HLS_TYPE },
  ]
}

const trackPlaylist = ({ run, plan, keyUri }: EncodedLadder, track: StoredTrack, of: EncodeOutput): string => {
  const folder = trackName(run, of)
  return mediaPlaylist({
    init: `${folder}/${INIT_FILE}`,
    segments: track.segments.map(({ file, durationTicks }) => ({ uri: `${folder}/${file}`, durationTicks })),
    timescale: track.timescale,
    targetSeconds: plan.segmentSeconds,
    ...(keyUri !== undefined && { keyUri }),
  })
}

const variantOf = (ladder: EncodedLadder, { file, rung, tracks }: LadderOutput): PlaylistVariant => {
  const { plan } = ladder
  const { peak, average } = measureBandwidth(tracks, plan.segmentSeconds)
  const init = rung && tracks[0]?.init
  return {
    uri: publicName(ladder, file),
    bandwidth: peak,
    averageBandwidth: average,
    codecs: tracks.map((track) => track.init.codec),
    width: init?.width ?? 0,
    height: init?.height ?? 0,
    frameRate: init ? plan.frameRate : 0,
  }
}
