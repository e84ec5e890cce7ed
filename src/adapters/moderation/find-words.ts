import { englishDataset, englishRecommendedTransformers, RegExpMatcher } from 'obscenity'
import type { FoundWord, WordScene } from '../../core/catalog/review.ts'
import type { WordFinder } from '../../core/review/ports.ts'
import { CHINESE_WORDS } from './chinese-words.ts'
import { type Normalised, normaliseText } from './normalise-text.ts'
import { type ListedWord, listedWord, phraseOf, readWordLists } from './word-lists.ts'

/**
 * Chinese words of ours, English ones of obscenity's, which sees through `sh1t` and `fuuuck`, and the operator's lists. Those are read
 * for each review: a change holds from the next one on.
 */
export const createWordFinder = (folder: string): WordFinder => {
  const english = new RegExpMatcher({ ...englishDataset.build(), ...englishRecommendedTransformers })
  return {
    async find(texts, spaces = 'kept') {
      const isIn = spaces === 'kept' ? isApart : isAnywhere
      const lists = [...BUILT_IN, ...(await readWordLists(folder))]
      const normalised = texts.map(normaliseText)
      const all = together(normalised)
      const found = [
        ...lists.filter((word) => isIn(word, all)).map(({ scene, word, level }) => ({ scene, word, level })),
        ...normalised.flatMap((text) => englishIn(english, text)),
      ]
      return [...new Map(found.map((one) => [`${one.scene} ${one.word} ${one.level}`, one])).values()]
    },
  }
}

/** All texts at once: lists have tens of thousands of words, subtitles thousands of cues, and no word holds what is between two texts. */
interface Together {
  readonly compact: string
  /** With a space at both ends of each. */
  readonly phrase: string
}

const together = (texts: readonly Normalised[]): Together => ({
  compact: texts.map(({ compact }) => compact).join('\n'),
  phrase: texts.map(({ spaced }) => ` ${phraseOf(spaced)} `).join('\n'),
})

const BUILT_IN: readonly ListedWord[] = (['porn', 'abuse'] as const).flatMap((scene) =>
  CHINESE_WORDS[scene].flatMap((word) => listedWord({ scene, word, level: 'review' })),
)

/** `ass` is not in `class`. */
const isApart = ({ compact, phrase }: ListedWord, text: Together): boolean =>
  phrase === undefined ? text.compact.includes(compact) : text.phrase.includes(` ${phrase} `)

/** Short words are in too many others. */
const LONG_ENOUGH = 6

const isAnywhere = (word: ListedWord, text: Together): boolean =>
  isApart(word, text) || (word.compact.length >= LONG_ENOUGH && text.compact.includes(word.compact))

const SEXUAL: ReadonlySet<string> = new Set([
  ...[
    'anal',
    'anus',
    'bestiality',
    'blowjob',
    'boob',
    'buttplug',
    'cock',
    'cum',
    'cunt',
    'deepthroat',
    'dick',
    'dildo',
    'doggystyle',
  ],
  ...[
    'double penetration',
    'ejaculate',
    'fellatio',
    'finger bang',
    'fisting',
    'gangbang',
    'handjob',
    'hentai',
    'hooker',
    'incest',
  ],
  ...[
    'jerk off',
    'jizz',
    'lubejob',
    'masturbate',
    'orgasm',
    'orgy',
    'penis',
    'porn',
    'pussy',
    'rape',
    'semen',
    'sex',
    'tit',
    'vagina',
  ],
  ...['wank', 'whore', 'slut', 'scat'],
])

const englishIn = (matcher: RegExpMatcher, { spaced }: Normalised): readonly FoundWord[] =>
  matcher.getAllMatches(spaced).flatMap((match) => {
    const word = englishDataset.getPayloadWithPhraseMetadata(match).phraseMetadata?.originalWord
    if (word === undefined) return []
    const scene: WordScene = SEXUAL.has(word) ? 'porn' : 'abuse'
    return [{ scene, word, level: 'review' as const }]
  })
