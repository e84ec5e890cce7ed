const VARIANT = '#EXT-X-STREAM-INF:'
const SOUND = '#EXT-X-MEDIA:'

/** A master playlist of ours with no other variants than these, by the addresses of their media playlists, and the sounds of these. */
export const keepVariants = (text: string, isKept: (uri: string) => boolean): string => {
  const kept: string[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    // The line behind it is the variant's address.
    if (line.startsWith(VARIANT) && !isKept(lines[at + 1] ?? '')) at++
    else kept.push(line)
  }
  return withPresentSounds(kept).join('\n')
}

const withPresentSounds = (lines: readonly string[]): readonly string[] => {
  const groups = new Set(lines.flatMap((line) => /,AUDIO="([^"]+)"/.exec(line)?.[1] ?? []))
  return lines.filter((line) => !line.startsWith(SOUND) || groups.has(/,GROUP-ID="([^"]+)"/.exec(line)?.[1] ?? ''))
}
