import { createPrivateKey, X509Certificate } from 'node:crypto'
import { access, constants, readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { readCapabilities } from '../adapters/ffmpeg/capabilities.ts'
import { checkDatabase } from './check-database.ts'
import { checkStore } from './check-store.ts'
import { type Config, ConfigError, type TlsConfig } from './config.ts'
import { findFfmpeg } from './find-ffmpeg.ts'
import { firstLineOf } from './first-line.ts'
import { makeFolder } from './make-folder.ts'
import { checkReview } from './review.ts'

/** What the settings turned out to name. */
export interface CheckedParts {
  readonly ffmpegPath: string
  /** PEM; absent: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
}

/**
 * Tries what the settings name, before anything is started that would need it. Throws `ConfigError`: a process that is
 * started again and again for a wrong setting would look as if it worked.
 */
export const checkSettings = async (config: Config): Promise<CheckedParts> => {
  const tls = await readTls(config.tls)
  const [ffmpegPath] = await Promise.all([
    usableFfmpeg(config),
    checkStore(config.objects),
    checkDatabase(config.database),
    checkReview(config),
  ])
  // Last: a start that is refused leaves no folder behind.
  if (keepsAnything(config)) await requireDataFolder(config)
  return { ffmpegPath, tls }
}

/** Makes the data folder when it is missing. Throws `ConfigError` where nothing can be kept. */
export const requireDataFolder = async ({ dataDir }: Config): Promise<void> => {
  try {
    await makeFolder(dataDir)
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new ConfigError(
      `TELECINE_DATA_DIR must be a folder that can be written to; ${dataDir} is not: ${firstLineOf(cause)}`,
      { cause },
    )
  }
}

/** One host of many may keep everything elsewhere, and run on a file system that it cannot write to. */
const keepsAnything = ({ database, objects, masterKey }: Config): boolean =>
  database.kind === 'embedded' || objects.kind === 'local' || masterKey.kind === 'file'

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

const readTls = async (tls: TlsConfig): Promise<CheckedParts['tls']> => {
  if (tls.kind === 'off') return undefined
  const cert = await readPem(tls.certFile, 'CERT')
  const key = await readPem(tls.keyFile, 'KEY')
  // Read on their own first: a secure context takes an empty text for none, and every handshake would fail.
  refuse(() => new X509Certificate(cert), `TELECINE_TLS_CERT must be a certificate in PEM; ${tls.certFile} is not`)
  refuse(
    () => createPrivateKey(key),
    `TELECINE_TLS_KEY must be a private key in PEM, without a passphrase; ${tls.keyFile} is not`,
  )
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
    throw new ConfigError(
      `TELECINE_TLS_${name} must be a PEM file that can be read; ${file} is not: ${firstLineOf(cause)}`,
      { cause },
    )
  }
}

const refuse = (attempt: () => unknown, message: string): void => {
  try {
    attempt()
  } catch (cause) {
    throw new ConfigError(message, { cause })
  }
}
