import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { checkSettings, requireDataFolder } from './check-settings.ts'
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
  /** Once, when `/readyz` is good and the worker takes tasks. */
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

/** What a worker process tells its supervisor when it takes tasks. */
export interface WorkingMessage {
  readonly type: 'working'
}

/**
 * Everything on one machine: PostgreSQL of our own (unless one is configured), the API with delivery, and one worker, each a
 * process of its own that is started again when it dies. Resolves when all of it has ended.
 */
export const start = async (options: StartOptions): Promise<void> => {
  const { config, logger, signal } = options
  await checkSettings(config)
  await using database = await openDatabase(config, logger)
  const masterKey = await loadMasterKey(config.dataDir, config.masterKey)
  const environment = {
    ...options.environment,
    TELECINE_DATA_DIR: config.dataDir,
    TELECINE_DATABASE_URL: database.url,
    TELECINE_MASTER_KEY: masterKey.toString('base64'),
  }
  const listening = Promise.withResolvers<ListeningMessage>()
  const working = Promise.withResolvers<void>()
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
    onMessage(message) {
      if (isWorking(message)) working.resolve()
    },
  })
  try {
    const [{ endpoint, publicUrl }] = await Promise.race([
      Promise.all([listening.promise, working.promise]),
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
    // Both at once: they drain side by side. The database outlives them, so what the API still accepts is queued.
    await Promise.all([serve[Symbol.asyncDispose](), worker[Symbol.asyncDispose]()])
  }
}

const openDatabase = async (config: Config, logger: Logger) => {
  const { dataDir, database } = config
  if (database.kind === 'external') {
    await requireDataFolder(config)
    using undo = new DisposableStack()
    // First: whoever is refused here must not have changed the schema under the one that runs.
    const lock = undo.use(await lockDataFolder(dataDir))
    // Here, so that it is said once what the role may not do, not by each child. Loaded only where it is used: it is half of a start.
    const { migrateDatabase } = await import('./migrate-database.ts')
    await migrateDatabase(config, logger)
    undo.move()
    return { url: database.url, [Symbol.asyncDispose]: async () => lock[Symbol.dispose]() }
  }
  const { binDir } = database
  return startEmbeddedPostgres({ dataDir, log: logger, ...(binDir !== undefined && { binDir }) })
}

const isListening = (message: unknown): message is ListeningMessage => typeOf(message) === 'listening'

const isWorking = (message: unknown): message is WorkingMessage => typeOf(message) === 'working'

const typeOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null ? Reflect.get(message, 'type') : undefined

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
