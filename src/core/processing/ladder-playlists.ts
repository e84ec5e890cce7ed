import { MASTER_PLAYLIST } from '../catalog/object-keys.ts'
import { indexObject } from '../catalog/stream-files.ts'
import { masterPlaylist, type PlaylistSound, type PlaylistVariant } from '../packaging/master-playlist.ts'
import { measureBandwidth } from '../packaging/measure-bandwidth.ts'
import { longestSeconds, mediaPlaylist } from '../packaging/media-playlist.ts'
import { type EncodedLadder, type LadderTrack, trackName, trackOf } from './encode-ladder.ts'
import { type LadderOutput, ladderOutputs, publicName, soundPlaylist, tracksIn } from './ladder-outputs.ts'
import { INIT_FILE, type StoredTrack } from './store-track.ts'

export interface ManifestFile {
  readonly file: string
  readonly text: string
  readonly contentType: string
  /** Of a media playlist: whose segments it names. */
  readonly of?: LadderTrack
}

const HLS_TYPE = 'application/vnd.apple.mpegurl'

/**
 * The HLS playlists of a ladder under the names of its run, the index last. That names them as viewers know them, by their
 * parameters (`servedObject`). Empty without HLS.
 */
export const ladderPlaylists = (ladder: EncodedLadder): readonly ManifestFile[] => {
  const outputs = ladderOutputs(ladder).filter(({ format }) => format === 'HLS')
  if (outputs.length === 0) return []
  const media = mediaFiles(outputs)
  // RFC 8216, 6.2.4: all of them have the same.
  const targetSeconds = Math.max(
    ladder.plan.segmentSeconds,
    ...[...media.values()].map(({ track }) => longestSeconds(track)),
  )
  const master = masterPlaylist({
    variants: outputs.map((output) => variantOf(ladder, output)),
    sounds: sharedSounds(ladder, outputs),
    independent: [...media.values()].every(({ track }) => track.independent),
  })
  return [
    ...[...media].map(([file, track]) => ({
      file,
      text: trackPlaylist(ladder, track, targetSeconds),
      contentType: HLS_TYPE,
      of: track,
    })),
    { file: indexObject(ladder.runs.hls, MASTER_PLAYLIST), text: master, contentType: HLS_TYPE },
  ]
}

/** Each media playlist by its name: of the pictures, and of the sounds, which pictures share. */
const mediaFiles = (outputs: readonly LadderOutput[]): ReadonlyMap<string, LadderTrack> =>
  new Map(
    outputs.flatMap(({ run, file, picture, sound }): readonly (readonly [string, LadderTrack])[] => [
      ...(picture ? [[file, picture] as const] : []),
      ...(sound ? [[soundPlaylist(run, sound.of), sound] as const] : []),
    ]),
  )

/** Those that play beside a picture. */
const sharedSounds = (ladder: EncodedLadder, outputs: readonly LadderOutput[]): readonly PlaylistSound[] => {
  const shared = new Map<string, PlaylistSound>()
  for (const { picture, sound } of outputs) {
    if (!picture || !sound) continue
    const { group, uri } = soundIn(ladder, sound)
    shared.set(group, { group, uri, channels: sound.audio.channels })
  }
  return [...shared.values()]
}

const soundIn = (ladder: EncodedLadder, { of }: LadderTrack) => ({
  group: trackOf(of),
  uri: publicName(ladder, soundPlaylist(ladder.runs.hls, of)),
})

const trackPlaylist = ({ runs, keyUri }: EncodedLadder, { of, track }: LadderTrack, targetSeconds: number): string => {
  const folder = trackName(runs.hls, of)
  return mediaPlaylist({
    ...(track.container === 'cmaf' && { init: `${folder}/${INIT_FILE}` }),
    segments: track.segments.map(({ file, durationTicks }) => ({ uri: `${folder}/${file}`, durationTicks })),
    timescale: track.timescale,
    independent: track.independent,
    targetSeconds,
    ...(keyUri !== undefined && { keyUri }),
  })
}

/**
 * Players of HLS know MP3 by its name as an audio object of MPEG-4, and take the one of its box for something in MP4. Beside a picture
 * hls.js leaves out sound of either name, and plays what has none.
 */
const codecsOf = (tracks: readonly StoredTrack[]): readonly string[] => {
  const packed = tracks.length > 1 ? [] : ['mp4a.40.34']
  return tracks.flatMap(({ container, init }) => (container === 'packed' ? packed : init.codec))
}

const variantOf = (ladder: EncodedLadder, output: LadderOutput): PlaylistVariant => {
  const { file, picture, sound } = output
  const tracks = tracksIn(output)
  const { peak, average } = measureBandwidth(tracks, ladder.plan.segmentSeconds)
  return {
    uri: publicName(ladder, file),
    bandwidth: peak,
    averageBandwidth: average,
    codecs: codecsOf(tracks),
    width: picture?.rung.width ?? 0,
    height: picture?.rung.height ?? 0,
    frameRate: picture?.rung.frameRate ?? 0,
    ...(picture && sound && { sound: soundIn(ladder, sound).group }),
  }
}
