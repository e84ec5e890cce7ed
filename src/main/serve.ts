import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { newAccessKey, newPassword } from '../core/auth/access-key.ts'
import { DOMAIN } from '../core/auth/account.ts'
import type { AuthUseCases } from '../core/auth/use-cases.ts'
import { parseProjectId, randomId } from '../core/shared/ids.ts'
import { createApi } from './api.ts'
import { type Config, ConfigError } from './config.ts'
import { type Credentials, readCredentials, writeCredentials } from './credentials.ts'
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

/**
 * Makes what a new installation needs, and hands the credentials over in the data folder. The file is written before the
 * database: a process that dies in between leaves values that its next start uses, not a password that nobody knows.
 */
const firstStart = async (foundation: Foundation, auth: AuthUseCases, endpoint: string): Promise<void> => {
  const { config, logger } = foundation
  const { dataDir, region, firstStart: given } = config
  const planned = (await readCredentials(dataDir)) ?? (await planCredentials(config, endpoint))
  const projectId = parseProjectId(planned.project_id)
  const made = await auth.bootstrap({
    ...{ region, userName: planned.user, password: given.password ?? planned.password },
    ...(projectId !== undefined && { projectId }),
    ...(given.accessKey ?? { access: planned.access_key, secret: planned.secret_key }),
  })
  if (!made.project || !made.userName || !made.access || !made.secret) return
  // Read again: another process on this folder may have made them meanwhile.
  const known = await readCredentials(dataDir)
  const stillKnown = known?.access_key === made.access ? known.password : ''
  await writeCredentials(dataDir, {
    ...{ endpoint, region, project_id: made.project.id, access_key: made.access, secret_key: made.secret },
    ...{ domain: DOMAIN.name, user: made.userName, password: made.password ?? stillKnown },
  })
  if (made.made) logger.info({ data_dir: dataDir }, 'made a project, a user and an access key: see credentials.json')
}

const planCredentials = async ({ dataDir, region, firstStart: given }: Config, endpoint: string) => {
  const random = (count: number) => randomBytes(count)
  const { access, secret } = given.accessKey ?? newAccessKey(random)
  const planned: Credentials = {
    ...{ endpoint, region, project_id: given.projectId ?? randomId(), access_key: access, secret_key: secret },
    ...{ domain: DOMAIN.name, user: given.user, password: given.password ?? newPassword(random) },
  }
  await writeCredentials(dataDir, planned)
  return planned
}
