/** What a playlist or manifest leads to, as paths below `/asset/{id}/`, in its order. */
export interface NamedFiles {
  readonly playlists: readonly string[]
  /** Init segments, and subtitles of a manifest. */
  readonly heads: readonly string[]
  readonly segments: readonly string[]
}

/** For playlists and manifests of ours, and streams that were looked through; whatever leads elsewhere is left out. */
export const namedFiles = (path: string, text: string): NamedFiles =>
  path.endsWith('.mpd') ? ofManifest(path, text) : ofPlaylist(path, text)

/** Paths that stand for further ones. */
export const isListing = (path: string): boolean => /\.(?:m3u8|mpd)$/i.test(path)

const LEADING = /^#EXT-X-(?:MEDIA|I-FRAME-STREAM-INF):.*\bURI="([^"]+)"/gm
const MAP = /^#EXT-X-MAP:.*\bURI="([^"]+)"/gm

const ofPlaylist = (path: string, text: string): NamedFiles => {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'))
  // A playlist of playlists names no segments, whatever its children are called.
  const isMaster = text.includes('#EXT-X-STREAM-INF')
  return {
    playlists: below(path, [...addresses(text, LEADING), ...(isMaster ? lines : [])]),
    heads: below(path, addresses(text, MAP)),
    segments: below(path, isMaster ? [] : lines),
  }
}

/** Subtitles: one file each. */
const BASE = /<BaseURL>([^<]+)<\/BaseURL>/g
const TEMPLATE = /<SegmentTemplate[^>]*? initialization="([^"]+)" media="([^"]+)"[^>]*>(.*?)<\/SegmentTemplate>/gs

/** As `packaging/dash-manifest` writes them. Segments of all tracks take turns, so that the first ones are the beginnings of all. */
const ofManifest = (path: string, text: string): NamedFiles => {
  const tracks = [...text.matchAll(TEMPLATE)].map(([, init = '', media = '', timeline = '']) => ({
    init,
    segments: Array.from({ length: countOf(timeline) }, (_, n) =>
      media.replace('$Number%05d$', String(n).padStart(5, '0')),
    ),
  }))
  const longest = Math.max(0, ...tracks.map(({ segments }) => segments.length))
  const inTurns = Array.from({ length: longest }, (_, n) => tracks.flatMap(({ segments }) => segments[n] ?? []))
  const files = [...tracks.map(({ init }) => init), ...addresses(text, BASE)]
  return {
    playlists: [],
    heads: below(path, files),
    segments: below(path, inTurns.flat()),
  }
}

const countOf = (timeline: string): number =>
  [...timeline.matchAll(/<S\b[^>]*>/g)].reduce(
    (sum, [tag]) => sum + 1 + Number(/ r="(\d{1,6})"/.exec(tag)?.[1] ?? 0),
    0,
  )

const addresses = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, address = '']) => address)

const ROOT = 'http://asset/'

/** Only plain paths below the asset: nothing here is ever fetched from elsewhere. */
const below = (path: string, found: readonly string[]): readonly string[] => [
  ...new Set(
    found.flatMap((address) => {
      const url = URL.parse(address, ROOT + path)
      return url?.href.startsWith(ROOT) ? [url.pathname.slice(1)] : []
    }),
  ),
]
