import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

/** Fresh random bytes. A port: core draws no randomness itself. */
export type RandomBytes = (size: number) => Uint8Array

/** Authenticated encryption for one purpose: what was sealed for another, or under another master key, does not open. */
export interface Sealer {
  /** `context` is bound but not stored: the same must be named to open. */
  seal(plain: Uint8Array, context: string): Uint8Array
  /** `undefined` for anything that was not sealed by the same key, purpose and context. */
  open(sealed: Uint8Array, context: string): Uint8Array | undefined
}

export type SealPurpose = 'secret-key' | 'token' | 'temporary-key' | 'content-key' | 'play-token' | 'webhook-secret'

const MASTER_KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'

/** Layout: nonce, tag, ciphertext. Each purpose has a key of its own, derived from the master key. */
export const createSealer = (masterKey: Uint8Array, purpose: SealPurpose, random: RandomBytes): Sealer => {
  if (masterKey.length !== MASTER_KEY_BYTES) throw new Error(`the master key must have ${MASTER_KEY_BYTES} bytes`)
  const key = new Uint8Array(hkdfSync('sha256', masterKey, '', `telecine ${purpose} v1`, 32))
  return {
    seal(plain, context) {
      const nonce = random(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context))
      const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext])
    },
    open(sealed, context) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
      const nonce = sealed.subarray(0, NONCE_BYTES)
      const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(context)).setAuthTag(tag)
      try {
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
      } catch {
        // GCM says "not mine" by throwing; which byte was wrong is nobody's business.
        return undefined
      }
    },
  }
}
