import { expect, test } from 'vitest'
import { decodeSubtitles } from './decode-subtitles.ts'

const TEXT = '你好，世界 é\n'
const utf16 = (text: string, isBig: boolean) => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le')
  return isBig ? bytes.swap16() : bytes
}

test.each([
  ['UTF-8', Buffer.from(TEXT)],
  ['UTF-8 with its mark', Buffer.from(`\uFEFF${TEXT}`)],
  ['UTF-16 LE', utf16(TEXT, false)],
  ['UTF-16 BE', utf16(TEXT, true)],
  // 你好，世界 é in GB18030.
  ['GB18030', Buffer.from('c4e3bac3a3accac0bde720a8a60a', 'hex')],
])('%s is read', (_, bytes) => {
  expect(decodeSubtitles(bytes)).toBe(TEXT)
})

test.each(['你\u{e000}好吗\n', 'é\u{e000}à\n', '中\u{f8ff}文\u{10ffff}'])(
  'UTF-8 with characters of private use (%j) is not taken for GB18030',
  (text) => expect(decodeSubtitles(Buffer.from(text))).toBe(text),
)

test.each([
  ['bytes of no encoding', Buffer.from('a\xff\xffb', 'latin1'), /is no text in UTF-8, UTF-16/],
  ['Latin-1', Buffer.from('d\xe9j\xe0 vu, l\xe0-bas', 'latin1'), /is no text in/],
  ['zeros', Buffer.from('a\0b'), /is no text in/],
  ['UTF-8 that breaks off behind its mark', Buffer.from('efbbbfe4bd', 'hex'), /is no text in UTF-8/],
  ['half a character of UTF-16', Buffer.from('fffe0d', 'hex'), /is no text in UTF-16LE/],
])('%s is refused', (_, bytes, reason) => {
  expect(() => decodeSubtitles(bytes)).toThrow(reason)
})
