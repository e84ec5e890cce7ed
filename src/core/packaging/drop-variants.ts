const VARIANT = '#EXT-X-STREAM-INF:'

/** A master playlist of ours without the variants of these media playlists. */
export const dropVariants = (text: string, uris: ReadonlySet<string>): string => {
  const kept: string[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    // The line behind it is the variant's address.
    if (line.startsWith(VARIANT) && uris.has(lines[at + 1] ?? '')) at++
    else kept.push(line)
  }
  return kept.join('\n')
}
