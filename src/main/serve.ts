import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { DOMAIN } from '../core/auth/account.ts'
import type { AuthUseCases } from '../core/auth/use-cases.ts'
import { parseProjectId } from '../core/shared/ids.ts'
import { createApi } from './api.ts'
import { type Config, ConfigError } from './config.ts'
import { readCredentials, writeCredentials } from './credentials.ts'
import { findFfmpeg } from './find-ffmpeg.ts'
import { type Foundation, openFoundation } from './foundation.ts'
import type { ListeningMessage } from './start.ts'

interface ServeOptions {
  readonly config: Config
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly onListening: (message: ListeningMessage) => void
}

/** Enough for signed requests to wait for one another rather than for PostgreSQL processes. */
const CONNECTIONS = 16

/** One API process: serves until the signal fires, then lets running requests finish. */
export const serve = async ({ config, logger, signal, onListening }: ServeOptions): Promise<void> => {
  let publicUrl = config.publicUrl ?? ''
  const foundation = openFoundation({
    ...{ config, logger, connections: CONNECTIONS },
    role: 'serve',
    publicUrl: () => publicUrl,
  })
  await using opened = await foundation
  const { app, auth } = createApi(opened, {
    publicUrl: () => publicUrl,
    checks: {
      ffmpeg: async () => {
        await findFfmpeg(config)
      },
    },
    ...(config.tls.kind === 'on' && {
      tls: { cert: await readPem(config.tls.certFile, 'CERT'), key: await readPem(config.tls.keyFile, 'KEY') },
    }),
  })
  await opened.store.createBucket(config.vodBucket)
  await listen(config, app)
  const address = app.server.address() as AddressInfo
  const endpoint = endpointOf(config, address)
  publicUrl = config.publicUrl ?? endpoint
  await firstStart(opened, auth, endpoint)
  onListening({ type: 'listening', listen: `${config.listen.host}:${address.port}`, endpoint, publicUrl })
  logger.info({ endpoint, public_url: publicUrl }, 'listening')
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await app.close()
}

const listen = async ({ listen: { host, port } }: Config, app: ReturnType<typeof createApi>['app']): Promise<void> => {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new ConfigError(`TELECINE_LISTEN must be an address that is free here; ${host}:${port} is not (${code})`)
  }
}

/** A wildcard is no address to call; this machine reaches it by loopback. */
const endpointOf = ({ tls }: Config, { address, port, family }: AddressInfo): string => {
  const loopback = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address
  const host = family === 'IPv6' && loopback !== '127.0.0.1' ? `[${loopback}]` : loopback
  return `${tls.kind === 'on' ? 'https' : 'http'}://${host}:${port}`
}

const readPem = async (file: string, name: 'CERT' | 'KEY'): Promise<string> => {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(`TELECINE_TLS_${name} must be a PEM file that can be read`, { cause })
  }
}

/** Makes what a new installation needs, and hands the credentials over in the data folder. */
const firstStart = async ({ config, logger }: Foundation, auth: AuthUseCases, endpoint: string): Promise<void> => {
  const { dataDir, region, firstStart: given } = config
  const projectId = given.projectId === undefined ? undefined : parseProjectId(given.projectId)
  const made = await auth.bootstrap({
    region,
    userName: given.user,
    ...(projectId !== undefined && { projectId }),
    ...given.accessKey,
    ...(given.password !== undefined && { password: given.password }),
  })
  const before = await readCredentials(dataDir)
  const password = made.password ?? before?.password
  if (!made.project || !made.userName || !made.access || !made.secret) return
  // Made by another process, on another machine perhaps: its data folder has them.
  if (!made.made && !before) return
  await writeCredentials(dataDir, {
    ...{ endpoint, region, project_id: made.project.id, access_key: made.access, secret_key: made.secret },
    ...{ domain: DOMAIN.name, user: made.userName, password: password ?? '' },
  })
  if (made.made) logger.info({ data_dir: dataDir }, 'made a project, a user and an access key: see credentials.json')
}
