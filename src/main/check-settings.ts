import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { readCapabilities } from '../adapters/ffmpeg/capabilities.ts'
import { type Config, ConfigError, type ObjectsConfig, type TlsConfig } from './config.ts'
import { findFfmpeg, firstLineOf } from './find-ffmpeg.ts'

/** What the settings turned out to name. */
export interface CheckedParts {
  readonly ffmpegPath: string
  /** PEM; absent: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
}

/** A store that is merely slow answers within this. */
const STORE_TIMEOUT_MS = 10_000

/**
 * Tries what the settings name, before anything is started that would need it. Throws `ConfigError`: a process that is
 * started again and again for a wrong setting would look as if it worked.
 */
export const checkSettings = async (config: Config): Promise<CheckedParts> => {
  const tls = await readTls(config.tls)
  const [ffmpegPath] = await Promise.all([usableFfmpeg(config), checkStore(config.objects)])
  return { ffmpegPath, tls }
}

const usableFfmpeg = async (config: Config): Promise<string> => {
  const path = await findFfmpeg(config)
  try {
    await readCapabilities(path)
  } catch (cause) {
    throw new ConfigError(`TELECINE_FFMPEG_PATH must be an FFmpeg that can be used; ${path}: ${firstLineOf(cause)}`, {
      cause,
    })
  }
  return path
}

const checkStore = async (objects: ObjectsConfig): Promise<void> => {
  if (objects.kind === 'local') return
  // Loaded only where it is used: it is a quarter of a start.
  const { createS3ObjectStore } = await import('../adapters/object-store/s3.ts')
  try {
    await createS3ObjectStore(objects).check(AbortSignal.timeout(STORE_TIMEOUT_MS))
  } catch (cause) {
    throw new ConfigError(
      `TELECINE_S3_ENDPOINT and its keys must be of a service that answers; ${objects.endpoint}: ${firstLineOf(cause)}`,
      { cause },
    )
  }
}

const readTls = async (tls: TlsConfig): Promise<CheckedParts['tls']> => {
  if (tls.kind === 'off') return undefined
  const cert = await readPem(tls.certFile, 'CERT')
  const key = await readPem(tls.keyFile, 'KEY')
  refuse(() => createSecureContext({ cert }), `TELECINE_TLS_CERT must be a certificate in PEM; ${tls.certFile} is not`)
  refuse(() => createSecureContext({ key }), `TELECINE_TLS_KEY must be a private key in PEM; ${tls.keyFile} is not`)
  refuse(
    () => createSecureContext({ cert, key }),
    `TELECINE_TLS_KEY must be the key of TELECINE_TLS_CERT; ${tls.keyFile} is of another certificate`,
  )
  return { cert, key }
}

const readPem = async (file: string, name: 'CERT' | 'KEY'): Promise<string> => {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(`TELECINE_TLS_${name} must be a PEM file that can be read; ${file} is not`, { cause })
  }
}

const refuse = (attempt: () => unknown, message: string): void => {
  try {
    attempt()
  } catch (cause) {
    throw new ConfigError(message, { cause })
  }
}
