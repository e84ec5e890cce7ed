import { scrypt, timingSafeEqual } from 'node:crypto'
import type { RandomBytes } from './sealer.ts'

/** 32 MiB and about 0.1 s per try: what OWASP asks of scrypt at least. Stored with each hash, so they may be raised. */
const COST = 2 ** 15
const BLOCK_SIZE = 8
const PARALLELISM = 1
const HASH_BYTES = 32

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export const hashPassword = async (password: string, random: RandomBytes): Promise<string> => {
  const salt = random(16)
  const hash = await derive(password, salt, { N: COST, r: BLOCK_SIZE, p: PARALLELISM })
  return ['scrypt', COST, BLOCK_SIZE, PARALLELISM, base64url(salt), base64url(hash)].join('$')
}

/** Takes as long for a wrong password as for the right one. Throws when the stored text is none of ours. */
export const verifyPassword = async (password: string, stored: string): Promise<boolean> => {
  const [scheme, cost, blockSize, parallelism, salt = '', hash = ''] = stored.split('$')
  if (scheme !== 'scrypt') throw new Error('the stored password hash has an unknown form')
  const expected = Buffer.from(hash, 'base64url')
  const options = { N: Number(cost), r: Number(blockSize), p: Number(parallelism) }
  const actual = await derive(password, Buffer.from(salt, 'base64url'), options)
  return expected.length === actual.length && timingSafeEqual(actual, expected)
}

/** A hash that no password has: checking against it hides, by its time, that there is no such user. */
export const NO_PASSWORD = ['scrypt', COST, BLOCK_SIZE, PARALLELISM, 'bm8tc3VjaC11c2Vy', 'A'.repeat(43)].join('$')

/** Named as RFC 7914 and Node name them. */
interface Hardness {
  readonly N: number
  readonly r: number
  readonly p: number
}

const derive = (password: string, salt: Uint8Array, options: Hardness) =>
  new Promise<Buffer>((resolve, reject) => {
    const maxmem = 256 * options.N * options.r
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, { ...options, maxmem }, (error, hash) =>
      error ? reject(error) : resolve(hash),
    )
  })

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
