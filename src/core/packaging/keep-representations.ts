/** A DASH manifest of ours with no other representations than these, by their ids. */
export const keepRepresentations = (text: string, isKept: (id: string) => boolean): string => {
  const kept: string[] = []
  let isDropped = false
  for (const line of text.split('\n')) {
    const id = /^<Representation id="([^"]*)"/.exec(line)?.[1]
    if (id !== undefined) isDropped = !isKept(id)
    if (!isDropped) kept.push(line)
    if (line === '</Representation>') isDropped = false
  }
  return withPresentSets(withoutEmptySets(kept)).join('\n')
}

const SWITCHING =
  /^(<SupplementalProperty schemeIdUri="urn:mpeg:dash:adaptation-set-switching:2016" value=")([\d,]+)("\/>)$/

/** Sets name those that players may change to: no others than there are. */
const withPresentSets = (lines: readonly string[]): readonly string[] => {
  const ids = new Set(lines.flatMap((line) => /^<AdaptationSet id="(\d+)"/.exec(line)?.[1] ?? []))
  return lines.flatMap((line) => {
    const [, before, value = '', after] = SWITCHING.exec(line) ?? []
    if (before === undefined) return line
    const present = value.split(',').filter((id) => ids.has(id))
    return present.length > 0 ? `${before}${present.join(',')}${after}` : []
  })
}

const withoutEmptySets = (lines: readonly string[]): readonly string[] => {
  const kept: string[] = []
  let set: string[] | undefined
  for (const line of lines) {
    if (line.startsWith('<AdaptationSet')) set = []
    if (!set) kept.push(line)
    set?.push(line)
    if (line !== '</AdaptationSet>') continue
    if (set?.some((one) => one.startsWith('<Representation '))) kept.push(...set)
    set = undefined
  }
  return kept
}
