/**
 * Texts here are "byte strings": one character per byte, as Node hands over a request target. That keeps bytes that are no
 * UTF-8 apart, and comparing two of them compares their bytes, which is the order that the vendor's signers sort by.
 */

/** `undefined` when an escape is broken: no client sends that, and guessing would let two wire forms share one signature. */
export const decodePercent = (text: string): string | undefined => {
  if (BROKEN.test(text)) return undefined
  return text.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Strict RFC 3986: everything but `A-Z a-z 0-9 - _ . ~` becomes `%XX`. */
export const encodePercent = (bytes: string): string =>
  bytes.replace(RESERVED, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

const BROKEN = /%(?![0-9A-Fa-f]{2})|[^\p{ASCII}\u0080-\u00ff]/u
const ESCAPE = /%([0-9A-Fa-f]{2})/g
const RESERVED = /[^A-Za-z0-9\-_.~]/g

export const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
export const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')
