import { createHmac } from 'node:crypto'

/**
 * `Telecine-Signature` of a body that is sent at a time: `t` is in seconds since 1970, `v1` the HMAC-SHA256 of `t.body` under the
 * endpoint's secret, taken as the text that it was shown as. Receivers refuse an old `t`, so that nobody sends a body again.
 */
export const signatureOf = (secret: string, body: string, at: Date): string => {
  const t = Math.floor(at.getTime() / 1000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}
