import type { FastifyInstance } from 'fastify'
import { ConfigError } from './config.ts'
import type { ListenAddress } from './setting-values.ts'
import type { SettingName } from './settings.ts'

/** Throws `ConfigError` with the setting that names the address. */
export const listen = async (
  app: FastifyInstance,
  { host, port }: ListenAddress,
  setting: SettingName,
): Promise<void> => {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new ConfigError(
      `${setting} must be an address that is free here; ${bracketed(host)}:${port} is not (${code})`,
    )
  }
}

/** As settings want it. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
