import type { RandomBytes } from './sealer.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** In the vendor's shape: 20 capitals and digits, and 40 characters that need no quoting anywhere (240 bits). */
export const newAccessKey = (random: RandomBytes): { readonly access: string; readonly secret: string } => ({
  access: pick(LETTERS, random(20)),
  secret: pick(ALPHABET, random(40)),
})

/** For generated passwords: 144 bits. */
export const newPassword = (random: RandomBytes): string => pick(ALPHABET, random(24))

/** Both alphabets divide 256: every character is equally likely. */
const pick = (alphabet: string, bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('')
