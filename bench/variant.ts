/** One variant of a stream, by the names that a player finds in its playlist. */
export interface Variant {
  /** As it was sent. */
  readonly playlist: string
  readonly init?: string
  readonly segments: readonly string[]
}

export const variantOf = async (master: string, rung: number): Promise<Variant> => {
  const [variant] = linesOf((await fetched(master)).toString()).slice(rung)
  if (variant === undefined) throw new Error(`the stream has no variant ${rung}`)
  return await readVariant(new URL(variant, master).href)
}

export const readVariant = async (url: string): Promise<Variant> => {
  const playlist = (await fetched(url)).toString()
  const init = /#EXT-X-MAP:URI="([^"]+)"/.exec(playlist)?.[1]
  const absolute = (uri: string) => new URL(uri, url).href
  return {
    playlist,
    ...(init !== undefined && { init: absolute(init) }),
    segments: linesOf(playlist).map(absolute),
  }
}

/** All of its bytes: the initialisation segment and the segments. */
export const bytesOfVariant = async ({ init, segments }: Variant): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  for (const url of [...(init === undefined ? [] : [init]), ...segments]) parts.push(await fetched(url))
  return Buffer.concat(parts)
}

const linesOf = (playlist: string): readonly string[] =>
  playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

const fetched = async (url: string): Promise<Buffer> => {
  const reply = await fetch(url)
  if (!reply.ok) throw new Error(`${new URL(url).pathname} answered ${reply.status}`)
  return Buffer.from(await reply.arrayBuffer())
}
