import { SubtitleDefect } from './cue.ts'

const BYTE_ORDER_MARKS = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
] as const

/**
 * The text of a subtitle file: UTF-8, UTF-16 with its mark, or GB18030 (with GBK and GB2312). Nothing is guessed and nothing replaced: UTF-8 is
 * so strict that other encodings never look like it, and what is no valid text in any of them is refused. Throws `SubtitleDefect`.
 */
export const decodeSubtitles = (bytes: Uint8Array): string => {
  const marked = BYTE_ORDER_MARKS.find((mark) => mark.bytes.every((byte, n) => bytes[n] === byte))
  const encodings = marked ? [marked.encoding] : ['utf-8', 'gb18030']
  for (const encoding of encodings) {
    const text = decoded(bytes, encoding)
    if (text === undefined) continue
    // What is valid UTF-8 is nothing else, also with characters of private use.
    if ((encoding === 'gb18030' ? NO_GB18030 : NO_TEXT).test(text)) break
    return text
  }
  const expected = marked ? marked.encoding.toUpperCase() : 'UTF-8, UTF-16 with a byte order mark, or GB18030'
  throw new SubtitleDefect(`is no text in ${expected}`)
}

/** Controls. */
const NO_TEXT = /[^\P{Cc}\t\r\n]/u
/** And characters that mean nothing: other encodings, read as GB18030, soon give such. */
const NO_GB18030 = /[^\P{Cc}\t\r\n]|[\p{Co}\p{Cn}]/u

const decoded = (bytes: Uint8Array, encoding: string): string | undefined => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
