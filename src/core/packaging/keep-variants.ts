const VARIANT = '#EXT-X-STREAM-INF:'

/** A master playlist of ours with no other variants than these, by the addresses of their media playlists. */
export const keepVariants = (text: string, isKept: (uri: string) => boolean): string => {
  const kept: string[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    // The line behind it is the variant's address.
    if (line.startsWith(VARIANT) && !isKept(lines[at + 1] ?? '')) at++
    else kept.push(line)
  }
  return kept.join('\n')
}
