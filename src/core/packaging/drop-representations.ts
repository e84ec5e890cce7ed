/** A DASH manifest of ours without these representations, by their ids. */
export const dropRepresentations = (text: string, ids: ReadonlySet<string>): string => {
  const kept: string[] = []
  let isDropped = false
  for (const line of text.split('\n')) {
    const id = /^<Representation id="([^"]*)"/.exec(line)?.[1]
    if (id !== undefined) isDropped = ids.has(id)
    if (!isDropped) kept.push(line)
    if (line === '</Representation>') isDropped = false
  }
  return kept.join('\n')
}
