import type { Asset } from '../catalog/asset.ts'
import { type ObjectFolder, objectIn } from '../catalog/object-keys.ts'
import type { FoundWord } from '../catalog/review.ts'
import { subtitlePath } from '../catalog/subtitles.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
import { cueTexts } from './cue-texts.ts'
import type { WordFinder } from './ports.ts'

export interface SubtitleWordDeps {
  readonly store: Pick<ObjectStore, 'read'>
  readonly words: WordFinder
}

/** So many take less than a tenth of a second, and the process has other work to answer for in between. */
const CUES_AT_ONCE = 1000

/**
 * Words in all subtitles that the asset has. One track is in memory at a time, and none is larger than subtitles may be. Cues are looked
 * through apart from each other: the end of one and the beginning of the next are no word.
 */
export const findInSubtitles = async (
  { store, words }: SubtitleWordDeps,
  { subtitles }: Pick<Asset, 'subtitles'>,
  { folder, signal }: { readonly folder: ObjectFolder; readonly signal: AbortSignal },
): Promise<readonly FoundWord[]> => {
  const found = new Map<string, FoundWord>()
  for (const track of subtitles?.tracks ?? []) {
    const object = objectIn(folder, subtitlePath(track))
    const bytes = await readWhole(store, object, { mostBytes: track.sizeBytes, signal })
    const texts = cueTexts(bytes.toString('utf8'))
    for (let at = 0; at < texts.length; at += CUES_AT_ONCE) {
      signal.throwIfAborted()
      for (const one of await words.find(texts.slice(at, at + CUES_AT_ONCE))) found.set(JSON.stringify(one), one)
    }
  }
  return [...found.values()]
}
