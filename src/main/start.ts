import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { SupervisedChild } from './child-process.ts'
import type { Config } from './config.ts'
import { loadMasterKey } from './credentials.ts'
import { lockDataFolder } from './data-folder-lock.ts'
import { startEmbeddedPostgres } from './embedded-postgres/start-embedded-postgres.ts'

export interface StartOptions {
  readonly config: Config
  readonly logger: Logger
  /** The CLI's entry file, which child processes run. */
  readonly program: string
  readonly environment: NodeJS.ProcessEnv
  /** Fires on SIGTERM or SIGINT; everything then drains. */
  readonly signal: AbortSignal
  /** Once, when `/readyz` is good. */
  readonly onReady: (publicUrl: string) => Promise<void>
}

/** What an API process tells its supervisor when it listens. */
export interface ListeningMessage {
  readonly type: 'listening'
  /** `host:port`, to listen on again after a restart. */
  readonly listen: string
  /** Where this machine reaches it. */
  readonly endpoint: string
  readonly publicUrl: string
}

/**
 * Everything on one machine: PostgreSQL of our own (unless one is configured), the API with delivery, and one worker, each a
 * process of its own that is started again when it dies. Resolves when all of it has ended.
 */
export const start = async (options: StartOptions): Promise<void> => {
  const { config, logger, signal } = options
  await using database = await openDatabase(config, logger)
  const masterKey = await loadMasterKey(config.dataDir, config.masterKey)
  const environment = {
    ...options.environment,
    TELECINE_DATA_DIR: config.dataDir,
    TELECINE_DATABASE_URL: database.url,
    TELECINE_MASTER_KEY: masterKey.toString('base64'),
  }
  const listening = Promise.withResolvers<ListeningMessage>()
  let listen: string | undefined
  const serve = new SupervisedChild({
    ...{ program: options.program, name: 'serve', logger },
    // The port once got stays ours: clients know it.
    environment: () => ({ ...environment, ...(listen !== undefined && { TELECINE_LISTEN: listen }) }),
    onMessage(message) {
      if (!isListening(message)) return
      listen = message.listen
      listening.resolve(message)
    },
  })
  const worker = new SupervisedChild({
    ...{ program: options.program, name: 'worker', logger },
    environment: () => environment,
  })
  try {
    const { endpoint, publicUrl } = await Promise.race([
      listening.promise,
      serve.refused,
      worker.refused,
      ended(signal),
    ])
    await untilReady(endpoint, signal)
    await Promise.race([options.onReady(publicUrl), ended(signal)])
    await ended(signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    logger.info('stopping')
    // The API first: what it still accepts must find its queue; the worker drains at the same time.
    await Promise.all([serve.stop(), worker.stop()])
  }
}

const openDatabase = async ({ dataDir, database }: Config, logger: Logger) => {
  if (database.kind === 'external') {
    const lock = await lockDataFolder(dataDir)
    return { url: database.url, [Symbol.asyncDispose]: async () => lock[Symbol.dispose]() }
  }
  const { binDir } = database
  return startEmbeddedPostgres({ dataDir, log: logger, ...(binDir !== undefined && { binDir }) })
}

const isListening = (message: unknown): message is ListeningMessage =>
  typeof message === 'object' && message !== null && Reflect.get(message, 'type') === 'listening'

const ended = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(new Error('stopped'))
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
  })

const POLL_MS = 50

const untilReady = async (endpoint: string, signal: AbortSignal): Promise<void> => {
  while (!(await isReady(endpoint, signal))) await delay(POLL_MS, undefined, { signal })
}

/** The server is our own child on this machine: its certificate names the public host, which nobody needs to prove here. */
const isReady = (endpoint: string, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const url = `${endpoint}/readyz`
    const answered = (response: IncomingMessage) => {
      response.resume()
      resolve(response.statusCode === 200)
    }
    const request = url.startsWith('https:')
      ? https.get(url, { signal, rejectUnauthorized: false }, answered)
      : http.get(url, { signal }, answered)
    request.on('error', () => resolve(false))
  })
