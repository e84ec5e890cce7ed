import { runWebhookSender } from '../../src/main/webhooks.ts'
import type { ContractServer } from '../contract/support.ts'

/** Sends what waits, as `telecine serve` does, until it is disposed of. */
export const startWebhookSender = ({ foundation, url }: ContractServer): AsyncDisposable => {
  const end = new AbortController()
  const sending = runWebhookSender(foundation, { publicUrl: () => url, signal: end.signal })
  return {
    async [Symbol.asyncDispose]() {
      end.abort()
      await sending
    },
  }
}
