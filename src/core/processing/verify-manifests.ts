import { checkManifest } from '../packaging/check-manifest.ts'
import { checkPlaylist } from '../packaging/check-playlist.ts'
import { type EncodedLadder, trackName, tracksOf } from './encode-ladder.ts'
import { DASH_TYPE } from './ladder-manifests.ts'
import type { ManifestFile } from './ladder-playlists.ts'
import { unverified } from './verify-ladder.ts'

/** Reads what is about to be stored as players will: its arithmetic must be that of the tracks. Throws with the first findings. */
export const verifyManifests = (ladder: EncodedLadder, files: readonly ManifestFile[]): void => {
  const named = new Map(tracksOf(ladder).map(({ of, track }) => [trackName(ladder.runs.others, of), track]))
  const findings = files.flatMap(({ text, contentType, of: playlistOf }) => {
    if (playlistOf) return checkPlaylist(text, namedTrack(ladder, playlistOf))
    return contentType === DASH_TYPE ? checkManifest(text, named) : []
  })
  if (findings.length > 0) throw unverified(findings.slice(0, 5).join(' '))
}

const namedTrack = ({ runs }: EncodedLadder, { of, track }: NonNullable<ManifestFile['of']>) => ({
  ...track,
  paths: track.segments.map(({ file }) => `${trackName(runs.hls, of)}/${file}`),
})
