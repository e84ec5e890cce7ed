import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FoundWord, WORD_SCENES, type WordScene } from '../../core/catalog/review.ts'
import { PermanentFailure } from '../../core/shared/task.ts'
import { normaliseText } from './normalise-text.ts'

/** A word that is looked for, in the form in which it is. */
export interface ListedWord extends FoundWord {
  /** Letters alone. */
  readonly compact: string
  /** Of a script with spaces: its words with one between them, to be found as words of their own. */
  readonly phrase?: string
}

/**
 * The operator's lists: `porn.txt`, `politics.txt` and `abuse.txt` in a folder, a word or phrase per line; `#` begins a comment, `!` a word
 * that blocks. Missing ones are empty. Throws `PermanentFailure` for one that cannot be read.
 */
export const readWordLists = async (folder: string): Promise<readonly ListedWord[]> => {
  const lists = await Promise.all(WORD_SCENES.map((scene) => readList(folder, scene)))
  return lists.flat()
}

const readList = async (folder: string, scene: WordScene): Promise<readonly ListedWord[]> => {
  const text = await readText(join(folder, `${scene}.txt`))
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/^\uFEFF/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const blocks = line.startsWith('!')
      const word = blocks ? line.slice(1).trim() : line
      return listedWord({ scene, word, level: blocks ? 'block' : 'review' })
    })
}

/** None where nothing is left to look for. */
export const listedWord = (found: FoundWord): readonly ListedWord[] => {
  const { spaced, compact } = normaliseText(found.word)
  return compact === '' ? [] : [{ ...found, compact, ...(!UNSPACED.test(spaced) && { phrase: phraseOf(spaced) }) }]
}

/** Words and nothing but spaces between them. */
export const phraseOf = (spaced: string): string => spaced.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()

/** Scripts that put no spaces between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT') return ''
    // Without a list that is there nothing may pass.
    throw new PermanentFailure(`the list of words ${path.slice(path.lastIndexOf('/') + 1)} cannot be read (${code})`, {
      cause,
    })
  }
}
