import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Why no certificate can be made; `undefined` when one can. */
export const missingOpenssl = (): string | undefined =>
  spawnSync('openssl', ['version']).status === 0 ? undefined : 'there is no openssl on the PATH'

export interface Certificate {
  /** Paths of PEM files. */
  readonly cert: string
  readonly key: string
}

/** Signed by itself, for this machine's loopback address. */
export const makeCertificate = async (folder: string, name = 'server'): Promise<Certificate> => {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', files.key, '-out', files.cert],
  ])
  return files
}
