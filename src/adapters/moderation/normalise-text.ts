/** One text in the two forms in which words are looked for. */
export interface Normalised {
  /** Words apart by single spaces, and letters that were spaced out joined: `f u c k` is a word. */
  readonly spaced: string
  /** Letters and digits alone: scripts without spaces have their words torn apart by anything. */
  readonly compact: string
}

/** Invisible: zero width, soft hyphens, joiners, variation selectors, marks of direction. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\p{Cf}/gu
/** Two or more single letters or digits with something else between them. */
const SPACED_OUT = /(?<![\p{L}\p{N}])[\p{L}\p{N}](?:[^\p{L}\p{N}]+[\p{L}\p{N}](?![\p{L}\p{N}]))+/gu
const SEPARATORS = /[^\p{L}\p{N}]+/gu

/** NFKC makes one of wide, circled and ligated letters, and lower case of upper. */
export const normaliseText = (text: string): Normalised => {
  const plain = text.normalize('NFKC').replace(INVISIBLE, '').toLowerCase()
  return {
    spaced: plain.replace(SPACED_OUT, (letters) => letters.replace(SEPARATORS, '')).replace(/\s+/gu, ' '),
    compact: plain.replace(SEPARATORS, ''),
  }
}
