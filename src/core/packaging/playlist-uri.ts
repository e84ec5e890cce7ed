/**
 * A path below the playlist's folder, percent-encoded for it. Players resolve it against the playlist's own address, so
 * that a stream plays from any host, also copied elsewhere. Encoding leaves no scheme, quote or line end in it.
 */
export const playlistUri = (path: string): string => {
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new Error(`A playlist can only name a path below itself, not ${JSON.stringify(path)}.`)
  }
  return parts.map(encodeURIComponent).join('/')
}
