// Sends events as `telecine serve` does, in a process of its own, with settings from the environment:
// node sender-process.ts PUBLIC_URL [LEASE_SECONDS]
import { createLogger } from '../../src/http/logger.ts'
import { readConfig } from '../../src/main/config.ts'
import { openFoundation } from '../../src/main/foundation.ts'
import { runWebhookSender } from '../../src/main/webhooks.ts'

const [url, lease] = process.argv.slice(2)
if (url === undefined) throw new Error('usage: sender-process.ts PUBLIC_URL [LEASE_SECONDS]')
const publicUrl = () => url
await using foundation = await openFoundation({
  config: readConfig(),
  logger: createLogger({ level: 'error', destination: process.stderr }),
  ...{ role: 'serve', connections: 10, publicUrl },
})
await runWebhookSender(foundation, {
  ...{ publicUrl, signal: new AbortController().signal },
  ...(lease !== undefined && { leaseSeconds: Number(lease) }),
})
