import { KEY_TAG, keyLine } from './segment-cipher.ts'

export interface PlaylistRewrite {
  /** The run that the playlist names, and the one that it will. */
  readonly from: string
  readonly to: string
  /** Where players get the key from now on; absent: the segments are clear. */
  readonly keyUri?: string
}

/** The same playlist for a run whose segments were written again under another key. For playlists of ours. */
export const rewritePlaylist = (text: string, { from, to, keyUri }: PlaylistRewrite): string => {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith(KEY_TAG)) continue
    if (isUri(line) && keyUri !== undefined) {
      // The line before it is its duration, and the key comes before that.
      lines.splice(-1, 0, keyLine(keyUri, decodeURIComponent(rename(line, from, to))))
    }
    lines.push(rename(line, from, to))
  }
  return lines.join('\n')
}

/** The init segment and the segments that a media playlist of ours names, as paths below its folder. */
export const filesOf = (text: string): readonly string[] => {
  const maps = [...text.matchAll(/^#EXT-X-MAP:URI="([^"]+)"/gm)].map(([, uri = '']) => uri)
  return [...maps, ...text.split('\n').filter(isUri)].map(decodeURIComponent)
}

const isUri = (line: string): boolean => line !== '' && !line.startsWith('#')

// 32 random hex digits occur nowhere but in names.
const rename = (line: string, from: string, to: string): string => line.replaceAll(from, to)
