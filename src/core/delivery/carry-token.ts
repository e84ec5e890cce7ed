/** What a query may hold of a token: ours, and those of key services that tenants run. */
const TOKEN = /^[\w.~+/=:@!$*,;-]{1,4096}$/

/** The token of a request's query, if it is one. */
export const readToken = (query: URLSearchParams): string | undefined => {
  const token = query.get('token')
  return token !== null && TOKEN.test(token) ? token : undefined
}

/**
 * The same playlist, whose keys and child playlists are asked for with the token that it was asked for with: players do not
 * carry queries on themselves. Segments need none, they are encrypted. For playlists of ours.
 */
export const carryToken = (playlist: string, token: string): string => {
  const pair = `token=${encodeURIComponent(token)}`
  const withToken = (uri: string) => `${uri}${uri.includes('?') ? '&' : '?'}${pair}`
  const carry = (line: string): string => {
    if (LEADING_TAGS.some((tag) => line.startsWith(tag))) {
      return line.replace(/URI="([^"]+)"/, (_, uri: string) => `URI="${withToken(uri)}"`)
    }
    return !line.startsWith('#') && line.endsWith('.m3u8') ? withToken(line) : line
  }
  return playlist.split('\n').map(carry).join('\n')
}

/** Tags that name keys or playlists. */
const LEADING_TAGS = ['#EXT-X-KEY:', '#EXT-X-MEDIA:', '#EXT-X-I-FRAME-STREAM-INF:']
