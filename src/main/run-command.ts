import { access, constants, stat } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { type Logger, pino } from 'pino'
import { createLogger } from '../http/logger.ts'
import { type AuditFormat, createAuditReport } from './audit-report.ts'
import { type Config, ConfigError, environmentOfChildren, readConfig } from './config.ts'
import { firstLineOf } from './first-line.ts'
import type { ListeningMessage, WorkingMessage } from './start.ts'

// Each role loads only what it needs: the supervisor waits for no module of the API or the worker, which is half of a start.

interface Running {
  readonly config: Config
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** A process of ours with its settings, a logger on stderr, and a signal that fires when it shall end. */
const withProcess = async <T>(body: (running: Running) => Promise<T>): Promise<T> => {
  const config = readConfig()
  // stdout is for what a person or a script waits for; everything else goes to stderr.
  const logger = createLogger({ level: config.logLevel, destination: pino.destination({ fd: 2, sync: false }) })
  return body({ config, logger, signal: endSignal() })
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
    if (file !== undefined) await requirePlayable(config, file)
    const { start } = await import('./start.ts')
    await start({
      ...{ config, logger, program, signal },
      environment: environmentOfChildren(),
      async onReady(publicUrl) {
        console.log(`telecine ready ${publicUrl}`)
        if (file === undefined) return
        const { playFile } = await import('./play-file.ts')
        // What becomes of one file is no reason to end the service.
        await playFile({ config, file, signal, publicUrl, print: console.log }).catch((err: unknown) => {
          if (!signal.aborted) logger.error({ err }, 'the file could not be made an asset')
        })
      },
    })
  })

const requirePlayable = async ({ objects }: Config, file: string): Promise<void> => {
  if (objects.kind !== 'local') {
    throw new ConfigError(
      'start FILE needs the local object store; with TELECINE_S3_ENDPOINT, put the file into a bucket and call publishAssetFromObs',
    )
  }
  try {
    await access(file, constants.R_OK)
    // Of a pipe or a device nobody knows where it ends.
    if ((await stat(file)).isFile()) return
  } catch (cause) {
    throw new ConfigError(`start FILE: ${file} must be a file that can be read; ${firstLineOf(cause)}`, { cause })
  }
  throw new ConfigError(`start FILE: ${file} must be a file that can be read; it is a folder or a device`)
}

/** `telecine serve`: one API process. */
export const runServe = ({ supervised }: RoleOptions): Promise<void> =>
  withProcess(async ({ config, logger, signal }) => {
    const { serve } = await import('./serve.ts')
    await serve({
      ...{ config, logger, signal },
      onListening(message) {
        if (supervised) tellSupervisor(message)
        else console.log(`telecine ready ${message.publicUrl}`)
      },
    })
  })

/** `telecine worker`: one worker process. */
export const runWorkerCommand = ({ supervised }: RoleOptions): Promise<void> =>
  withProcess(async ({ config, logger, signal }) => {
    // The space for young objects stays small. A worker streams for hours, and what it has read is freed when that space is
    // full; grown to V8's 48 MB, it holds on to tens of MB of such bytes besides itself. Old objects are collected when they
    // are a third more than those in use; V8 lets them come to several times as many.
    setFlagsFromString('--semi-space-growth-factor=1')
    setFlagsFromString('--heap-growing-percent=30')
    const { runWorkerProcess } = await import('./worker.ts')
    // `start` has checked them; a worker that was killed should be back soon.
    const { ffmpegPath } = supervised ? {} : await (await import('./check-settings.ts')).checkSettings(config)
    await runWorkerProcess({
      ...{ config, logger, signal, ...(ffmpegPath !== undefined && { ffmpegPath }) },
      onWorking() {
        if (supervised) tellSupervisor({ type: 'working' })
      },
    })
  })

interface RoleOptions {
  /**
   * Whether `start` forked this process. Not to be guessed from an IPC channel: the command of a machine with an older Node
   * has one to its wrapper.
   */
  readonly supervised: boolean
}

const tellSupervisor = (message: ListeningMessage | WorkingMessage): void => {
  process.send?.(message)
}

/** `telecine migrate`: brings an external database up to date, and nothing else. */
export const runMigrate = (): Promise<void> =>
  withProcess(async ({ config, logger }) => {
    const { migrateDatabase } = await import('./migrate-database.ts')
    const ran = await migrateDatabase(config, logger)
    console.log(ran.length === 0 ? 'the database is up to date' : `ran ${ran.join(', ')}`)
  })

/** `telecine audit`: compares the service bucket with the tables. Answers the exit code: 1 where something is wrong. */
export const runAudit = ({ format }: { readonly format: AuditFormat }): Promise<number> =>
  withProcess(async ({ config, logger, signal }) => {
    const { audit } = await import('./audit.ts')
    const report = createAuditReport(format, console.log)
    for await (const finding of audit({ config, logger, signal })) report.add(finding)
    return report.end() === 0 ? 0 : 1
  })
