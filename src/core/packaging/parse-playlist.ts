import { type ParsedMaster, parseMaster } from './parse-master-playlist.ts'
import { type ParsedMedia, parseMedia } from './parse-media-playlist.ts'
import { playlistLines } from './playlist-lines.ts'

export type ParsedPlaylist = ParsedMaster | ParsedMedia

const MASTER_TAGS: ReadonlySet<string> = new Set(['EXT-X-STREAM-INF', 'EXT-X-MEDIA', 'EXT-X-I-FRAME-STREAM-INF'])

/**
 * Reads somebody else's HLS playlist strictly: finished, unencrypted, and naming nothing but what lies in its own folder or
 * below. `folder` is the playlist's own below the stream's; empty, or ends in a slash. Throws `PlaylistDefect`.
 */
export const parsePlaylist = (text: string, folder: string): ParsedPlaylist => {
  const lines = playlistLines(text)
  const isMaster = lines.some((line) => line.type === 'tag' && MASTER_TAGS.has(line.name))
  return isMaster ? parseMaster(lines, folder) : parseMedia(lines, folder)
}
