/** Memory that is filled place after place. */
export type Places = readonly Uint8Array[]

export const roomIn = (places: Places): number => places.reduce((sum, { length }) => sum + length, 0)

/** What is left to fill behind so many bytes; no place of it is empty. */
export const withoutFirst = (places: Places, bytes: number): Places => {
  let rest = bytes
  return places.flatMap((place) => {
    const taken = Math.min(rest, place.length)
    rest -= taken
    return taken < place.length ? [place.subarray(taken)] : []
  })
}

/** Answers how many bytes came; where they are more than there is room for, it stops. */
export const fillBy = async (places: Places, chunks: AsyncIterable<Uint8Array>): Promise<number> => {
  const room = roomIn(places)
  let [rest, bytes] = [places, 0]
  for await (const chunk of chunks) {
    bytes += chunk.length
    let at = 0
    for (const place of rest) {
      place.set(chunk.subarray(at, at + place.length))
      at += place.length
    }
    if (bytes > room) break
    rest = withoutFirst(rest, chunk.length)
  }
  return bytes
}
