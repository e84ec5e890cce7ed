import type { ReadWord } from '../catalog/review.ts'
import type { Picture, TextLook, WordFinder } from './ports.ts'

export interface ReadDeps {
  readonly words: WordFinder
  readonly text: TextLook
}

/** Words in what is written in each of these pictures. Lines are looked through apart from each other, as cues are. */
export const wordsIn = async (
  deps: ReadDeps,
  pictures: readonly Picture[],
  signal: AbortSignal,
): Promise<readonly (readonly ReadWord[])[]> => {
  const read: (readonly ReadWord[])[] = []
  for (const { jpeg } of pictures) read.push(await wordsInOne(deps, jpeg, signal))
  return read
}

const wordsInOne = async ({ words, text }: ReadDeps, jpeg: Uint8Array, signal: AbortSignal) => {
  const surest = new Map<string, ReadWord>()
  for (const { text: line, confidence } of await text.read(jpeg, signal)) {
    for (const found of await words.find([line], 'lost')) {
      const key = JSON.stringify(found)
      const before = surest.get(key)
      if (!before || before.confidence < confidence) surest.set(key, { ...found, confidence })
    }
  }
  return [...surest.values()]
}
