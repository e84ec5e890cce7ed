import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { drain } from '../http/server.ts'
import { createApi } from './api.ts'
import { checkSettings } from './check-settings.ts'
import { requireServiceBucket } from './check-store.ts'
import type { Config } from './config.ts'
import { firstStart } from './first-start.ts'
import { openFoundation } from './foundation.ts'
import { bracketed, listen } from './listen.ts'
import type { ListeningMessage } from './start.ts'
import { untilReachable } from './until-reachable.ts'
import { runWebhookSender } from './webhooks.ts'

interface ServeOptions {
  readonly config: Config
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly onListening: (message: ListeningMessage) => void
}

/** Enough for signed requests to wait for one another rather than for PostgreSQL processes. */
const CONNECTIONS = 16
/** For running requests after the signal. Below the patience of the supervisor, and of what usually stops services. */
const DRAIN_MS = 10_000

/** One API process: serves until the signal fires, then lets running requests finish. */
export const serve = async ({ config, logger, signal, onListening }: ServeOptions): Promise<void> => {
  const { ffmpegPath, tls } = await checkSettings(config)
  let publicUrl = config.publicUrl ?? ''
  let isSetUp = false
  const foundation = openFoundation({
    ...{ config, logger, connections: CONNECTIONS },
    role: 'serve',
    publicUrl: () => publicUrl,
  })
  await using opened = await foundation
  const { app, auth } = createApi(opened, {
    publicUrl: () => publicUrl,
    checks: {
      // It was tried above. Anybody may ask for readiness, so asking must not start programs.
      ffmpeg: () => access(ffmpegPath, constants.X_OK),
      // Who is told that we are ready looks for the credentials next.
      async credentials() {
        if (!isSetUp) throw new Error('what the first start makes is not there yet')
      },
    },
    ...(tls && { tls }),
  })
  await requireServiceBucket(opened.store, config)
  await listen(app, config.listen, 'TELECINE_LISTEN')
  const address = app.server.address() as AddressInfo
  const endpoint = endpointOf(config, address)
  publicUrl = config.publicUrl ?? endpoint
  await untilReachable(() =>
    firstStart({
      ...{ foundation: opened, auth },
      // A certificate names the public host, so clients cannot use the loopback address.
      endpoint: tls ? publicUrl : endpoint,
    }),
  )
  isSetUp = true
  onListening({
    type: 'listening',
    listen: `${bracketed(config.listen.host)}:${address.port}`,
    ...{ endpoint, publicUrl },
  })
  logger.info({ endpoint, public_url: publicUrl }, 'listening')
  // Each of its tries ends within the time that the drain takes at most.
  const sending = runWebhookSender(opened, { publicUrl: () => publicUrl, signal })
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.all([drain(app, DRAIN_MS), sending])
}

/** A wildcard is no address to call; this machine reaches it by loopback. */
const endpointOf = ({ tls }: Config, { address, port }: AddressInfo): string => {
  const loopback = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address
  return `${tls.kind === 'on' ? 'https' : 'http'}://${bracketed(loopback)}:${port}`
}
