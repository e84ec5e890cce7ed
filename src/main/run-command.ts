import { access, constants } from 'node:fs/promises'
import { type Logger, pino } from 'pino'
import { connect } from '../adapters/postgres/connect.ts'
import { migrate } from '../adapters/postgres/migrate.ts'
import { createLogger } from '../http/logger.ts'
import { type Config, ConfigError, environmentOfChildren, readConfig } from './config.ts'
import { databaseUrl } from './foundation.ts'
import { playFile } from './play-file.ts'
import { serve } from './serve.ts'
import { start } from './start.ts'
import { runWorkerProcess } from './worker.ts'

interface Running {
  readonly config: Config
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** A process of ours with its settings, a logger on stderr, and a signal that fires when it shall end. */
const withProcess = async (body: (running: Running) => Promise<void>): Promise<void> => {
  const config = readConfig()
  // stdout is for what a person or a script waits for; everything else goes to stderr.
  const logger = createLogger({ level: config.logLevel, destination: pino.destination({ fd: 2, sync: false }) })
  await body({ config, logger, signal: endSignal() })
}

/** SIGTERM, SIGINT, or the end of the supervisor that forked us. */
const endSignal = (): AbortSignal => {
  const ending = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => ending.abort())
  process.on('disconnect', () => ending.abort())
  return ending.signal
}

/** `telecine start [FILE]`: everything on one machine. */
export const runStart = (program: string, file: string | undefined): Promise<void> =>
  withProcess(async ({ config, logger, signal }) => {
    if (file !== undefined) await requireFile(file)
    await start({
      ...{ config, logger, program, signal },
      environment: environmentOfChildren(),
      async onReady(publicUrl) {
        console.log(`telecine ready ${publicUrl}`)
        if (file === undefined) return
        // What becomes of one file is no reason to end the service.
        await playFile({ config, file, signal, publicUrl, print: console.log }).catch((err: unknown) =>
          logger.error({ err }, 'the file could not be made an asset'),
        )
      },
    })
  })

const requireFile = async (file: string): Promise<void> => {
  try {
    await access(file, constants.R_OK)
  } catch (cause) {
    throw new ConfigError(`start FILE: ${file} is no file that can be read`, { cause })
  }
}

/** `telecine serve`: one API process. */
export const runServe = (): Promise<void> =>
  withProcess(({ config, logger, signal }) =>
    serve({
      ...{ config, logger, signal },
      onListening(message) {
        if (process.send) process.send(message)
        else console.log(`telecine ready ${message.publicUrl}`)
      },
    }),
  )

/** `telecine worker`: one worker process. */
export const runWorkerCommand = (): Promise<void> =>
  withProcess(({ config, logger, signal }) => runWorkerProcess(config, logger, signal))

/** `telecine migrate`: brings an external database up to date, and nothing else. */
export const runMigrate = (): Promise<void> =>
  withProcess(async ({ config }) => {
    const db = connect(databaseUrl(config, 'migrate'), { max: 1, applicationName: 'telecine migrate' })
    try {
      const ran = await migrate(db)
      console.log(ran.length === 0 ? 'the database is up to date' : `ran ${ran.join(', ')}`)
    } finally {
      await db.destroy()
    }
  })
