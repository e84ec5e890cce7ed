import type { ServerResponse } from 'node:http'
import { GatewayError, malformedRequest } from './gateway-error.ts'
import { networkOf } from './lockout.ts'

/** How many bytes of bodies are held at once. */
export interface BodyBudget {
  readonly totalBytes: number
  /** Of one client address. */
  readonly perAddressBytes: number
}

/** Takes so many bytes, or throws when that would be too much. */
export type Hold = (bytes: number) => void

const RETRY_AFTER_SECONDS = '5'

/** What a request holds is free again when its answer is over. */
export const createBodyBudget = ({
  totalBytes,
  perAddressBytes,
}: BodyBudget): ((address: string, response: ServerResponse) => Hold) => {
  const held = new Map<string, number>()
  let allBytes = 0
  return (address, response) => {
    const network = networkOf(address)
    const heldHere = (): number => held.get(network) ?? 0
    let ownBytes = 0
    response.once('close', () => {
      allBytes -= ownBytes
      const leftBytes = heldHere() - ownBytes
      if (leftBytes > 0) held.set(network, leftBytes)
      else held.delete(network)
    })
    return (bytes) => {
      // Its client is gone, and nothing would give back what it took now.
      if (response.closed) throw malformedRequest()
      if (allBytes + bytes > totalBytes || heldHere() + bytes > perAddressBytes) throw tooBusy()
      allBytes += bytes
      ownBytes += bytes
      held.set(network, heldHere() + bytes)
    }
  }
}

/** The vendor has no code for this; the one of too many requests makes its clients wait and try again. */
const tooBusy = (): GatewayError =>
  new GatewayError(503, 'APIGW.0308', {
    message: 'The server holds too many request bodies. Try again later.',
    headers: { 'retry-after': RETRY_AFTER_SECONDS, connection: 'close' },
  })
