import { DomainError } from '../shared/problem.ts'
import type { OutputSettings } from './transcode-settings.ts'

/**
 * Encrypted are HLS outputs alone. DASH shares their segments and would need a clear set beside, which is not made yet. Throws `without`
 * where there is no HLS, `not_built` where there is something else beside it.
 */
export const requireEncryptable = (outputs: readonly Pick<OutputSettings, 'format'>[], without: DomainError): void => {
  if (!outputs.some(({ format }) => format === 'HLS' || format === 'DASH_HLS')) throw without
  if (outputs.some(({ format }) => format !== 'HLS')) {
    throw new DomainError({ kind: 'not_built', what: 'encryption of outputs beside formats other than HLS' })
  }
}
