import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'

/**
 * HLS method AES-128: each segment is AES-128-CBC with PKCS#7 padding as a whole (RFC 8216, 5.2). `path` is the segment's
 * place, of which the last two parts count: `{run}_{track}/{file}`.
 */
export interface SegmentCipher {
  seal(clear: Uint8Array, path: string): Uint8Array
  /** `undefined` for what was not sealed with this key. CBC has no seal of its own: one wrong key in 256 passes for the right one. */
  open(sealed: Uint8Array, path: string): Uint8Array | undefined
}

/** What so many clear bytes come to: padded to whole blocks, by at least one byte. */
export const sealedBytes = (clearBytes: number): number => (Math.floor(clearBytes / BLOCK_BYTES) + 1) * BLOCK_BYTES

const CIPHER = 'aes-128-cbc'
const BLOCK_BYTES = 16

/** Throws when the key has not 16 bytes. */
export const segmentCipher = (key: Uint8Array): SegmentCipher => ({
  seal(clear, path) {
    const cipher = createCipheriv(CIPHER, key, segmentIv(path))
    return Buffer.concat([cipher.update(clear), cipher.final()])
  },
  open(sealed, path) {
    if (sealed.length === 0 || sealed.length % BLOCK_BYTES !== 0) return undefined
    const decipher = createDecipheriv(CIPHER, key, segmentIv(path))
    try {
      return Buffer.concat([decipher.update(sealed), decipher.final()])
    } catch {
      // The padding is wrong.
      return undefined
    }
  },
})

/**
 * Follows from the name, so that whoever has key and playlist can tell it, and whoever writes a segment again need not ask what
 * it was. Runs are random: no two segments that share a key share an IV, not even those of two tracks.
 */
const segmentIv = (path: string): Uint8Array =>
  createHash('sha256').update(path.split('/').slice(-2).join('/')).digest().subarray(0, BLOCK_BYTES)

/** What a media playlist says before a segment: where its key is, and its IV. */
export const keyLine = (keyUri: string, path: string): string => {
  if (/["\r\n]/.test(keyUri)) throw new Error('a key URI cannot hold quotes or line ends')
  return `${KEY_TAG}METHOD=AES-128,URI="${keyUri}",IV=0x${Buffer.from(segmentIv(path)).toString('hex')}`
}

export const KEY_TAG = '#EXT-X-KEY:'
